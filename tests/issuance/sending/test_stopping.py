"""Pausing an issuance between jobs, letting it go on, and stopping it for good."""

import uuid
from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from engine.leases import claim_one
from engine.moves import Overtaken
from issuance.models import Batch, Issuance, IssuanceEvent
from issuance.sending import submission
from issuance.sending.status import summaries
from issuance.sending.stopping import NothingToChange, pause, resume, stop
from issuance.states import BatchState, IssuanceState
from partner_api import errors
from tests.support.factories import (
    NOON,
    BatchFactory,
    CampaignFactory,
    IssuanceFactory,
    UserFactory,
    create_batch_with_job,
    create_frozen_batch,
)
from tests.support.steps import poll_one_batch, submit_one_batch

ISSUE = {"method": "POST", "path": "/partner/campaigns/issue"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def going_out(campaign) -> Issuance:
    """Three jobs of one guest each, all of them due."""
    issuance = IssuanceFactory(campaign=campaign, lines=3)
    variant = campaign.variants.get(position=0)
    for number in (1, 2, 3):
        create_frozen_batch(f"guest{number}@example.com", issuance=issuance, variant=variant, number=number)
    return issuance


def work() -> None:
    while submit_one_batch():
        pass


def states(issuance) -> list[str]:
    return list(issuance.batches.order_by("number").values_list("state", flat=True))


def moves(issuance) -> list[tuple[str, object]]:
    return list(IssuanceEvent.objects.filter(issuance=issuance).values_list("move", "by"))


# --- Pause and resume ----------------------------------------------------------------------------------------


def test_a_pause_comes_between_two_jobs_and_what_runs_runs_on(going_out, sandbox, clock):
    submit_one_batch()
    pause(issuance=going_out, by=UserFactory(), at=clock.now())
    work()
    clock.forward(minutes=1)
    poll_one_batch()

    assert states(going_out) == ["completed", "queued", "queued"]
    assert len(sandbox.jobs()) == 1


def test_resuming_issues_to_those_who_waited_and_to_no_guest_twice(going_out, sandbox, clock):
    submit_one_batch()
    pause(issuance=going_out, by=None, at=clock.now())
    work()

    resume(issuance=going_out, by=None, at=clock.now())
    work()

    assert states(going_out) == ["watching"] * 3
    assert set(sandbox.times_issued().values()) == {1}


def test_what_is_paused_is_not_due_so_that_no_worker_looks_at_it(going_out, clock):
    pause(issuance=going_out, by=None, at=clock.now())
    work()

    assert set(going_out.batches.values_list("due_at", flat=True)) == {None}


def test_a_call_whose_outcome_is_unknown_is_repeated_in_spite_of_a_pause(going_out, sandbox, clock):
    sandbox.fault("cut_off", when="after", times=1, **ISSUE)
    submit_one_batch()
    pause(issuance=going_out, by=None, at=clock.now())

    clock.forward(minutes=10)
    work()

    assert states(going_out) == ["watching", "queued", "queued"]
    assert sandbox.times_issued() == {"guest1@example.com": 1}


def test_who_paused_and_who_resumed_is_on_record(going_out, clock):
    ana, bo = UserFactory(), UserFactory()

    pause(issuance=going_out, by=ana, at=clock.now())
    going_out.refresh_from_db()
    assert (going_out.paused_by, going_out.pause_reason) == (ana, "person")
    resume(issuance=going_out, by=bo, at=clock.now())

    assert moves(going_out) == [("paused", ana.pk), ("resumed", bo.pk)]
    assert list(AuditEntry.objects.values_list("action", "by")) == [
        ("issuance paused", ana.pk),
        ("issuance resumed", bo.pk),
    ]


@pytest.mark.parametrize("state", [BatchState.WATCHING, BatchState.COMPLETED, BatchState.NEEDS_ATTENTION])
def test_where_nothing_waits_to_be_sent_nothing_can_be_paused(state):
    batch = create_batch_with_job(state=state)

    with pytest.raises(NothingToChange):
        pause(issuance=batch.issuance, by=None, at=NOON)

    assert not IssuanceEvent.objects.exists()


def test_a_second_pause_and_a_second_resume_change_nothing():
    issuance = BatchFactory().issuance
    pause(issuance=issuance, by=None, at=NOON)
    with pytest.raises(NothingToChange):
        pause(issuance=issuance, by=None, at=NOON)
    resume(issuance=issuance, by=None, at=NOON)
    with pytest.raises(NothingToChange):
        resume(issuance=issuance, by=None, at=NOON)

    assert len(moves(issuance)) == 2


@pytest.mark.parametrize("act", [pause, stop])
def test_a_draft_goes_nowhere_so_nothing_of_it_is_paused_or_stopped(act):
    batch = BatchFactory(issuance__state=IssuanceState.READY, state=BatchState.DRAFT)

    with pytest.raises(NothingToChange):
        act(issuance=batch.issuance, by=None, at=NOON)


# --- Stop ----------------------------------------------------------------------------------------------------


def test_a_stop_leaves_unsent_what_was_not_sent_and_counts_it_so(going_out, sandbox, clock):
    submit_one_batch()

    stopped = stop(issuance=going_out, by=UserFactory(), at=clock.now())
    work()

    buckets = summaries([going_out], at=NOON)[going_out.pk].buckets
    assert (stopped.jobs, stopped.guests, stopped.gone) == (2, 2, 1)
    assert states(going_out) == ["watching", "stopped", "stopped"]
    assert (buckets.not_sent, buckets.accounted_for) == (2, 3)
    assert sandbox.times_issued() == {"guest1@example.com": 1}


def test_what_may_have_reached_thanx_is_not_stopped_but_cleared_up(going_out, sandbox, clock):
    sandbox.fault("cut_off", when="after", times=1, **ISSUE)
    submit_one_batch()

    stop(issuance=going_out, by=None, at=clock.now())
    clock.forward(minutes=10)
    work()

    assert states(going_out) == ["watching", "stopped", "stopped"]
    assert sandbox.times_issued() == {"guest1@example.com": 1}


def test_what_comes_back_unsent_after_the_stop_is_stopped_too(going_out, sandbox, clock):
    class BusyThanx:
        def issue(self, **_):
            stop(issuance=going_out, by=None, at=clock.now())
            raise errors.RateLimited(not_before=clock.now() + timedelta(hours=1))

    submit_one_batch(partner=BusyThanx())
    work()

    assert states(going_out) == ["stopped"] * 3
    assert sandbox.times_issued() == {}


def test_of_a_worker_that_has_just_claimed_and_a_stop_one_wins(going_out, sandbox, clock):
    claimed = claim_one(Batch.objects.to_submit(), at=clock.now())

    stopped = stop(issuance=going_out, by=None, at=clock.now())

    with pytest.raises(Overtaken):
        submission._begin(claimed, at=clock.now())
    assert stopped.jobs == 3
    assert sandbox.requests() == []


def test_a_worker_that_has_begun_is_quicker_than_the_stop(going_out, sandbox, clock):
    claimed = claim_one(Batch.objects.to_submit(), at=clock.now())
    submission._begin(claimed, at=clock.now())

    stopped = stop(issuance=going_out, by=None, at=clock.now())

    assert (stopped.jobs, stopped.gone) == (2, 1)
    assert states(going_out) == ["submitting", "stopped", "stopped"]


def test_a_stop_ends_a_pause_and_what_a_person_was_to_decide_of_what_was_never_sent():
    issuance = BatchFactory().issuance
    BatchFactory(issuance=issuance, state=BatchState.NEEDS_ATTENTION, error_code="campaign_over", due_at=None)
    pause(issuance=issuance, by=None, at=NOON)

    stop(issuance=issuance, by=None, at=NOON)

    issuance.refresh_from_db()
    assert (issuance.paused_at, issuance.pause_reason, issuance.stopped_at) == (None, "", NOON)
    assert states(issuance) == ["stopped", "stopped"]


@pytest.mark.parametrize("doubt", [{"maybe_sent": True}, {"job_id": "job-1"}])
def test_a_decision_about_what_may_have_been_sent_stays_a_persons(doubt):
    issuance = BatchFactory(issuance__campaign=CampaignFactory()).issuance
    asking = BatchFactory(issuance=issuance, state=BatchState.NEEDS_ATTENTION, idempotency_key=uuid.uuid4(), **doubt)

    stop(issuance=issuance, by=None, at=NOON)

    asking.refresh_from_db()
    assert asking.state == BatchState.NEEDS_ATTENTION


def test_where_everything_has_gone_there_is_nothing_to_stop():
    batch = create_batch_with_job()

    with pytest.raises(NothingToChange):
        stop(issuance=batch.issuance, by=None, at=NOON)

    assert not AuditEntry.objects.exists()


def test_controls_that_are_held_back_stay_held_back():
    issuance = BatchFactory().issuance
    control = BatchFactory(issuance=issuance, state=BatchState.HELD_BACK, is_control=True, due_at=None)

    stopped = stop(issuance=issuance, by=None, at=NOON)

    control.refresh_from_db()
    assert (control.state, stopped.gone) == (BatchState.HELD_BACK, 0)
