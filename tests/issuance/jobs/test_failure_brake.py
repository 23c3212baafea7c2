"""When many guests of one job fail, the rest waits for a user; a canary that goes well releases the rest."""

import pytest

from issuance.followup.revocation import revoke_batches
from issuance.jobs import recording
from issuance.models import Batch, Issuance
from issuance.sending import decisions
from issuance.sending.status import summaries
from issuance.sending.stopping import pause, resume, stop
from issuance.states import BatchState
from tests.support.factories import NOON, BatchFactory, IssuanceFactory, create_batch_with_job, create_frozen_batch
from tests.support.steps import poll_one_batch, submit_one_batch
from ui.status import Status

pytestmark = pytest.mark.django_db

GOOD, BAD = "ana@example.com", "notfound.bo@example.com"


@pytest.fixture
def issuance(campaign) -> Issuance:
    return IssuanceFactory(campaign=campaign)


def job(issuance, *values, number=1, **fields) -> Batch:
    variant = issuance.campaign.variants.get(position=0)
    return create_frozen_batch(*values, issuance=issuance, variant=variant, number=number, **fields)


def finish_jobs(clock) -> None:
    """Send everything that may be sent, and see how it ends."""
    while submit_one_batch():
        pass
    clock.forward(minutes=1)
    while poll_one_batch():
        pass


def moves(issuance) -> list[str]:
    return list(issuance.events.values_list("move", flat=True))


def waiting_issuance(**ended) -> tuple[Issuance, Batch]:
    """Return an issuance with a job that ended so, and another that is to be sent."""
    issuance = IssuanceFactory()
    BatchFactory(issuance=issuance, number=2)
    return issuance, create_batch_with_job(issuance=issuance, number=1, **{"due_at": None, **ended})


# --- Failures ------------------------------------------------------------------------------------------------


def test_many_failures_in_one_job_pause_the_rest(issuance, sandbox, clock):
    job(issuance, GOOD, BAD, due_at=NOON)
    submit_one_batch()
    rest = job(issuance, "cleo@example.com", number=2)

    clock.forward(minutes=1)
    poll_one_batch()
    finish_jobs(clock)

    rest.refresh_from_db()
    issuance.refresh_from_db()
    assert (rest.state, issuance.pause_reason, issuance.paused_by) == (BatchState.QUEUED, "failures", None)
    assert moves(issuance) == ["alarmed"]
    assert summaries([issuance], at=NOON)[issuance.pk].status is Status.PAUSED


@pytest.mark.parametrize(
    ("percent", "failed", "pauses"), [(30, 29, False), (30, 30, True), (1, 0, False), (101, 100, False)]
)
def test_the_share_that_pauses_is_a_setting(settings, percent, failed, pauses):
    settings.PAUSE_AT_FAILURE_PERCENT = percent
    ended = {"state": BatchState.COMPLETED, "issued_count": 100 - failed, "failed_count": failed}
    issuance, batch = waiting_issuance(**ended)

    recording.act_on_end(batch, at=NOON)

    assert moves(issuance) == (["alarmed"] if pauses else [])


@pytest.mark.parametrize(
    "ended",
    [
        {"state": BatchState.REFUSED, "job_id": None, "issued_count": 0, "failed_count": 100},
        {"state": BatchState.FAILED, "issued_count": 0, "failed_count": 100},
        {"state": BatchState.FAILED},
    ],
)
def test_a_job_that_was_refused_or_failed_as_a_whole_pauses_the_rest(ended):
    issuance, batch = waiting_issuance(**ended)

    recording.act_on_end(batch, at=NOON)

    assert moves(issuance) == ["alarmed"]


@pytest.mark.parametrize(
    "running",
    [
        {"state": BatchState.WATCHING, "failed_count": 90},
        {"state": BatchState.COMPLETED},
        {"state": BatchState.FAILED, "issued_count": 0, "failed_count": 100, "due_at": NOON},
    ],
)
def test_a_job_that_runs_or_of_which_more_is_to_be_told_pauses_nothing(running):
    issuance, batch = waiting_issuance(**running)

    recording.act_on_end(batch, at=NOON)

    assert moves(issuance) == []


def test_a_control_has_no_rewards_that_could_fail():
    issuance, batch = waiting_issuance(state=BatchState.FAILED, is_control=True)

    recording.act_on_end(batch, at=NOON)

    assert moves(issuance) == []


def test_where_nothing_is_left_to_be_sent_no_user_is_asked():
    batch = create_batch_with_job(state=BatchState.FAILED, due_at=None)

    recording.act_on_end(batch, at=NOON)

    assert moves(batch.issuance) == []


