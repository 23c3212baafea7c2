import os
import signal
import subprocess
import sys
import time

import pytest

from engine.management.commands.work import CHECK_THREADS_SECONDS
from engine.models import WorkerBeat
from tests.support.database import database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def work(tmp_path):
    """Start `manage.py work` on the database of the test."""
    processes = []
    surroundings = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.support.settings.worker",
        "DATABASE_URL": database_url(),
        "MARKS": str(tmp_path),
    }

    def start(*arguments):
        command = [sys.executable, "manage.py", "work", *arguments]
        process = subprocess.Popen(command, env=surroundings, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def wait_for(path, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert path.exists()


@pytest.mark.parametrize("asked_by", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_asked_to_stop_finishes_its_unit(work, tmp_path, asked_by):
    process = work()
    wait_for(tmp_path / "begun")

    process.send_signal(asked_by)

    assert process.wait(timeout=60) == 0
    assert (tmp_path / "ended").exists()
    assert WorkerBeat.objects.get().stopped_at is not None


def test_a_worker_that_was_frozen_works_on(work, tmp_path):
    process = work()
    wait_for(tmp_path / "begun")

    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5 * CHECK_THREADS_SECONDS)  # so long that the kernel's wait is over when the process goes on
    process.send_signal(signal.SIGCONT)
    wait_for(tmp_path / "ended")
    (tmp_path / "ended").unlink()
    (tmp_path / "begun").unlink()

    wait_for(tmp_path / "ended")


def test_a_probe_sees_that_a_worker_runs(work, tmp_path):
    work("--alive-file", tmp_path / "alive")

    wait_for(tmp_path / "alive")
    (tmp_path / "alive").unlink()
    wait_for(tmp_path / "alive")


def test_a_worker_asked_twice_stops_at_once(work, tmp_path):
    process = work()
    wait_for(tmp_path / "begun")

    process.send_signal(signal.SIGTERM)
    while "once more" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == -signal.SIGTERM
    assert not (tmp_path / "ended").exists()


def test_once_ends_when_nothing_is_due(work, tmp_path):
    process = work("--once")

    assert process.wait(timeout=60) == 0
    assert (tmp_path / "ended").exists()


def test_a_worker_needs_a_thread(work, tmp_path):
    process = work("--threads", "0")

    assert process.wait(timeout=60) == 2
    assert not (tmp_path / "begun").exists()
