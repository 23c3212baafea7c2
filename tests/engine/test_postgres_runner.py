"""Real workers on a real PostgreSQL: every due row is done once and in time, whatever is in the queue."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import JobContext
from procrastinate.jobs import Job

from campaigns.models import Merchant
from engine import postgres_triggers
from engine.clock import now
from tests.support.database import database_url, needs_postgres
from tests.support.factories import MerchantFactory
from tests.support.root import ROOT
from tests.support.settings.runner import STEP

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True), pytest.mark.slow]

LEASE_SECONDS = 3


@pytest.fixture(autouse=True)
def triggers(settings):
    """Due merchants defer the step of these tests, and the queue is empty."""
    settings.ENGINE_STEPS = {STEP: "campaigns.Merchant"}
    postgres_triggers.install(using="default")
    execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def marks(tmp_path):
    path = tmp_path / "marks"
    path.touch()
    return path


@pytest.fixture
def workers(marks):
    """Start `manage.py work` processes on the database of the test."""
    processes = []

    def start(number=1, *, unit_seconds=0.0, **environment):
        surroundings = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.support.settings.runner",
            "DATABASE_URL": database_url(),
            "MARKS": str(marks),
            "UNIT_SECONDS": str(unit_seconds),
            "ENGINE_LEASE_SECONDS": str(LEASE_SECONDS),
            **environment,
        }
        command = [sys.executable, "manage.py", "work"]
        started = [
            subprocess.Popen(command, cwd=ROOT, env=surroundings, stderr=subprocess.PIPE, text=True)
            for _ in range(number)
        ]
        processes.extend(started)
        for process in started:
            while "working with" not in process.stderr.readline():
                assert process.poll() is None
        return started

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def lines(marks):
    """Return (merchant, time, process) of each unit."""
    found = [line.split() for line in marks.read_text().splitlines()]
    return [(int(pk), datetime.fromtimestamp(float(at), tz=now().tzinfo), int(pid)) for pk, at, pid in found]


def until(condition, *, seconds=120):
    """Wait until something is true, or the time is over: the test's own assertion follows."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def all_done():
    return not Merchant.objects.exclude(due_at=None).exists()


def is_queue_empty():
    return execute("SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def defer_without_lock(step):
    """Insert a task without the lock that keeps waiting tasks unique."""
    execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES (%s, %s, %s)",
        postgres_triggers.QUEUE,
        postgres_triggers.RUN_STEP,
        json.dumps({"step": step}),
    )


def taken(marks):
    return Counter(pk for pk, *_ in lines(marks))


def once(merchants):
    return Counter(merchant.pk for merchant in merchants)


def test_workers_share_the_due_rows_and_do_none_twice(workers, marks):
    workers(2)
    merchants = MerchantFactory.create_batch(200, due_at=now())

    until(all_done)

    assert taken(marks) == once(merchants)
    assert len({pid for *_, pid in lines(marks)}) == 2


def test_a_row_that_becomes_due_is_begun_within_a_second(workers, marks):
    workers()
    start = now() + timedelta(seconds=1)
    due = {
        MerchantFactory(due_at=start + timedelta(seconds=0.3 * n)): start + timedelta(seconds=0.3 * n) for n in range(8)
    }

    until(all_done)

    late = [(at - due[Merchant.objects.get(pk=pk)]).total_seconds() for pk, at, _ in lines(marks)]
    assert len(late) == 8
    assert min(late) >= 0
    assert sorted(late)[4] < 1


def test_the_row_of_a_killed_worker_is_done_by_another_after_the_lease(workers, marks):
    [victim] = workers(unit_seconds=600, ENGINE_THREADS="1")  # another thread would claim it again
    merchant = MerchantFactory(due_at=now())
    until(lambda: lines(marks))

    workers()
    victim.send_signal(signal.SIGKILL)
    killed_at = now()
    until(all_done)

    [first, second] = lines(marks)
    assert (first[0], second[0]) == (merchant.pk, merchant.pk)
    assert second[1] - first[1] >= timedelta(seconds=LEASE_SECONDS)
    assert second[1] - killed_at < timedelta(seconds=LEASE_SECONDS + 20)


def test_lost_tasks_change_nothing(workers, marks, settings):
    settings.ENGINE_STEPS = {}
    postgres_triggers.install(using="default")  # this drops them
    workers(2)
    merchants = MerchantFactory.create_batch(100, due_at=now())

    while not all_done():
        execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
        time.sleep(0.02)

    assert taken(marks) == once(merchants)


def test_duplicate_tasks_change_nothing(workers, marks):
    for _ in range(100):
        defer_without_lock(STEP)
    merchants = MerchantFactory.create_batch(100, due_at=now())

    workers(2)
    until(all_done)
    until(is_queue_empty)

    assert taken(marks) == once(merchants)
    assert is_queue_empty()


def test_a_task_for_a_step_of_another_release_is_no_error(workers):
    defer_without_lock("a.step.of.tomorrow")

    [worker] = workers()
    until(is_queue_empty)

    assert is_queue_empty()
    assert worker.poll() is None


@pytest.mark.parametrize("runner", ["procrastinate", "embedded"])
def test_a_worker_outlives_the_absence_of_its_database(workers, marks, runner):
    [worker] = workers(ENGINE_RUNNER=runner)
    merchants = MerchantFactory.create_batch(3, due_at=now() + timedelta(seconds=2))
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.close_pool()
    with closing(psycopg.connect(database_url().rpartition("/")[0] + "/postgres", autocommit=True)) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        time.sleep(4)
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    until(all_done)

    assert taken(marks) == once(merchants)
    assert worker.poll() is None


def test_the_embedded_runner_works_on_postgresql_too(workers, marks):
    workers(2, ENGINE_RUNNER="embedded")
    merchants = MerchantFactory.create_batch(100, due_at=now())

    until(all_done)

    assert taken(marks) == once(merchants)


def test_the_tasks_of_dead_workers_are_deleted_and_block_nothing(workers, marks):
    [victim] = workers(unit_seconds=600)
    MerchantFactory(due_at=now())
    until(lambda: lines(marks))
    victim.kill()
    victim.wait()
    execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    MerchantFactory(due_at=now())

    begun_and_waiting = execute("SELECT DISTINCT status FROM procrastinate_jobs ORDER BY status")
    clear_up()

    assert begun_and_waiting == [("todo",), ("doing",)]
    assert execute("SELECT DISTINCT status FROM procrastinate_jobs") == [("todo",)]
    assert execute("SELECT count(*) FROM procrastinate_workers") == [(0,)]


def clear_up():
    from procrastinate.contrib.django import app

    from engine import postgres_tasks

    job = Job(
        id=None, queue=postgres_triggers.QUEUE, lock=None, queueing_lock=None, task_name=postgres_tasks.clear_up.name
    )
    context = JobContext(app=app, job=job, start_timestamp=0, abort_reason=lambda: None)
    async_to_sync(postgres_tasks.clear_up.func)(context, timestamp=0)


def test_the_queue_can_be_inspected(admin_client):
    MerchantFactory(due_at=now())

    page = admin_client.get("/admin/procrastinate/procrastinatejob/")
    command = [sys.executable, "manage.py", "procrastinate", "healthchecks"]
    environment = {**os.environ, "DATABASE_URL": database_url()}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert STEP in page.content.decode()
    assert "Worker App: OK" in said
