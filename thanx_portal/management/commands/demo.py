"""manage.py demo: run the whole product on this machine."""

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from thanx_portal.demo import ports, surroundings
from thanx_portal.demo.programs import Demo
from thanx_portal.demo.supervisor import ChildEnded, TookTooLong

FOLDER = Path(settings.BASE_DIR) / "var" / "demo"


class Command(BaseCommand):
    help = "Run the local sandbox, the web server and a worker with users, data and a running job. Ctrl-C stops all."
    requires_system_checks: list[str] = []  # they would check the settings outside the demo

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="delete the data of earlier starts first")
        parser.add_argument("--port", type=int, help="port of the pages (default: the first free one from 8000 on)")
        parser.add_argument(
            "--sandbox-port", type=int, help="port of the sandbox (default: the first free one from 8100 on)"
        )
        parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the data (default: var/demo)")
        parser.add_argument(
            "--job-seconds", type=float, default=240, help="seconds that a job takes at the sandbox (default: 240)"
        )

    def handle(self, *, folder: Path, job_seconds: float, **wanted: Any) -> None:
        if surroundings.MARK not in os.environ:
            ports_wanted = {name: wanted[name] for name in ("port", "sandbox_port")}
            self._become_the_demo(folder=folder.resolve(), reset=wanted["reset"], **ports_wanted)
        self._run(folder=folder.resolve(), job_seconds=job_seconds)

    def _become_the_demo(self, *, folder: Path, reset: bool, port: int | None, sandbox_port: int | None) -> NoReturn:
        """Start this command again in the demo's environment, because a process reads its settings only once."""
        try:
            surroundings.lock(folder)
            pages = ports.claim(port, otherwise=8000)
            partner = ports.claim(sandbox_port, otherwise=8100)
        except surroundings.AlreadyRunning:
            raise CommandError("The demo is running already; stop it first.") from None
        except ports.PortTaken as taken:
            raise CommandError(f"{taken} Stop it, or choose another with --port or --sandbox-port.") from None
        if reset:
            surroundings.reset(folder)
        changed = surroundings.process_environment(folder, port=pages, sandbox_port=partner, given=os.environ)
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], changed)  # noqa: S606 (no shell is wanted)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _run(self, *, folder: Path, job_seconds: float) -> None:
        # All three end the demo like Ctrl-C. A shell lets background jobs ignore SIGINT, so it is set as well.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        demo = Demo(folder=folder, job_seconds=job_seconds, say=self._say)
        try:
            demo.start()
            demo.watch()
        except KeyboardInterrupt:
            self.stdout.write("stopping")
        except (ChildEnded, TookTooLong) as problem:
            raise CommandError(f"{problem} What it said is above.") from None
        finally:
            demo.stop()
