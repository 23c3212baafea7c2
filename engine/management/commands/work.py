"""manage.py work: run the steps until it is asked to stop."""

import signal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.heartbeat import beating
from engine.runner import Runner, chosen, runner
from engine.schema import not_migrated
from engine.steps import load_steps, run_until_idle
from vault.readiness import obstacles

ASKED_TO_STOP = (signal.SIGTERM, signal.SIGINT)
CHECK_THREADS_SECONDS = 1.0


class Command(BaseCommand):
    help = "Run the steps that are due. After SIGTERM or Ctrl-C each thread finishes its unit."
    requires_system_checks = ["settings"]
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=settings.ENGINE_THREADS, help="default: ENGINE_THREADS")
        parser.add_argument("--once", action="store_true", help="stop as soon as nothing is due")
        parser.add_argument("--alive-file", type=Path, metavar="PATH", help="touched every second, for a probe")

    def handle(self, *, threads: int, once: bool, alive_file: Path | None, **_: Any) -> None:
        if threads < 1:
            raise CommandError("--threads must be at least 1", returncode=2)
        if found := [*obstacles(), *not_migrated()]:
            raise CommandError("\n".join(found))
        if once:
            self._until_idle()
        else:
            self._until_asked_to_stop(threads, alive_file)

    def _until_idle(self) -> None:
        failed = run_until_idle(load_steps())
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}")

    def _until_asked_to_stop(self, threads: int, alive_file: Path | None) -> None:
        running = runner(threads=threads)
        # Blocked before the threads start, so that only sigtimedwait below receives the signals.
        signal.pthread_sigmask(signal.SIG_BLOCK, ASKED_TO_STOP)
        with beating():
            running.start()
            self.stderr.write(f"working with {threads} threads, {chosen()}")
            while running.is_alive() and not _asked_to_stop():
                if alive_file:
                    alive_file.touch()
            self._finish(running)

    def _finish(self, running: Runner) -> None:
        was_alive = running.is_alive()
        running.stop()
        self.stderr.write("finishing the units in progress; once more to stop at once")
        for number in ASKED_TO_STOP:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKED_TO_STOP)
        running.join()
        if not was_alive:
            raise CommandError("a thread died; start the worker again")


def _asked_to_stop() -> bool:
    """Wait a moment for a signal to stop, and return whether it came.

    After this process was frozen and continued, sigtimedwait may return a signal that is none of those it waits for.
    """
    received = signal.sigtimedwait(ASKED_TO_STOP, CHECK_THREADS_SECONDS)
    return received is not None and received.si_signo in ASKED_TO_STOP
