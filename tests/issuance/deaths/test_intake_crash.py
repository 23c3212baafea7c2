"""A worker that is killed while it reads leaves nothing readable on the disk, and the next worker reads the file."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.root import ROOT

START = """
import io, django; django.setup()
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", run_syncdb=True, verbosity=0)
from issuance.drafts import drafts
from tests.support.factories import create_live_campaign
lines = "".join(f"needle{n % 59_000}@haystack.example.com,{n}\\n" for n in range(60_000))
issuance = drafts.start(campaign=create_live_campaign(), by=None, at=timezone.now())
file = io.BytesIO(("email,id\\n" + lines).encode())
drafts.add_file(issuance=issuance, file=file, name="a", by=None, at=timezone.now())
"""
READ = """
import django; django.setup()
from issuance.audience.intake_step import read_one_upload
print("begun", flush=True)
print(read_one_upload(), flush=True)
"""


def run(program: str, directory: Path) -> subprocess.Popen[str]:
    environment = os.environ | {
        "VAR_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory}/portal.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tests.support.settings.plain_tables",
        "PYTHONPATH": str(ROOT),
        "ENGINE_LEASE_SECONDS": "2",
        "THANX_BATCH_SIZE": "500",
        "DEBUG": "1",
    }
    return subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)


def ask(directory: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(directory / "portal.sqlite3", timeout=20)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def wait_for(condition, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.slow
def test_a_reading_that_was_killed_is_read_again_from_the_start_and_leaves_nothing_in_clear(tmp_path):
    run(START, tmp_path).communicate()
    worker = run(READ, tmp_path)
    wait_for(lambda: ask(tmp_path, "SELECT count(*) FROM issuance_batch")[0][0] >= 5)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    assert ask(tmp_path, "SELECT state, lines FROM issuance_issuance") == [("reading", 0)]
    assert ask(tmp_path, "SELECT count(*) FROM issuance_recipient")[0][0] > 0

    wait_for(lambda: run(READ, tmp_path).communicate()[0].endswith("True\n"))

    assert ask(tmp_path, "SELECT state, lines, left_out FROM issuance_issuance") == [
        ("ready", 60_000, '{"duplicate": 1000}')
    ]
    assert ask(tmp_path, "SELECT count(*), count(DISTINCT line) FROM issuance_recipient") == [(59_000, 59_000)]
    assert ask(tmp_path, "SELECT sum(size) FROM issuance_batch") == [(59_000,)]
    assert ask(tmp_path, "SELECT count(*) FROM issuance_rejectedline") == [(1_000,)]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) >= 2
    assert not [path.name for path in written if b"haystack.example.com" in path.read_bytes()]
