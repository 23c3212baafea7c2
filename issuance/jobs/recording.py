"""What an observation changes: the counts, failures and state of a batch, and what its end means for the issuance.

Answers, polls and webhooks are all recorded here, and only here does news of a job move its batch or its issuance.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from issuance import ledger
from issuance.jobs import due_times, failure_brake, failures, holds, notices
from issuance.jobs.failure_reasons import OF_WHOLE_BATCHES, ReasonCode
from issuance.jobs.observation import JobState, KnownJob, Observation, Source, fold
from issuance.jobs.problems import JobProblem
from issuance.locks import lock_batch, lock_issuance
from issuance.models import Batch, Failure, Issuance, PauseReason
from issuance.states import EDGES, ENDED, POLLED, REVOCABLE, BatchMove, BatchState, IssuanceMove

S = BatchState

MOVES = {
    JobState.COMPLETED: BatchMove.SEEN_COMPLETED,
    JobState.FAILED: BatchMove.SEEN_FAILED,
    JobState.REVOKING: BatchMove.SEEN_REVOKING,
    JobState.REVOKED: BatchMove.SEEN_REVOKED,
}


def observe(*, batch_id: int, observation: Observation, at: datetime) -> Batch:
    """Fold an observation into a batch that has a job, in one short transaction; return the batch as it is then.

    An observation may come late, twice or out of order, and while a worker holds the batch's lease.
    """
    with transaction.atomic():
        batch = lock_batch(batch_id)
        record_observation(batch, observation, at=at)
    return batch


def record_observation(batch: Batch, observation: Observation, *, at: datetime) -> None:
    """Fold an observation into a batch that the caller has locked or leased, in the caller's transaction."""
    before = _known(batch, with_failures=observation.failures is not None)
    after = _confirmed(before, fold(before, observation, size=batch.size))
    news = after != before
    _write(batch, **_facts(batch, after, observation, at=at, news=news))
    if after.failures != before.failures:
        new = {position: text for position, text in after.failures.items() if position not in before.failures}
        failures.write(batch=batch, reasons=new, at=at)
    for move in _moves(batch, after, news=news):
        _move(batch, move, at=at)
    _count_as_failed(batch, at=at)
    _schedule(batch, observation, at=at, news=news)
    act_on_end(batch, at=at)


def give_up(batch: Batch, *, at: datetime, **facts: Any) -> None:
    """Leave a batch to a user's decision, and notify users."""
    with transaction.atomic():
        batch.move(BatchMove.GAVE_UP, by=None, at=at, **facts)
        notices.job_in_doubt(batch.issuance, at=at)


# --- What is known -------------------------------------------------------------------------------------------


def _confirmed(before: KnownJob, after: KnownJob) -> KnownJob:
    """Believe the counts of a failed job only when a second observation brings the same.

    Thanx does not name the guests of a failed job. A count that lags behind would make failures of guests who got the
    reward, and a retry would issue it to them again.
    """
    has_changed = replace(after, is_listed=before.is_listed) != before
    is_first = after.job_state is JobState.FAILED and has_changed
    return replace(after, is_listed=before.is_listed) if is_first else after


def _known(batch: Batch, *, with_failures: bool) -> KnownJob:
    listed = {}
    if with_failures:
        said = Failure.objects.filter(batch=batch).exclude(reason_code__in=sorted(OF_WHOLE_BATCHES))
        listed = dict(said.values_list("position", "reason"))
    return KnownJob(
        job_state=JobState(batch.job_state),
        processed=batch.processed_count,
        issued=batch.issued_count,
        failed=batch.failed_count,
        failures=listed,
        is_listed=batch.failures_listed,
    )


def _facts(batch: Batch, known: KnownJob, observation: Observation, *, at: datetime, news: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "job_state": known.job_state,
        "processed_count": known.processed,
        "issued_count": known.issued,
        "failed_count": known.failed,
        "failures_listed": known.is_listed,
        "seen_at": at,
        "seen_by": observation.source,
    }
    if news:
        facts["changed_at"] = at
    if observation.source is Source.POLL:
        facts |= {"polled_at": at, "polls": batch.polls + 1}
    if batch.state in (S.WATCHING, S.REVOKE_QUEUED, S.REVOKING):
        facts |= {"error_code": "", "error_text": ""}
    return facts


def _write(batch: Batch, **facts: Any) -> None:
    Batch.objects.filter(pk=batch.pk).update(**facts)
    for name, value in facts.items():
        setattr(batch, name, value)


# --- What it moves -------------------------------------------------------------------------------------------


def _moves(batch: Batch, known: KnownJob, *, news: bool) -> Iterator[BatchMove]:
    """Yield the moves that bring the batch to its job's state; each depends on the state that the last one led to."""
    if news and batch.state == S.NEEDS_ATTENTION:
        yield BatchMove.WATCHED_AGAIN
    if news and batch.state == S.REFUSED and known.issued:
        yield BatchMove.CONTRADICTED
    move = MOVES.get(known.job_state)
    if move is not None and (S(batch.state), move) in EDGES:
        yield move


