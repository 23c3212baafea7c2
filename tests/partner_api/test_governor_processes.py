"""What only real processes and a real database can show."""

from __future__ import annotations

import itertools
import json
import threading
import time
from uuid import uuid4

import pytest

from partner_api.models import Exchange, Grant
from partner_api.pacing import SECOND
from tests.partner_api.governed_process import PER_SECOND
from tests.partner_api.odd_server import OddServer
from tests.partner_api.processes import hear, kill, running, start, tell
from tests.partner_api.restarted_process import BUDGET

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HOUR = 3600


def closest(times):
    """Return the shortest time, in seconds, that held one more than a second may."""
    return min(late - early for early, late in zip(times, times[PER_SECOND:], strict=False))


def test_processes_and_threads_together_keep_every_second_and_share_fairly():
    with running(*(start("governed_process", 3, 2) for _ in range(3))) as processes:
        for process in processes:
            tell(process, "go")
        sent = [json.loads(hear(process)) for process in processes]

    together = sorted(itertools.chain(*sent))
    granted = sorted(at.timestamp() for at in Grant.objects.values_list("at", flat=True))
    assert closest(granted) >= SECOND.total_seconds() - 0.001
    # A busy machine may stop a process between its waking and its look at the clock.
    assert closest(together) >= 0.95
    assert len(together) >= 2 * PER_SECOND
    assert min(len(own) for own in sent) >= len(together) / len(sent) / 3


@pytest.mark.parametrize("step", [0, HOUR, -HOUR])
def test_what_a_killed_process_used_stays_used_for_its_successor_however_the_clock_is_set_in_between(step):
    sent = []
    for wrong_by in (0, step):
        with running(start("restarted_process", wrong_by)) as [process]:
            tell(process, "go")
            told = json.loads(hear(process))
            kill(process)
            sent.append(told["sent"])

    assert sent == [BUDGET, 0]
    assert 850 < told["seconds_ahead"] < 900


def test_a_process_that_dies_while_it_waits_leaves_its_exchange_without_an_outcome():
    key = uuid4()
    killed = threading.Event()
    with OddServer(lambda _: killed.wait(30)) as server:
        credential = {"THANX_API_URL": server.url, "THANX_CLIENT_ID": "c", "THANX_ACCESS_TOKEN": "t"}
        process = start("dying_process", key, **credential)
        while not server.requests:
            assert process.poll() is None
            time.sleep(0.02)
        kill(process)
        killed.set()

    exchange = Exchange.objects.get()
    assert (exchange.idempotency_key, exchange.about) == (key, "batch:1")
    assert (exchange.status, exchange.ms, exchange.error_class) == (None, None, "")
