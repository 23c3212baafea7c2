"""A job is revoked whole or not at all, once, and only when it can be revoked."""

import pytest

from accounts.models import AuditEntry
from issuance.followup.revocation import NothingToRevoke, QueuedRevocations, ReasonMissing, revoke_batches
from issuance.jobs.problems import JobProblem
from issuance.ledger import buckets_of
from issuance.models import Batch
from issuance.states import BatchState
from tests.issuance.conftest import VALUES
from tests.support.factories import NOON, BatchFactory, IssuanceFactory, UserFactory, create_batch_with_job
from tests.support.steps import poll_one_batch, revoke_one_batch, submit_one_batch

REVOKE = {"method": "POST", "path": "^/partner/issuance_jobs/.*/revoke$"}
POLL = {"method": "GET", "path": "/partner/issuance_jobs/"}
FAILED_AS_A_WEBHOOK_TELLS = {"state": BatchState.FAILED, "job_state": "failed", "due_at": None}


@pytest.fixture
def completed(batch, sandbox, clock) -> Batch:
    submit_one_batch()
    clock.forward(minutes=1)
    poll_one_batch()
    batch.refresh_from_db()
    return batch


def ask(batch, at=NOON, **options):
    return revoke_batches(issuance=batch.issuance, by=None, at=at, reason="Wrong audience", **options)


def revoked_for_good(clock):
    for _ in range(2):
        clock.forward(minutes=6)
        poll_one_batch()


def revocations(sandbox):
    return [one for one in sandbox.requests("/partner/issuance_jobs/") if one["method"] == "POST"]


# --- Asking --------------------------------------------------------------------------------------------------


def test_a_user_who_asks_leaves_a_reason_and_a_trace(db):
    batch, person = create_batch_with_job(state=BatchState.COMPLETED, issued_count=97), UserFactory()

    revoke_batches(issuance=batch.issuance, by=person, at=NOON, reason=" Wrong audience ")

    batch.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert (batch.state, batch.revoke_reason, batch.revoke_asked_by) == ("revoke_queued", "Wrong audience", person)
    assert (entry.by, entry.facts["rewards"]) == (person, 97)
    assert "Wrong" not in str(entry.facts)


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_revoked(db, reason):
    batch = create_batch_with_job(state=BatchState.COMPLETED)

    with pytest.raises(ReasonMissing):
        revoke_batches(issuance=batch.issuance, by=None, at=NOON, reason=reason)

    assert Batch.objects.get().state == BatchState.COMPLETED


@pytest.mark.parametrize("state", sorted(set(BatchState) - {BatchState.COMPLETED, BatchState.FAILED}))
def test_only_jobs_that_have_ended_can_be_revoked(db, state):
    batch = create_batch_with_job(state=state)

    with pytest.raises(NothingToRevoke):
        ask(batch)

    assert Batch.objects.get().state == state
    assert not AuditEntry.objects.exists()


def test_all_ended_jobs_are_revoked_but_a_control_is_not(db):
    issuance = IssuanceFactory()
    for number, state in enumerate([BatchState.COMPLETED, BatchState.FAILED, BatchState.WATCHING], start=1):
        create_batch_with_job(issuance=issuance, number=number, state=state)
    create_batch_with_job(issuance=issuance, number=4, state=BatchState.COMPLETED, is_control=True)

    asked = revoke_batches(issuance=issuance, by=None, at=NOON, reason="Wrong audience")

    assert asked == QueuedRevocations(now=2, when_ended=0)
    states = Batch.objects.order_by("number").values_list("state", flat=True)
    assert list(states) == ["revoke_queued", "revoke_queued", "watching", "completed"]


def test_one_job_can_be_chosen(db):
    issuance = IssuanceFactory()
    chosen, other = (create_batch_with_job(issuance=issuance, state=BatchState.COMPLETED) for _ in range(2))

    ask(chosen, batches=[chosen])

    other.refresh_from_db()
    assert other.state == BatchState.COMPLETED


def test_a_running_job_is_revoked_as_soon_as_it_has_ended(batch, sandbox, clock):
    assert ask(batch, also_running=True) == QueuedRevocations(now=0, when_ended=1)

    submit_one_batch()
    clock.forward(minutes=1)
    poll_one_batch()
    batch.refresh_from_db()
    assert batch.state == BatchState.REVOKE_QUEUED
    revoke_one_batch()
    revoked_for_good(clock)

    batch.refresh_from_db()
    assert (batch.state, batch.failed_count) == (BatchState.REVOKED, 1)


def test_a_failed_job_that_issued_nothing_is_not_revoked_in_vain(batch, sandbox, clock):
    ask(batch, also_running=True)
    sandbox.fault("failed_job", times=1)

    submit_one_batch()
    for _ in range(2):
        clock.forward(minutes=1)
        poll_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.revoke_when_ended) == (BatchState.FAILED, False)


# --- Telling Thanx -------------------------------------------------------------------------------------------


def test_a_job_is_revoked_with_one_call(completed, sandbox, clock):
    ask(completed)

    assert revoke_one_batch() is True
    revoked_for_good(clock)

    completed.refresh_from_db()
    assert (completed.state, completed.issued_count) == (BatchState.REVOKED, 2)
    assert completed.revoked_at is not None
    assert len(revocations(sandbox)) == 1
    assert set(sandbox.times_issued().values()) == {0}


