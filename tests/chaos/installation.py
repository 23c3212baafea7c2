"""One installation of the portal in a folder: sandbox, web server, workers, and the reader of its rows."""

import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import requests

from tests.chaos.marketer import Marketer
from tests.chaos.plan import Plan
from tests.chaos.programs import Programs, wait_until
from tests.support.private_postgres import Server
from tests.support.root import ROOT
from tests.support.sandbox import Sandbox

MERCHANT = "bluebird-burger-bar"
LEASE_SECONDS = 4
PER_SECOND, PER_QUARTER_HOUR = 20, 8_000
"""Four times Thanx's limits, in the same proportion and for both sides: this only shortens the storm."""

START_SECONDS = 180.0
STUCK_WRITER_SECONDS = 3.0
OUTAGES_SECONDS = (3.0, 60.0)
"""How long PostgreSQL is away: the first time as in a restart, the second time as until an operator acts."""


class CommandFailed(Exception):
    """A command that must succeed did not. The text is its output."""


class Installation:
    """All programs of an installation, on SQLite or, with a `server`, on PostgreSQL."""

    def __init__(self, *, plan: Plan, folder: Path, workers: int, server: Server | None) -> None:
        self.folder = folder
        self.workers = [f"worker-{number + 1}" for number in range(workers)]
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secrets = {
            "SECRET_KEY": secrets.token_hex(32),
            "DATA_KEYS": secrets.token_hex(32),
            "THANX_WEBHOOK_SECRETS": secrets.token_hex(16),
            "THANX_ACCESS_TOKEN": secrets.token_hex(16),
        }
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True)
        self.sandbox = Sandbox("--seed", str(plan.seed))
        self._server = server
        self._plan = plan
        self._environment = self._settings()
        self.programs = Programs(environment=self._environment, logs=self.logs)
        self._our_records: OurRecords | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.programs.stop_all()
        if self._our_records is not None:
            self._our_records.close()
        self.sandbox.stop()

    def start(self) -> None:
        """Create the tables, start the programs, read the catalog, and add a marketer and an approver."""
        self.sandbox.reset(
            token=self.secrets["THANX_ACCESS_TOKEN"],
            rate_per_second=PER_SECOND,
            rate_per_15_minutes=PER_QUARTER_HOUR,
            job_seconds=self._plan.size.job_seconds,
            seed=self._plan.seed,
        )
        self.command("migrate", "--run-syncdb", "--verbosity", "0", *self._tables())
        self.command("createcachetable")
        if self._plan.size.like_production:
            self.command("collectstatic", "--no-input", "--verbosity", "0")
        for name in self.workers:
            self.programs.start(name, "manage.py", "work", "--threads", "4")
        self.programs.start("web", "manage.py", "web", "--port", str(self.port))
        self._our_records = OurRecords(self._environment)
        wait_until(self._answers, "the web server", seconds=START_SECONDS)
        self.command("sync_catalog", "--json")
        for email, role in ((Marketer.email, "marketer"), (Marketer.approver_email, "approver")):
            member = ("add_member", email, "--merchant", MERCHANT, "--role", role, "--password-stdin")
            self.command(*member, given=Marketer.password)

    def ask(self, question: str) -> Any:
        """Ask `our_records`; None while the database is away."""
        assert self._our_records is not None
        return self._our_records.ask(question)

    def command(self, *arguments: str, given: str = "") -> str:
        """Run a command that must succeed and return its output. Raises CommandFailed."""
        done = self.programs.run(*arguments, given=given)
        if done.returncode != 0:
            raise CommandFailed(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def webhooks(self, *, disturbed: bool, early: bool = False) -> None:
        """Configure the sandbox's webhooks, with or without lost, repeated, forged and reordered deliveries."""
        shares = (
            {"drop": 0.05, "duplicate": 0.05, "forge": 0.03} if disturbed else {"drop": 0, "duplicate": 0, "forge": 0}
        )
        self.sandbox.webhooks(
            url=f"{self.url}/webhooks/thanx/",
            secret=self.secrets["THANX_WEBHOOK_SECRETS"],
            issued=self._plan.size.issued_events,
            concurrency=4,
            reorder=disturbed,
            early=early,
            **shares,
        )

    def break_the_database(self, *, before: int) -> None:
        """Crash PostgreSQL for a while; on SQLite hold the only write lock for a while.

        `before` is the number of earlier outages. The longest one is a minute.
        """
        if self._server is not None:
            self._server.stop()
            time.sleep(OUTAGES_SECONDS[before % len(OUTAGES_SECONDS)])
            self._server.start()
            return
        writer = sqlite3.connect(self.folder / "portal.sqlite3", isolation_level=None, timeout=30)
        writer.execute("BEGIN IMMEDIATE")
        time.sleep(STUCK_WRITER_SECONDS)
        writer.execute("ROLLBACK")
        writer.close()

    def _tables(self) -> tuple[str, ...]:
        """Return how tables are made: by the migrations where it is like production, or where they make triggers."""
        by_migrations = self._plan.size.like_production or self._server is not None
        return () if by_migrations else ("--settings", "tests.support.settings.plain_tables")

    def _settings(self) -> dict[str, str]:
        size = self._plan.size
        database = f"sqlite:///{self.folder / 'portal.sqlite3'}"
        return {
            **os.environ,
            **self.secrets,
            "DJANGO_SETTINGS_MODULE": "thanx_portal.settings",
            "DEBUG": "0" if size.like_production else "1",
            "BEHIND_TLS": "0",
            "ALLOWED_HOSTS": "127.0.0.1",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self._server.url if self._server else database,
            "THANX_API_URL": self.sandbox.url,
            "THANX_CLIENT_ID": self.sandbox.client_id,
            "THANX_RATE_PER_SECOND": str(PER_SECOND),
            "THANX_RATE_PER_15_MINUTES": str(PER_QUARTER_HOUR),
            "THANX_BATCH_SIZE": str(size.batch_size),
            "THANX_POLL_FIRST_SECONDS": "1",
            "THANX_POLL_MAX_SECONDS": "4",
            "THANX_CONNECT_SECONDS": "2",
            "THANX_READ_SECONDS": "2",
            # Only revocations need a typed number, and no marketer may issue to a whole file alone. The grace leaves
            # time for interruptions between the confirmation and the first call.
            "CONFIRM_TYPED_ABOVE": "none",
            "APPROVAL_ABOVE_REWARDS": f"marketer={size.recipients // 20}",
            "APPROVAL_ABOVE_VALUE": "none",
            "GRACE_SECONDS": "3",
            "GRACE_ABOVE": "0",
            "ENGINE_LEASE_SECONDS": str(LEASE_SECONDS),
            "WEB_WORKERS": "2",
            "LOG_LEVEL": "INFO",
        }

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False


class OurRecords:
    """The process that reads the portal's rows."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.our_records"],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()

    def ask(self, question: str) -> Any:
        """Return the answer; None while the database is away."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline()).get("answer")

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
