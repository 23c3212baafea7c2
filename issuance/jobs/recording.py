"""How an observation becomes what a batch shows: fold, counts, failures, moves, and when to look again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from issuance.jobs import due_times, failure_brake, failures, notices
from issuance.jobs.failure_reasons import OF_WHOLE_BATCHES, ReasonCode
from issuance.jobs.observation import JobState, Observation, Seen, Source, fold
from issuance.jobs.problems import Problem
from issuance.models import Batch, Failure
from issuance.states import EDGES, POLLED, REVOCABLE, BatchMove, BatchState

S = BatchState

MOVES = {
    JobState.COMPLETED: BatchMove.SEEN_COMPLETED,
    JobState.FAILED: BatchMove.SEEN_FAILED,
    JobState.REVOKING: BatchMove.SEEN_REVOKING,
    JobState.REVOKED: BatchMove.SEEN_REVOKED,
}


def observe(*, batch_id: int, observation: Observation, at: datetime) -> Batch:
    """Fold an observation into a batch that has a job, in one short transaction; return the batch as it now stands.

    Harmless when it comes late, twice or out of order, and whoever holds the lease.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
        record(batch, observation, at=at)
    return batch


def record(batch: Batch, observation: Observation, *, at: datetime) -> None:
    """Do the same to a batch that is locked, or owned by its lease, in the caller's transaction."""
    before = _seen(batch, with_failures=observation.failures is not None)
    after = _confirmed(before, fold(before, observation, size=batch.size))
    news = after != before
    _write(batch, **_facts(batch, after, observation, at=at, news=news))
    if after.failures != before.failures:
        new = {position: text for position, text in after.failures.items() if position not in before.failures}
        failures.write(batch=batch, reasons=new, at=at)
    for move in _moves(batch, after, news=news):
        _move(batch, move, at=at)
    _conclude(batch, at=at)
    _schedule(batch, observation, at=at, news=news)
    failure_brake.judge(batch, at=at)


# --- What is known -------------------------------------------------------------------------------------------


def _confirmed(before: Seen, after: Seen) -> Seen:
    """Believe the counts of a failed job only when a second look brings the same.

    It names nobody: a count that lags behind would make failures of guests who got the reward, and a retry would issue
    it to them again.
    """
    told_anything = replace(after, is_listed=before.is_listed) != before
    is_first = after.job_state is JobState.FAILED and told_anything
    return replace(after, is_listed=before.is_listed) if is_first else after


def _seen(batch: Batch, *, with_failures: bool) -> Seen:
    listed = {}
    if with_failures:
        said = Failure.objects.filter(batch=batch).exclude(reason_code__in=sorted(OF_WHOLE_BATCHES))
        listed = dict(said.values_list("position", "reason"))
    return Seen(
        job_state=JobState(batch.job_state),
        processed=batch.processed_count,
        issued=batch.issued_count,
        failed=batch.failed_count,
        failures=listed,
        is_listed=batch.failures_listed,
    )


