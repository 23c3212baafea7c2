"""Workers and users at once: no guest is issued to twice or forgotten, and what was stopped was not sent."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import halts
from engine.leases import LeaseLost
from engine.moves import Overtaken
from issuance.jobs import holds
from issuance.models import Issuance
from issuance.sending import stopping
from issuance.sending.submission import submit_one_batch
from issuance.states import BatchState
from tests.issuance.conftest import campaign_at
from tests.support.factories import IssuanceFactory, create_frozen_batch

JOBS, WORKERS = 16, 3
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def going_out(transactional_db, sandbox) -> Issuance:
    campaign = campaign_at(sandbox)
    issuance, variant = IssuanceFactory(campaign=campaign, lines=JOBS), campaign.variants.get(position=0)
    for number in range(1, JOBS + 1):
        create_frozen_batch(f"guest{number}@example.com", issuance=issuance, variant=variant, number=number)
    return issuance


@contextmanager
def at_work(done: threading.Event):
    """A worker that sends all that it may send, until `done` is set."""

    def work() -> None:
        while not done.is_set():
            with suppress(LeaseLost, Overtaken):
                if not submit_one_batch():
                    done.wait(0.005)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def with_workers(act: Callable[[], None]) -> None:
    """Do something while workers send; they end a while after it, when nothing is left to be sent."""
    done = threading.Event()
    with ExitStack() as workers:
        for _ in range(WORKERS):
            workers.enter_context(at_work(done))
        act()
        deadline = timezone.now() + timezone.timedelta(seconds=30)
        while _sendable().exists() and timezone.now() < deadline:
            done.wait(0.05)


def _sendable():
    waiting = Issuance.objects.filter(batches__state__in=[BatchState.QUEUED, BatchState.SUBMITTING])
    return waiting.filter(paused_at=None)


def sent(issuance) -> set[str]:
    gone = issuance.batches.exclude(state=BatchState.STOPPED)
    return {f"guest{number}@example.com" for number in gone.values_list("number", flat=True)}


def test_a_stop_amid_the_sending_leaves_everybody_either_sent_once_or_not_sent(going_out, sandbox):
    found = []

    def stop_when_some_have_gone() -> None:
        while not going_out.batches.filter(state=BatchState.WATCHING).exists():
            threading.Event().wait(0.005)
        found.append(stopping.stop(issuance=going_out, by=None, at=timezone.now()))

    with_workers(stop_when_some_have_gone)

    states = set(going_out.batches.values_list("state", flat=True))
    assert states == {BatchState.WATCHING, BatchState.STOPPED}
    assert sandbox.times_issued() == dict.fromkeys(sent(going_out), 1)
    assert found[0].jobs + found[0].gone == JOBS


def test_after_many_pauses_and_stops_of_all_sending_everybody_was_issued_to_once(going_out, sandbox):
    merchant = going_out.merchant

    def meddle() -> None:
        for _ in range(6):
            with suppress(stopping.NothingToChange):
                stopping.pause(issuance=going_out, by=None, at=timezone.now())
            halts.stop(merchant=merchant, by=None, at=timezone.now(), reason="a test")
            threading.Event().wait(0.02)
            holds.let_sending_go_on(merchant=merchant, by=None, at=timezone.now())
            with suppress(stopping.NothingToChange):
                stopping.resume(issuance=going_out, by=None, at=timezone.now())

    with_workers(meddle)

    assert set(going_out.batches.values_list("state", flat=True)) == {BatchState.WATCHING}
    assert sandbox.times_issued() == dict.fromkeys(sent(going_out), 1)
