"""While sending is stopped no call is made; when it goes on, no batch is forgotten."""

from datetime import timedelta

import pytest

from campaigns import halts
from issuance.followup.revocation import revoke_batches
from issuance.jobs import holds
from issuance.models import Batch
from issuance.sending.status import summaries
from issuance.sending.stopping import pause, resume
from issuance.states import BatchState
from partner_api import connect
from partner_api.models import Exchange
from tests.support.factories import NOON, BatchFactory, MerchantFactory
from tests.support.steps import poll_one_batch, revoke_one_batch, submit_one_batch

ISSUE = {"method": "POST", "path": "/partner/campaigns/issue"}
CALLS = "/partner/campaigns/issue"
pytestmark = pytest.mark.django_db


def halt(merchant, *, at=NOON):
    return halts.stop(merchant=merchant, by=None, at=at, reason="The till prints the wrong price.")


def let_go_on(merchant, *, at=NOON):
    holds.let_sending_go_on(merchant=merchant, by=None, at=at)


def work() -> None:
    while submit_one_batch():
        pass


@pytest.fixture(params=["merchant", "installation"])
def whose(request, batch):
    """The merchant of the batch, or None for the whole installation."""
    return batch.issuance.merchant if request.param == "merchant" else None


def test_nothing_is_sent_while_sending_is_stopped(batch, whose, sandbox, clock):
    halt(whose)

    work()

    batch.refresh_from_db()
    assert (batch.state, batch.due_at, batch.maybe_sent) == (BatchState.QUEUED, None, False)
    assert sandbox.requests(CALLS) == []


def test_when_sending_goes_on_what_was_due_is_sent(batch, whose, sandbox, clock):
    halt(whose)
    work()

    let_go_on(whose, at=clock.now())
    work()

    batch.refresh_from_db()
    assert batch.state == BatchState.WATCHING
    assert len(sandbox.jobs()) == 1


def test_not_even_a_call_of_unknown_outcome_is_repeated_meanwhile(batch, whose, sandbox, clock):
    sandbox.fault("cut_off", when="after", times=1, **ISSUE)
    submit_one_batch()
    halt(whose)
    clock.forward(minutes=10)
    work()
    assert len(sandbox.requests(CALLS)) == 1

    let_go_on(whose, at=clock.now())
    work()

    batch.refresh_from_db()
    assert batch.state == BatchState.WATCHING
    assert set(sandbox.times_issued().values()) == {1}


def test_what_a_dead_worker_left_behind_waits_as_well(batch, sandbox, clock):
    submit_one_batch()
    Batch.objects.update(state=BatchState.SUBMITTING, job_id=None, maybe_sent=True, due_at=NOON)
    halt(None)

    work()

    batch.refresh_from_db()
    assert (batch.state, batch.due_at, batch.maybe_sent) == (BatchState.QUEUED, None, True)


def test_jobs_are_watched_and_revoked_as_ever(batch, sandbox, clock):
    submit_one_batch()
    halt(None)
    clock.forward(minutes=1)
    poll_one_batch()
    revoke_batches(issuance=batch.issuance, by=None, at=clock.now(), reason="wrong reward")

    revoke_one_batch()

    batch.refresh_from_db()
    assert batch.state in (BatchState.REVOKING, BatchState.REVOKED)


def test_another_merchant_is_not_held(batch, sandbox, clock):
    halt(MerchantFactory())

    work()

    batch.refresh_from_db()
    assert batch.state == BatchState.WATCHING


def test_lifting_one_stop_does_not_lift_the_other(batch, sandbox, clock):
    halt(batch.issuance.merchant)
    halt(None)

    let_go_on(None, at=clock.now())
    work()

    assert sandbox.requests(CALLS) == []


def test_a_paused_issuance_stays_paused_when_sending_goes_on(batch, sandbox, clock):
    halt(None)
    pause(issuance=batch.issuance, by=None, at=NOON)

    let_go_on(None, at=clock.now())
    work()
    assert sandbox.requests(CALLS) == []
    resume(issuance=batch.issuance, by=None, at=clock.now())
    work()

    assert len(sandbox.jobs()) == 1


@pytest.mark.parametrize("what", ["halted", "paused"])
def test_a_call_that_waited_for_its_turn_is_not_made_when_that_has_changed(batch, sandbox, clock, what):
    sent = connect.thanx(
        priority=connect.Priority.SUBMISSION, merchant="", consent=lambda: changed_meanwhile(batch, what)
    )

    submit_one_batch(partner=sent)

    batch.refresh_from_db()
    assert list(batch.events.values_list("move", flat=True)) == ["claimed", "withheld"]
    assert (batch.state, batch.maybe_sent, batch.first_attempt_at) == (BatchState.QUEUED, False, None)
    assert (sandbox.requests(CALLS), Exchange.objects.latest("pk").error_class) == ([], "Withheld")


def changed_meanwhile(batch, what) -> bool:
    """Halt or pause, as another user may while the call waits, and return what the worker asks then."""
    if what == "halted":
        halt(None)
    else:
        BatchFactory(issuance=batch.issuance, number=2)
        pause(issuance=batch.issuance, by=None, at=NOON)
    return holds.may_still_go(batch, was_maybe_sent=False)


def test_a_pause_does_not_withhold_what_had_begun_before(batch):
    pause(issuance=batch.issuance, by=None, at=NOON)

    assert holds.may_still_go(batch, was_maybe_sent=True)
    assert not holds.may_still_go(batch, was_maybe_sent=False)


def test_an_idle_worker_asks_one_question(django_assert_num_queries):
    BatchFactory(due_at=NOON + timedelta(days=900))

    with django_assert_num_queries(1):
        assert submit_one_batch() is False


@pytest.mark.parametrize(("maybe_sent", "jobs"), [(False, 1), (True, 1)])
def test_a_summary_counts_what_waits_for_sending_to_go_on(maybe_sent, jobs):
    batch = BatchFactory(maybe_sent=maybe_sent)
    halt(batch.issuance.merchant)

    found = summaries([batch.issuance], at=NOON)[batch.issuance.pk]

    assert (found.waiting, found.unfinished, found.status.label) == (jobs, False, "Paused")
