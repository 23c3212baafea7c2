"""The governor in several processes on a real database."""

import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from uuid import uuid4

import pytest
from django.db import connections, transaction

from partner_api.models import Exchange, Grant, Limiter
from partner_api.pacing.governor import Governor
from partner_api.pacing.windows import SECOND
from partner_api.priority import Priority
from tests.support.database import needs_postgres, until_a_transaction_waits
from tests.support.processes.governed import PER_SECOND
from tests.support.processes.restarted import BUDGET
from tests.support.processes.running import kill, read_line, running, start, write_line
from tests.support.servers.odd_server import OddServer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HOUR = 3600
PROCESSES, THREADS = 3, 2


def spans(times):
    """Return how long each run took that is one longer than a second may hold, in seconds."""
    return [late - early for early, late in zip(times, times[PER_SECOND:], strict=False)]


def test_processes_and_threads_together_keep_every_second_and_share_fairly():
    with running(*(start("governed", 3, THREADS) for _ in range(PROCESSES))) as processes:
        for process in processes:
            write_line(process, "go")
        sent = [json.loads(read_line(process)) for process in processes]

    together = sorted(itertools.chain(*sent))
    granted = sorted(at.timestamp() for at in Grant.objects.values_list("at", flat=True))
    assert min(spans(granted)) >= SECOND.total_seconds() - 0.001
    # A busy machine may stop a process between its waking and its reading of the clock, but rarely does.
    assert median(spans(together)) >= 1
    assert len(together) >= 2 * PER_SECOND
    # A busy machine gives one process more time than another. One that starves gets one place in a hundred, no eighth.
    assert min(len(own) for own in sent) >= len(together) / PROCESSES / 8


@pytest.mark.parametrize("step", [0, HOUR, -HOUR])
def test_what_a_killed_process_used_stays_used_for_its_successor_however_the_clock_is_set_in_between(step):
    sent = []
    for wrong_by in (0, step):
        with running(start("restarted", wrong_by)) as [process]:
            write_line(process, "go")
            answer = json.loads(read_line(process))
            kill(process)
            sent.append(answer["sent"])

    assert sent == [BUDGET, 0]
    assert 850 < answer["seconds_ahead"] < 900


@needs_postgres
def test_a_missed_reservation_is_replaced_only_under_the_limiters_lock():
    """Who holds that lock may want to clear the same grant away, and the two would wait for each other."""
    clock = iter([0.0] * 10)
    governor = Governor(
        name="shared", per_second=1, per_quarter_hour=9, sleep=lambda _: None, steady=lambda: next(clock, 5.0)
    )
    missed = governor.admit(priority=Priority.POLLING, max_wait=timedelta(minutes=1))
    for _ in clock:
        continue

    def exchange():
        missed.wait()
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Limiter.objects.select_for_update().get()
            exchanged = pool.submit(exchange)
            until_a_transaction_waits()
            free = list(Grant.objects.select_for_update(skip_locked=True))
        exchanged.result(timeout=60)

    assert len(free) == 1
    assert Grant.objects.exclude(pk=free[0].pk).count() == 1


def test_a_process_that_dies_while_it_waits_leaves_its_exchange_without_an_outcome():
    key = uuid4()
    killed = threading.Event()
    with OddServer(lambda _: killed.wait(30)) as server:
        credential = {"THANX_API_URL": server.url, "THANX_CLIENT_ID": "c", "THANX_ACCESS_TOKEN": "t"}
        process = start("dying", key, **credential)
        while not server.requests:
            assert process.poll() is None
            time.sleep(0.02)
        kill(process)
        killed.set()

    exchange = Exchange.objects.get()
    assert (exchange.idempotency_key, exchange.about) == (key, "batch:1")
    assert (exchange.status, exchange.ms, exchange.error_class) == (None, None, "")