def test_a_user_who_resumed_knowing_of_the_failures_is_not_asked_again():
    issuance, batch = waiting_issuance(state=BatchState.FAILED)
    recording.act_on_end(batch, at=NOON)
    resume(issuance=issuance, by=None, at=NOON)

    another = create_batch_with_job(issuance=issuance, number=3, state=BatchState.FAILED, due_at=None)
    recording.act_on_end(another, at=NOON)

    assert moves(issuance) == ["alarmed", "resumed"]


def test_a_resume_without_failures_accepts_none():
    issuance, batch = waiting_issuance(state=BatchState.FAILED)
    pause(issuance=issuance, by=None, at=NOON)
    resume(issuance=issuance, by=None, at=NOON)

    recording.act_on_end(batch, at=NOON)

    assert moves(issuance) == ["paused", "resumed", "alarmed"]


def test_failures_make_of_a_users_pause_one_that_asks_and_only_once():
    issuance, batch = waiting_issuance(state=BatchState.FAILED)
    pause(issuance=issuance, by=None, at=NOON)

    recording.act_on_end(batch, at=NOON)
    recording.act_on_end(batch, at=NOON)

    issuance.refresh_from_db()
    assert issuance.pause_reason == "failures"
    assert moves(issuance) == ["paused", "alarmed"]


def test_a_stopped_issuance_is_not_paused():
    issuance, batch = waiting_issuance(state=BatchState.FAILED)
    stop(issuance=issuance, by=None, at=NOON)
    BatchFactory(issuance=issuance, number=3)

    recording.act_on_end(batch, at=NOON)

    assert moves(issuance) == ["stopped"]


def test_a_job_that_a_user_settles_as_not_issued_pauses_the_rest():
    issuance, batch = waiting_issuance(state=BatchState.NEEDS_ATTENTION, job_id=None, maybe_sent=True, size=3)

    decisions.settle_as_not_issued(batch=batch, by=None, at=NOON)

    assert moves(issuance) == ["alarmed"]


# --- A canary ------------------------------------------------------------------------------------------------


@pytest.fixture
def behind_canary(issuance):
    """Return a function that makes a canary of these guests, and a job behind it."""

    def made(*values):
        Issuance.objects.filter(pk=issuance.pk).update(awaits_canary=True)
        canary = job(issuance, *values, is_canary=True)
        return canary, job(issuance, "cleo@example.com", number=2)

    return made


def test_the_rest_waits_for_the_canary_and_follows_when_it_went_well(behind_canary, issuance, sandbox, clock):
    _, rest = behind_canary(GOOD)
    while submit_one_batch():
        pass
    assert len(sandbox.jobs()) == 1

    finish_jobs(clock)
    finish_jobs(clock)

    rest.refresh_from_db()
    assert rest.state == BatchState.COMPLETED
    assert moves(issuance) == ["released"]
    assert set(sandbox.times_issued().values()) == {1}


def test_behind_a_canary_that_went_badly_the_rest_waits_for_a_person(behind_canary, issuance, sandbox, clock):
    _, rest = behind_canary(GOOD, BAD)

    finish_jobs(clock)
    finish_jobs(clock)
    assert moves(issuance) == ["alarmed"]
    assert len(sandbox.jobs()) == 1
    resume(issuance=issuance, by=None, at=clock.now())
    finish_jobs(clock)

    rest.refresh_from_db()
    assert rest.state == BatchState.COMPLETED


def test_a_canary_of_which_thanx_will_not_tell_proves_nothing(behind_canary, issuance):
    canary, _ = behind_canary(GOOD)
    Batch.objects.filter(pk=canary.pk).update(state=BatchState.COMPLETED, job_id="job", due_at=None)
    canary.refresh_from_db()

    recording.act_on_end(canary, at=NOON)

    assert moves(issuance) == ["alarmed"]


def test_a_canary_that_was_taken_back_asks_only_as_long_as_others_wait_for_it(behind_canary, issuance):
    canary, _ = behind_canary(GOOD)
    ended = {"state": BatchState.COMPLETED, "job_id": "job", "issued_count": 1, "failed_count": 0, "due_at": None}
    Batch.objects.filter(pk=canary.pk).update(**ended)
    canary.refresh_from_db()
    recording.act_on_end(canary, at=NOON)

    revoke_batches(issuance=issuance, by=None, at=NOON, reason="wrong reward")
    canary.refresh_from_db()
    recording.act_on_end(canary, at=NOON)

    assert moves(issuance) == ["released"]


def test_while_the_canary_needs_a_person_nothing_goes_on_by_itself(behind_canary, issuance):
    canary, _ = behind_canary(GOOD)
    Batch.objects.filter(pk=canary.pk).update(state=BatchState.NEEDS_ATTENTION, maybe_sent=True)

    issuance.refresh_from_db()
    assert summaries([issuance], at=NOON)[issuance.pk].unfinished is False
