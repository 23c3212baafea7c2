"""The programs of the demo: sandbox, worker and web server, started in this order and stopped in reverse."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from campaigns.models import Merchant
from certification.demonstrations import made_up_people
from thanx_portal.demo import ports, statics
from thanx_portal.demo.sample_file import member_file, sample_csv
from thanx_portal.demo.stage import LINES, PASSWORD, USERS, Stage
from thanx_portal.demo.supervisor import Supervisor

MANAGE = str(Path(settings.BASE_DIR) / "manage.py")
START_SECONDS = 30.0
FILES_SECONDS = 120.0


class Demo:
    """All programs of the demo, with the settings from the environment that `surroundings` made."""

    def __init__(self, *, folder: Path, job_seconds: float, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._job_seconds = job_seconds
        self._say = say
        self._port = int(os.environ["PORT"])
        self._sandbox_port = int(os.environ["SANDBOX_PORT"])
        self._supervisor = Supervisor(say=say, environment=os.environ, folder=settings.BASE_DIR)

    def start(self) -> None:
        """Start all programs and make the data; return when the pages answer."""
        self._prepare_the_database()
        must_collect = statics.have_changed()
        if must_collect:
            collect = [sys.executable, MANAGE, "collectstatic", "--no-input", "--verbosity", "0"]
            self._supervisor.start("files", collect, is_errand=True)
        self._start_the_sandbox()
        self._supervisor.start("worker", [sys.executable, MANAGE, "work"])
        stage = Stage(supervisor=self._supervisor, clock=timezone.now, say=self._announce)
        merchants = stage.set_up()
        if must_collect:
            self._supervisor.finish("files", seconds=FILES_SECONDS)
            statics.record_collected()
        self._supervisor.start("web", [sys.executable, MANAGE, "web", "--port", str(self._port)])
        self._supervisor.until(lambda: ports.answers(self._port), what="Starting the web server", seconds=START_SECONDS)
        self._say(welcome(port=self._port, sandbox_port=self._sandbox_port, merchants=merchants))

    def watch(self) -> None:
        """Wait until one of the programs ends. Raises ChildEnded."""
        self._supervisor.watch()

    def stop(self) -> None:
        """End all programs."""
        self._supervisor.stop()

    def _prepare_the_database(self) -> None:
        self._announce("preparing the database")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        connections.close_all()  # the programs are forks of this process

    def _start_the_sandbox(self) -> None:
        """Start it. The secret of its webhooks is in the environment: all users can read arguments."""
        command = [
            *(sys.executable, "-m", "sandbox", "--port", str(self._sandbox_port)),
            *("--data", str(self._folder / "sandbox.sqlite3"), "--job-seconds", str(self._job_seconds)),
            *("--webhook-url", f"http://127.0.0.1:{self._port}/webhooks/thanx/"),
            *("--scopes", "all", "--members-file", str(self._member_file())),
        ]
        self._supervisor.start("sandbox", command)
        self._supervisor.until(
            lambda: ports.answers(self._sandbox_port), what="Starting the sandbox", seconds=START_SECONDS
        )

    def _member_file(self) -> Path:
        """Return the file of members for the sandbox: the guests of the sample file and of the demonstrations."""
        path = self._folder / "members.csv"
        if not path.exists():
            path.touch(mode=0o600)  # the names are made up, but a demo shows how it is done
            path.write_text(member_file(sample_csv(lines=LINES)) + demonstrated_to(), encoding="utf-8")
        return path

    def _announce(self, words: str) -> None:
        self._say(f"demo    | {words}")


def demonstrated_to() -> str:
    """Return the made-up guests of the certification's demonstrations as lines of the file of members."""
    people = made_up_people()
    by_email = [f"{email},,Certification,Guest" for email in people.emails]
    by_phone = [f",{phone},Certification,Guest" for phone in people.phones]
    return "".join(f"{line}\r\n" for line in [*by_email, *by_phone])


def welcome(*, port: int, sandbox_port: int, merchants: list[Merchant]) -> str:
    """Return the text that is printed when the demo is ready: addresses, users and the password."""
    rows = [
        f"  {person.email:26}{person.what:16}{merchants[person.merchant].name if person.role else 'every merchant'}"
        for person in USERS
    ]
    return "\n".join(
        [
            "",
            f"  Thanx Portal is at   http://127.0.0.1:{port}/",
            f"  its local Thanx at   http://127.0.0.1:{sandbox_port}/",
            "",
            f"  Sign in with the password {PASSWORD} as",
            *rows,
            "",
            "  Ctrl-C stops everything; the next start keeps what you did. make demo-reset starts afresh.",
            "",
        ]
    )