def _move(batch: Batch, move: BatchMove, *, at: datetime) -> None:
    facts: dict[str, Any] = {}
    if move is BatchMove.CONTRADICTED:
        failures.withdraw_concluded(batch=batch)
    if move in (BatchMove.SEEN_COMPLETED, BatchMove.SEEN_FAILED):
        facts = {
            "ended_at": batch.ended_at or at,
            "issued_count": batch.issued_count,
            "failed_count": batch.failed_count,
        }
    if move is BatchMove.SEEN_REVOKED:
        facts = {"revoked_at": at, "ended_at": batch.ended_at or at}
    batch.move(move, by=None, at=at, keep_lease=True, **facts)


def _count_as_failed(batch: Batch, *, at: datetime) -> None:
    """Write a failure for every guest of a failed job that issued nothing, although Thanx names none of them."""
    issued_nothing = batch.failures_listed and batch.issued_count == 0
    if batch.state == S.FAILED and issued_nothing and batch.failed_count != batch.size:
        failures.write_all(batch=batch, code=ReasonCode.JOB_FAILED, text="", at=at)
        _write(batch, failed_count=batch.size)


# --- When to poll again --------------------------------------------------------------------------------------


def _schedule(batch: Batch, observation: Observation, *, at: datetime, news: bool) -> None:
    if batch.state == S.REVOKE_QUEUED:
        return  # due for another step
    if batch.state not in POLLED:
        _write(batch, due_at=None, lease_token=None)
        return
    poll_at = due_times.next_poll(batch, at=at, had_news=news)
    if observation.source is Source.WEBHOOK:
        poll_at = _poll_after_webhook(batch, at=at)
    if poll_at is None:
        stop_polling(batch, at=at)
    elif due_times.has_stalled(batch, at=at):
        give_up(batch, at=at, error_code=JobProblem.JOB_STUCK)
    elif poll_at != batch.due_at:
        _write(batch, due_at=poll_at, lease_token=None)


def _poll_after_webhook(batch: Batch, *, at: datetime) -> datetime | None:
    """Return when to poll after a webhook: as planned before, but at once when the job has ended.

    That poll brings the list of failures by position; the webhook names them by identifier.
    """
    if batch.state in REVOCABLE:
        return None if due_times.is_fully_read(batch) else at
    return batch.due_at or at


def stop_polling(batch: Batch, *, at: datetime) -> None:
    """Poll an ended job no more; queue its revocation if a user asked for that and it issued something."""
    if batch.state in REVOCABLE and batch.revoke_when_ended and batch.issued_count != 0:
        facts: dict[str, Any] = {"revoke_when_ended": False, "revoke_asked_at": at}
        batch.move(BatchMove.REVOKE_ASKED, by=batch.revoke_asked_by, at=at, due_at=at, **facts)
    else:
        _write(batch, revoke_when_ended=False, due_at=None, lease_token=None)


# --- What the end of a job means for its issuance ------------------------------------------------------------


def act_on_end(batch: Batch, *, at: datetime) -> None:
    """Pause or release the rest because of a job that has ended, and notify users when the whole issuance has.

    Call it in the transaction that records the end. A repeated call changes nothing. The job may be locked.
    """
    went_well = failure_brake.went_well(batch)
    if went_well is False:
        _pause_rest(batch, at=at)
    elif went_well and batch.is_canary:
        _release_rest(batch, at=at)
    _end(batch, at=at)


def _pause_rest(batch: Batch, *, at: datetime) -> None:
    """Pause the issuance, unless a user has resumed it knowing of failures: in some lists every job has them."""
    issuance = lock_issuance(batch.issuance_id)
    is_known = issuance.accepts_failures or issuance.pause_reason == PauseReason.FAILURES
    waiting = Batch.objects.never_sent().filter(issuance=issuance)
    if issuance.stopped_at is not None or is_known or not waiting.exists():
        return
    if failure_brake.failures_of(batch) is None and not issuance.awaits_canary:
        return  # a canary that was revoked after it had released the others
    facts: dict[str, Any] = {"paused_at": at, "paused_by": None, "pause_reason": PauseReason.FAILURES}
    issuance.move(IssuanceMove.ALARMED, by=None, at=at, awaits_canary=False, **facts)
    notices.paused_by_failures(issuance, at=at)


def _release_rest(batch: Batch, *, at: datetime) -> None:
    if not Issuance.objects.filter(pk=batch.issuance_id, awaits_canary=True).exists():
        return
    issuance = lock_issuance(batch.issuance_id)
    if issuance.awaits_canary:
        issuance.move(IssuanceMove.RELEASED, by=None, at=at, awaits_canary=False)
        holds.release(issuance, at=at)


def _end(batch: Batch, *, at: datetime) -> None:
    """Notify users that the issuance has ended, if nothing more is to be learned of this batch or of any other.

    The issuance is locked, so that of two batches that end at once the second sees the first.
    """
    if batch.state not in ENDED or batch.due_at is not None:
        return
    issuance = lock_issuance(batch.issuance_id)
    others = Batch.objects.unsettled().filter(issuance=issuance).exclude(pk=batch.pk)
    if not others.exists():
        notices.ended(issuance, ledger.buckets_of_issuance(issuance, ledger.groups_of([issuance.pk])), at=at)
