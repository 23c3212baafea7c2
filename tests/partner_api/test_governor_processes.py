"""What only real processes and a real database file can show."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.partner_api.governed_process import PER_SECOND
from tests.partner_api.odd_server import OddServer

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture
def environment(tmp_path):
    """An SQLite file with the tables of the partner API, made by its migration."""
    found = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "thanx_portal.settings",
    }
    migrate = [sys.executable, "manage.py", "migrate", "partner_api", "--skip-checks", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=found, check=True)
    return found


def start(module, *arguments, environment):
    command = [sys.executable, "-m", f"tests.partner_api.{module}", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)


def rows(environment, query):
    with sqlite3.connect(environment["DATABASE_URL"].removeprefix("sqlite:///")) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def closest(times):
    """Return the shortest time, in seconds, that held one more than a second may."""
    return min(late - early for early, late in zip(times, times[PER_SECOND:], strict=False))


def test_processes_and_threads_together_keep_every_second_and_share_fairly(environment):
    running = [start("governed_process", "3", "2", environment=environment) for _ in range(3)]
    ready = [process.stdout.readline() for process in running]
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    sent = [json.loads(process.communicate(timeout=60)[0]) for process in running]

    assert ready == ["ready\n"] * 3
    together = sorted(itertools.chain(*sent))
    granted = [
        moment for (moment,) in rows(environment, "SELECT julianday(at) * 86400 FROM partner_api_grant ORDER BY at")
    ]
    assert closest(granted) >= 1.049
    # A busy machine may stop a process between its waking and its look at the clock.
    assert closest(together) >= 0.95
    assert len(together) >= 2 * PER_SECOND
    assert min(len(own) for own in sent) >= len(together) / len(sent) / 3


def test_a_process_that_dies_while_it_waits_leaves_its_exchange_without_an_outcome(environment):
    key = uuid4()
    killed = threading.Event()
    with OddServer(lambda _: killed.wait(30)) as server:
        credential = {"THANX_API_URL": server.url, "THANX_CLIENT_ID": "c", "THANX_ACCESS_TOKEN": "t"}
        process = start("dying_process", str(key), environment=environment | credential)
        while not server.requests:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
        process.communicate()
        killed.set()

    found = rows(environment, "SELECT idempotency_key, about, status, ms, error_class FROM partner_api_exchange")
    assert found == [(key.hex, "batch:1", None, None, "")]
