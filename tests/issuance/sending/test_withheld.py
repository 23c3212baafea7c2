"""A pause, a stop or a halt while a call waits for the rate limit: the call is not made."""

import pytest
from django.db import connection

from campaigns import halts
from issuance.jobs import holds
from issuance.models import Batch
from issuance.sending.stopping import pause, resume, stop
from issuance.states import BatchState
from partner_api import errors
from partner_api.models import Exchange
from partner_api.pacing.governor import Admission
from tests.support.factories import NOON, BatchFactory
from tests.support.steps import submit_one_batch

CALLS = "/partner/campaigns/issue"

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(batch):
    """The batch that is sent, beside one that is due much later: there is something to pause and to stop."""
    BatchFactory(issuance=batch.issuance, number=2, due_at=None)
    return batch


def pause_it(issuance):
    pause(issuance=issuance, by=None, at=NOON)


def stop_it(issuance):
    stop(issuance=issuance, by=None, at=NOON)


def halt_the_merchant(issuance):
    halts.stop(merchant=issuance.merchant, by=None, at=NOON, reason="The till prints the wrong price.")


def halt_everything(issuance):
    halts.stop(merchant=None, by=None, at=NOON, reason="The till prints the wrong price.")


def submit_while(act, issuance, monkeypatch):
    """Submit one batch; `act` on the issuance while the call waits for the governor."""
    wait = Admission.wait

    def wait_and_act(admission):
        wait(admission)
        act(issuance)

    with monkeypatch.context() as patched:
        patched.setattr(Admission, "wait", wait_and_act)
        assert submit_one_batch()


@pytest.mark.parametrize("act", [pause_it, stop_it, halt_the_merchant, halt_everything])
def test_an_act_during_the_wait_withholds_the_call(two, sandbox, clock, monkeypatch, act):
    submit_while(act, two.issuance, monkeypatch)

    two.refresh_from_db()
    assert (sandbox.requests(CALLS), sandbox.jobs()) == ([], [])
    assert (two.state, two.maybe_sent, two.first_attempt_at) == (BatchState.QUEUED, False, None)
    assert list(two.events.values_list("move", flat=True)) == ["claimed", "withheld"]
    assert Exchange.objects.latest("pk").error_class == "Withheld"


def test_a_call_that_a_stop_withheld_is_never_made(two, sandbox, clock, monkeypatch):
    submit_while(stop_it, two.issuance, monkeypatch)

    while submit_one_batch():
        pass

    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.STOPPED}
    assert (sandbox.requests(CALLS), sandbox.jobs()) == ([], [])


def test_a_call_that_a_pause_withheld_is_made_once_after_it(two, sandbox, clock, monkeypatch):
    submit_while(pause_it, two.issuance, monkeypatch)
    while submit_one_batch():
        pass
    assert sandbox.requests(CALLS) == []

    resume(issuance=two.issuance, by=None, at=clock.now())
    submit_one_batch()

    two.refresh_from_db()
    assert two.state == BatchState.WATCHING
    assert set(sandbox.times_issued().values()) == {1}


@pytest.mark.parametrize("act", [pause_it, stop_it])
def test_a_call_that_may_have_been_sent_is_repeated_all_the_same(two, sandbox, clock, monkeypatch, act):
    sandbox.fault("cut_off", method="POST", path=CALLS, when="after", times=1)
    submit_one_batch()
    clock.forward(minutes=10)

    submit_while(act, two.issuance, monkeypatch)

    two.refresh_from_db()
    assert two.state == BatchState.WATCHING
    assert len(sandbox.jobs()) == 1


def test_not_even_such_a_call_is_repeated_during_a_halt(two, sandbox, clock, monkeypatch):
    sandbox.fault("cut_off", method="POST", path=CALLS, when="after", times=1)
    submit_one_batch()
    clock.forward(minutes=10)

    submit_while(halt_the_merchant, two.issuance, monkeypatch)

    two.refresh_from_db()
    assert (two.state, two.maybe_sent) == (BatchState.QUEUED, True)
    assert len(sandbox.requests(CALLS)) == 1
    assert not holds.may_still_go(two, was_maybe_sent=True)


class Witness:
    """A client that notes what the database holds at the moment of the call, which then fails."""

    def issue(self, *, key, body):
        self.is_committed = not connection.in_atomic_block
        self.row = Batch.objects.get(idempotency_key=key)
        raise errors.NotSent(method="POST", path=CALLS)


@pytest.mark.django_db(transaction=True)
def test_that_a_call_may_have_been_sent_is_committed_before_the_call(batch, clock):
    witness = Witness()

    submit_one_batch(partner=witness)

    assert witness.is_committed
    assert (witness.row.state, witness.row.maybe_sent, witness.row.attempts) == (BatchState.SUBMITTING, True, 1)
    assert witness.row.first_attempt_at is not None
