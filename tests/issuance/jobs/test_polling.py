"""Polling: when a job is polled, what a poll changes, and when polling ends."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from engine.leases import LeaseLost, claim_one
from issuance.followup.revocation import revoke_batches
from issuance.jobs import due_times, polling
from issuance.jobs.due_times import Traffic
from issuance.jobs.observation import Observation, Source
from issuance.jobs.polling import NothingToCheck, TooSoon, check_now
from issuance.jobs.recording import observe
from issuance.models import Batch, Delivery, Failure
from issuance.models.observed import DeliveryState
from issuance.states import BatchState
from partner_api.errors import Refused
from tests.support.factories import NOON, BatchFactory, UserFactory, create_batch_with_job
from tests.support.steps import poll_one_batch, submit_one_batch

ALONE = Traffic(in_flight=1, webhooks_heard=False)
POLL = {"method": "GET", "path": "/partner/issuance_jobs/"}


def seen(batch, at=NOON, source=Source.POLL, **told):
    return observe(batch_id=batch.pk, observation=Observation(source=source, **told), at=at)


# --- When a job is polled ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "seconds"), [(0, 5), (20, 5), (40, 10), (120, 30), (240, 60), (9999, 60)])
def test_the_older_a_job_the_longer_it_is_left_alone(age, seconds):
    assert due_times.interval(age=timedelta(seconds=age), had_news=False, traffic=ALONE) == timedelta(seconds=seconds)


def test_news_quickens_polling():
    age = timedelta(seconds=120)

    assert due_times.interval(age=age, had_news=True, traffic=ALONE) == timedelta(seconds=15)


def test_webhooks_make_polling_a_safety_net():
    traffic = Traffic(in_flight=1, webhooks_heard=True)

    assert due_times.interval(age=timedelta(0), had_news=True, traffic=traffic) == timedelta(seconds=60)


@pytest.mark.parametrize("in_flight", [70, 200, 2000])
def test_however_many_jobs_run_polling_stays_within_half_the_budget(settings, in_flight):
    traffic = Traffic(in_flight=in_flight, webhooks_heard=False)

    interval = due_times.interval(age=timedelta(0), had_news=True, traffic=traffic)

    assert in_flight * timedelta(minutes=15) / interval <= settings.THANX_RATE_PER_15_MINUTES / 2


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (5, 32), (9, 300), (99, 300)])
def test_trying_again_is_put_off_exponentially_with_jitter(attempts, seconds):
    soonest, latest = (due_times.retry_at(attempts=attempts, at=NOON, chance=lambda c=c: c) - NOON for c in (0, 1))

    assert (soonest, latest) == (timedelta(seconds=seconds / 2), timedelta(seconds=seconds))


def test_thanx_says_when_to_try_again():
    later = NOON + timedelta(minutes=7)

    assert due_times.retry_at(attempts=1, at=NOON, not_before=later) == later


# --- What a poll changes -------------------------------------------------------------------------------------


def test_progress_is_counted_and_looked_at_again_soon(db):
    batch = seen(create_batch_with_job(), job_state="processing", processed=40, issued=38, failed=2)

    assert (batch.state, batch.processed_count, batch.issued_count) == (BatchState.WATCHING, 40, 38)
    assert (batch.changed_at, batch.seen_by) == (NOON, "poll")
    assert batch.due_at == NOON + timedelta(seconds=5)


def test_a_completed_job_brings_its_failures_and_is_never_read_again(batch, sandbox, clock):
    submit_one_batch()
    clock.forward(minutes=1)
    poll_one_batch()

    batch.refresh_from_db()
    failure = Failure.objects.get()
    assert (batch.state, batch.due_at, batch.failures_listed) == (BatchState.COMPLETED, None, True)
    assert (failure.position, failure.reason, failure.reason_code) == (1, "User not found", "user_not_found")
    clock.forward(days=2)
    assert poll_one_batch() is False


def test_a_completed_job_without_a_list_is_read_a_few_times_more(db):
    batch = seen(create_batch_with_job(), job_state="completed", issued=90, failed=10)
    looks = []
    while batch.due_at is not None:
        looks.append((batch.due_at - NOON).total_seconds())
        batch = seen(batch, at=batch.due_at, job_state="completed", issued=90, failed=10)

    assert looks == [2, 4, 8, 16, 32, 64, 128]
    assert (batch.state, batch.failures_listed) == (BatchState.COMPLETED, False)


def test_a_completed_job_that_issued_to_all_has_nothing_more_to_tell(db):
    batch = seen(create_batch_with_job(), job_state="completed", issued=100, failed=0)

    assert batch.due_at is None


def test_counts_from_before_the_end_are_not_taken_for_those_of_a_failed_job(db):
    batch = seen(create_batch_with_job(), job_state="processing", issued=0, failed=0)
    batch = seen(batch, job_state="failed")

    assert (batch.state, batch.due_at is not None) == (BatchState.FAILED, True)
    assert not Failure.objects.exists()


def test_the_counts_of_a_failed_job_are_believed_when_a_second_look_brings_the_same(db):
    told = {"job_state": "failed", "issued": 0, "failed": 0, "is_whole_list": True}
    batch = seen(create_batch_with_job(), **told)
    assert (batch.failed_count, batch.due_at is not None) == (0, True)

    batch = seen(batch, **told)

    assert (batch.failed_count, batch.due_at) == (100, None)
    assert Failure.objects.count() == 100


def test_a_failed_job_whose_count_lagged_behind_makes_no_guest_a_failure_who_got_the_reward(db):
    told = {"job_state": "failed", "failed": 0, "is_whole_list": True}
    batch = seen(create_batch_with_job(), issued=0, **told)
    for _ in range(2):
        batch = seen(batch, issued=40, **told)

    assert (batch.issued_count, batch.due_at) == (40, None)
    assert not Failure.objects.exists()


def test_one_refusal_does_not_end_the_reading_of_the_list(batch, sandbox, clock):
    submit_one_batch()
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.COMPLETED, issued_count=1, ended_at=clock.now())
    sandbox.fault("missing_code", times=1, **POLL)
    for minutes in (1, 6):
        clock.forward(minutes=minutes)
        poll_one_batch()

    batch.refresh_from_db()
    assert (batch.issued_count, batch.failed_count, batch.failures_listed) == (2, 1, True)


def test_a_revocation_asked_for_while_the_list_is_refused_stays_due(db):
    batch = create_batch_with_job(state=BatchState.COMPLETED, issued_count=90, ended_at=NOON)

    class RefusingPartner:
        def issuance_job(self, **_):
            revoke_batches(issuance=batch.issuance, by=None, at=NOON, reason="while Thanx is asked")
            raise Refused

    with pytest.raises(LeaseLost):
        polling.poll_one_batch(partner=RefusingPartner())

    batch.refresh_from_db()
    assert (batch.state, batch.due_at) == (BatchState.REVOKE_QUEUED, NOON)


def test_the_same_news_twice_leaves_one_move(db):
    batch = create_batch_with_job()
    seen(batch, job_state="completed", issued=100)
    seen(batch, job_state="completed", issued=100)

    assert list(batch.events.values_list("move", flat=True)) == ["seen_completed"]


def test_late_news_changes_nothing(db):
    batch = seen(create_batch_with_job(), job_state="completed", issued=90, failed=10, failures={}, is_whole_list=True)
    late = seen(batch, at=NOON + timedelta(hours=1), source=Source.WEBHOOK, job_state="processing", issued=12)

    assert (late.state, late.issued_count, late.due_at) == (BatchState.COMPLETED, 90, None)
    assert late.changed_at == NOON


def test_news_that_comes_while_a_worker_polls_is_not_lost(db):
    batch = create_batch_with_job()
    claimed = claim_one(Batch.objects.to_poll(), at=NOON)
    seen(batch, source=Source.WEBHOOK, job_state="completed", issued=97, failed=3)

    after = seen(claimed, job_state="processing", issued=50)

    assert (after.state, after.issued_count) == (BatchState.COMPLETED, 97)


def test_a_job_that_is_revoked_elsewhere_is_shown_as_revoked(db):
    batch = seen(create_batch_with_job(), job_state="revoked", issued=100)

    assert (batch.state, batch.revoked_at, batch.due_at) == (BatchState.REVOKED, NOON, None)


def test_news_of_a_job_that_needed_a_decision_takes_it_up_again(db):
    batch = create_batch_with_job(state=BatchState.NEEDS_ATTENTION, due_at=None)

    after = seen(batch, source=Source.WEBHOOK, job_state="completed", issued=100)

    assert after.state == BatchState.COMPLETED
    assert list(batch.events.values_list("move", flat=True)) == ["watched_again", "seen_completed"]


def test_rewards_of_a_job_that_was_settled_as_not_issued_are_believed(db):
    batch = create_batch_with_job(state=BatchState.REFUSED, due_at=None, issued_count=0, failed_count=100)
    Failure.objects.create(batch=batch, position=0, reason="", reason_code="settled", seen_at=NOON)

    after = seen(batch, source=Source.WEBHOOK, issued=100)

    assert (after.state, after.issued_count, after.failed_count) == (BatchState.WATCHING, 100, 0)
    assert after.due_at is not None
    assert not Failure.objects.exists()


# --- Check now -----------------------------------------------------------------------------------------------


def test_a_user_can_have_a_job_read_at_once(batch, sandbox, clock):
    submit_one_batch()
    person = UserFactory()

    check_now(batch=batch, by=person, at=clock.now())

    assert poll_one_batch() is True
    assert AuditEntry.objects.get().by == person


def test_but_not_more_than_once_a_minute(db):
    batch = create_batch_with_job(polled_at=NOON, due_at=NOON + timedelta(minutes=1))

    with pytest.raises(TooSoon) as refusal:
        check_now(batch=batch, by=None, at=NOON + timedelta(seconds=59))

    assert refusal.value.again_at == NOON + timedelta(seconds=60)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("state", [BatchState.QUEUED, BatchState.REFUSED])
def test_and_not_without_a_job(db, state):
    with pytest.raises(NothingToCheck):
        check_now(batch=BatchFactory(state=state), by=None, at=NOON)


@pytest.mark.parametrize("webhooks", [False, True])
def test_a_revocation_is_polled_as_if_no_webhooks_came_since_none_tells_of_it(db, webhooks):
    batch = create_batch_with_job(state=BatchState.REVOKING, changed_at=NOON)
    if webhooks:
        Delivery.objects.create(received_at=NOON, digest="d" * 64, sealed_body=b"x", state=DeliveryState.DIGESTED)

    assert due_times.next_poll(batch, at=NOON, had_news=True) == NOON + timedelta(seconds=5)