def _facts(batch: Batch, seen: Seen, observation: Observation, *, at: datetime, news: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "job_state": seen.job_state,
        "processed_count": seen.processed,
        "issued_count": seen.issued,
        "failed_count": seen.failed,
        "failures_listed": seen.is_listed,
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


def _moves(batch: Batch, seen: Seen, *, news: bool) -> Iterator[BatchMove]:
    """Yield the moves that bring the batch to where its job is; each depends on the state that the last one led to."""
    if news and batch.state == S.NEEDS_ATTENTION:
        yield BatchMove.WATCHED_AGAIN
    if news and batch.state == S.REFUSED and seen.issued:
        yield BatchMove.CONTRADICTED
    move = MOVES.get(seen.job_state)
    if move is not None and (S(batch.state), move) in EDGES:
        yield move


def _move(batch: Batch, move: BatchMove, *, at: datetime) -> None:
    facts: dict[str, Any] = {}
    if move is BatchMove.CONTRADICTED:
        failures.withdraw(batch=batch)
    if move in (BatchMove.SEEN_COMPLETED, BatchMove.SEEN_FAILED):
        facts = {
            "ended_at": batch.ended_at or at,
            "issued_count": batch.issued_count,
            "failed_count": batch.failed_count,
        }
    if move is BatchMove.SEEN_REVOKED:
        facts = {"revoked_at": at, "ended_at": batch.ended_at or at}
    batch.move(move, by=None, at=at, keep_lease=True, **facts)


def _conclude(batch: Batch, *, at: datetime) -> None:
    """Write what follows from an ended job although Thanx did not say it."""
    issued_nothing = batch.failures_listed and batch.issued_count == 0
    if batch.state == S.FAILED and issued_nothing and batch.failed_count != batch.size:
        failures.write_all(batch=batch, code=ReasonCode.JOB_FAILED, text="", at=at)
        _write(batch, failed_count=batch.size)


# --- When to look again --------------------------------------------------------------------------------------


def is_settled(batch: Batch) -> bool:
    """Whether nothing more is to be learned of an ended job: its counts, and the list of its failures.

    Only a completed job comes with a list (GET /partner/issuance_jobs/{id}, `summary`). Counts from before the end are
    no last word.
    """
    if batch.issued_count is None:
        return False
    return batch.failures_listed or batch.issued_count >= batch.size


def next_look(batch: Batch, *, at: datetime, news: bool) -> datetime | None:
    """Return when to read the job again; None when there is nothing more to learn."""
    traffic = due_times.traffic(at=at)
    if batch.state in (S.WATCHING, S.REVOKING):
        since = batch.submitted_at if batch.state == S.WATCHING else batch.changed_at
        return at + due_times.interval(age=at - (since or at), had_news=news, traffic=traffic)
    waiting = at - (batch.ended_at or at)
    if batch.state in REVOCABLE and not is_settled(batch) and waiting < due_times.LISTING_TAKES:
        return at + due_times.listing_interval(waiting=waiting, traffic=traffic)
    return None


def _schedule(batch: Batch, observation: Observation, *, at: datetime, news: bool) -> None:
    if batch.state == S.REVOKE_QUEUED:
        return  # due for another step
    if batch.state not in POLLED:
        _write(batch, due_at=None, lease_token=None)
        return
    look = next_look(batch, at=at, news=news)
    if observation.source is Source.WEBHOOK:
        look = _look_after_webhook(batch, at=at)
    if look is None:
        stop_looking(batch, at=at)
    elif is_stuck(batch, at=at):
        notices.give_up(batch, at=at, error_code=Problem.JOB_STUCK)
    elif look != batch.due_at:
        _write(batch, due_at=look, lease_token=None)


def _look_after_webhook(batch: Batch, *, at: datetime) -> datetime | None:
    """A webhook leaves the timetable alone, except that it may have been the last.

    Then one confirming poll brings the list of failures, which a webhook tells by value and not by position.
    """
    if batch.state in REVOCABLE:
        return None if is_settled(batch) else at
    return batch.due_at or at


def stop_looking(batch: Batch, *, at: datetime) -> None:
    """Read this job no more; revoke it now if somebody wanted that as soon as it has ended and it issued something."""
    if batch.state in REVOCABLE and batch.revoke_when_ended and batch.issued_count != 0:
        facts: dict[str, Any] = {"revoke_when_ended": False, "revoke_asked_at": at}
        batch.move(BatchMove.REVOKE_ASKED, by=batch.revoke_asked_by, at=at, due_at=at, **facts)
    else:
        _write(batch, revoke_when_ended=False, due_at=None, lease_token=None)


def is_stuck(batch: Batch, *, at: datetime) -> bool:
    """Whether a job that should get on has not changed for longer than anybody waits."""
    moving = batch.state in (S.WATCHING, S.REVOKING)
    return moving and at - (batch.changed_at or at) > due_times.STUCK_AFTER
