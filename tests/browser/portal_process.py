"""The whole portal as processes of its own: a sandbox, a web server and a worker over one fresh database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import requests

from tests.support.root import ROOT
from tests.support.sandbox import Sandbox

STARTED_WITHIN_SECONDS = 240  # of a machine that does other things, too
MERCHANT = "bluebird-burger-bar"
MARKETER = "ana@partner.example"
OPERATOR = "operator@partner.example"
PREPARE = f"""
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
call_command("createcachetable")
call_command("sync_catalog", json=True)
call_command("add_member", "{MARKETER}", merchant="{MERCHANT}", role="marketer", password_stdin=True)
call_command("createsuperuser", email="{OPERATOR}", interactive=False)
"""
"""All in one process: most of the time of each command would be its start."""


class Portal:
    """A running portal at `url`, with users who can sign in."""

    password = "a long pass phrase"
    campaign_of_one_arm = "A burger for everybody"

    def __init__(self, folder: Path) -> None:
        """Start everything over a new database in this folder, with a marketer, an operator and the catalog."""
        self.folder = folder
        self.sandbox = Sandbox("--job-seconds", "2", "--failure-share", "0")
        self.campaign = self._campaign_made_elsewhere()
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = self._environment()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.manage(
            *("shell", "-v", "0", "--settings", "tests.support.settings.plain_tables", "-c", PREPARE),
            stdin=self.password,
            DJANGO_SUPERUSER_PASSWORD=self.password,
        )
        self._start("work")
        self._start("web", "--port", str(self.port))
        until(self._answers, "the web server")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=20)
        self.sandbox.stop()

    def manage(self, *arguments: str, stdin: str = "", **environment: str) -> str:
        """Run a management command to its end and return what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        names = {**self.environment, **environment}
        done = subprocess.run(command, cwd=ROOT, env=names, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _campaign_made_elsewhere(self) -> str:
        merchants = self.sandbox.call("GET", "/partner/merchants").json()["merchants"]
        merchant_id = next(row["id"] for row in merchants if row["handle"] == MERCHANT)
        answer = self.sandbox.call("GET", f"/partner/reward_templates?merchant_id={merchant_id}")
        first, second, *_ = answer.json()["reward_templates"]
        variants = [
            {"name": "Burger", "reward_template_id": first["id"]},
            {"name": "Fries", "reward_template_id": second["id"]},
            {"name": "Control"},
        ]
        told = self.sandbox.campaign(merchant=MERCHANT, name="Welcome back", variants=variants)
        self.sandbox.campaign(merchant=MERCHANT, name=self.campaign_of_one_arm, variants=variants[:1])
        name: str = told["name"]
        return name

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder / 'portal.sqlite3'}",
            "DEBUG": "1",
            "THANX_API_URL": self.sandbox.url,
            "THANX_CLIENT_ID": self.sandbox.client_id,
            "THANX_ACCESS_TOKEN": self.sandbox.token,
            "THANX_WEBHOOK_SECRETS": "nobody-knows-it-but-thanx",
            "THANX_RATE_PER_SECOND": "50",
            "THANX_POLL_FIRST_SECONDS": "1",
            "THANX_POLL_MAX_SECONDS": "2",
            "GRACE_SECONDS": "0",
            "PER_USER_AND_MINUTE": "exports=1000,searches=1000,rows=1000",
            "LOG_LEVEL": "WARNING",
        }

    def _start(self, *arguments: str) -> None:
        log = (self.folder / f"{arguments[0]}.log").open("wb")
        command = [sys.executable, "manage.py", *arguments]
        self.processes.append(
            subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        )
        log.close()

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds that other processes bring about."""
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.2)