@pytest.mark.parametrize("dialect", ["usual", "other"])
@pytest.mark.parametrize(
    "fault",
    [
        ("server_error", {"when": "before"}),
        ("server_error", {"when": "after"}),
        ("cut_off", {"when": "before"}),
        ("cut_off", {"when": "after"}),
        ("truncated_json", {}),
        ("html_error", {"when": "after"}),
        ("rate_limited", {"retry_after": 1}),
        ("rate_limited", {"retry_after": "date:2"}),
        ("unauthorized", {}),
        ("forbidden", {}),
    ],
)
def test_whatever_happens_to_the_call_the_job_ends_revoked(completed, sandbox, clock, fault, dialect):
    sandbox.options(dialect=dialect)
    ask(completed)
    sandbox.fault(fault[0], times=1, **REVOKE, **fault[1])
    revoke_one_batch()
    completed.refresh_from_db()
    assert (completed.state, completed.error_code in set(JobProblem)) == (BatchState.REVOKE_QUEUED, True)

    clock.forward(minutes=6)
    revoke_one_batch()
    revoked_for_good(clock)

    completed.refresh_from_db()
    assert completed.state == BatchState.REVOKED
    assert set(sandbox.times_issued().values()) == {0}
    assert not [one for one in revocations(sandbox) if one["status"] == 422]


def test_a_job_that_was_revoked_elsewhere_is_a_success(completed, sandbox, clock):
    ask(completed)
    body = {"merchant_id": completed.issuance.merchant.thanx_id}
    sandbox.call("POST", f"/partner/issuance_jobs/{completed.job_id}/revoke", json=body)
    clock.forward(minutes=1)

    revoke_one_batch()

    completed.refresh_from_db()
    assert completed.state in {BatchState.REVOKING, BatchState.REVOKED}
    assert completed.error_code == ""


def test_a_refusal_leaves_the_job_as_it_was_and_says_what_thanx_said(completed, sandbox, clock):
    ask(completed)
    sandbox.fault("missing_code", status=422, **REVOKE)
    clock.forward(minutes=1)

    revoke_one_batch()

    completed.refresh_from_db()
    assert (completed.state, completed.error_code) == (BatchState.COMPLETED, JobProblem.REVOKE_REFUSED)
    assert completed.error_text == "An odd one"
    assert completed.due_at is None
    assert set(sandbox.times_issued()) == {VALUES[0], VALUES[2]}


def test_an_earlier_request_that_arrives_after_we_have_looked_is_a_success(completed, sandbox, settings, clock):
    ask(completed)
    sandbox.fault("hang", when="late", seconds=1.5, times=2, **REVOKE)
    settings.THANX_READ_SECONDS = 0.3
    revoke_one_batch()
    settings.THANX_READ_SECONDS = 30
    clock.forward(minutes=6)

    revoke_one_batch()
    revoked_for_good(clock)

    completed.refresh_from_db()
    assert (completed.state, completed.error_code) == (BatchState.REVOKED, "")
    assert sorted(one["status"] for one in revocations(sandbox)) == [202, 422]


def test_a_look_that_is_refused_proves_nothing_about_a_revocation(completed, sandbox, clock):
    ask(completed, at=clock.now())
    sandbox.fault("cut_off", when="after", times=1, **REVOKE)
    sandbox.fault("missing_code", times=1, **POLL)
    revoke_one_batch()
    for _ in range(2):
        clock.forward(minutes=6)
        revoke_one_batch()
    revoked_for_good(clock)

    completed.refresh_from_db()
    assert (completed.state, completed.error_code) == (BatchState.REVOKED, "")
    assert len(revocations(sandbox)) == 1


def test_the_failures_are_read_before_the_job_is_revoked(batch, sandbox, clock):
    submit_one_batch()
    counts = {"job_state": "completed", "issued_count": 2, "failed_count": 1, "ended_at": NOON}
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.COMPLETED, due_at=None, **counts)
    ask(batch)

    revoke_one_batch()

    batch.refresh_from_db()
    assert (batch.failures_listed, batch.failures.count()) == (True, 1)
    assert batch.state in {BatchState.REVOKING, BatchState.REVOKED}


def test_the_counts_of_a_failed_job_are_read_twice_before_it_is_revoked_so_that_no_guest_stays_unknown(
    batch, sandbox, clock
):
    sandbox.fault("failed_job", times=1, share=0.4)
    submit_one_batch()
    clock.forward(minutes=1)
    Batch.objects.filter(pk=batch.pk).update(**FAILED_AS_A_WEBHOOK_TELLS, ended_at=clock.now())
    ask(batch, at=clock.now())

    revoke_one_batch()
    assert revocations(sandbox) == []
    clock.forward(seconds=3)
    revoke_one_batch()
    revoked_for_good(clock)

    batch.refresh_from_db()
    found = buckets_of(batch)
    assert (batch.state, len(revocations(sandbox))) == (BatchState.REVOKED, 1)
    assert (found.revoked, found.failed, found.unknown) == (1, 2, 0)


def test_a_failed_job_that_tells_no_lasting_counts_is_revoked_all_the_same(batch, sandbox, clock):
    sandbox.fault("failed_job", times=1, share=0.4)
    submit_one_batch()
    clock.forward(minutes=1)
    Batch.objects.filter(pk=batch.pk).update(**FAILED_AS_A_WEBHOOK_TELLS, ended_at=clock.now())
    ask(batch, at=clock.now())
    clock.forward(minutes=3)

    revoke_one_batch()
    revoked_for_good(clock)

    batch.refresh_from_db()
    assert (batch.state, buckets_of(batch).unknown, len(revocations(sandbox))) == (BatchState.REVOKED, 0, 1)


def test_an_idle_worker_finds_nothing_to_revoke(db):
    BatchFactory()

    assert revoke_one_batch() is False
