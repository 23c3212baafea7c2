"""What a user may do to an issuance that goes out: pause it between jobs, resume it, stop it for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User
from issuance.jobs import holds
from issuance.locks import lock_batches, lock_issuance
from issuance.models import Batch, Issuance, PauseReason
from issuance.states import BatchMove, BatchState, IssuanceMove, IssuanceState

PAUSE_ENDED: dict[str, Any] = {"paused_at": None, "paused_by": None, "pause_reason": ""}


class NothingToChange(Exception):
    """The issuance has nothing to pause, to resume or to stop."""


@dataclass(frozen=True, kw_only=True)
class StopCounts:
    """What a stop came to: jobs and guests that are never sent, and jobs that were sent before."""

    jobs: int
    guests: int
    gone: int


def pause(*, issuance: Issuance, by: User | None, at: datetime) -> None:
    """Send no further job until a user resumes. Jobs at Thanx run on. Raises NothingToChange."""
    with transaction.atomic():
        issuance = _going_out(issuance)
        if issuance.paused_at is not None or not Batch.objects.never_sent().filter(issuance=issuance).exists():
            raise NothingToChange
        facts: dict[str, Any] = {"paused_at": at, "paused_by": by, "pause_reason": PauseReason.PERSON}
        issuance.move(IssuanceMove.PAUSED, by=by, at=at, **facts)
        _audit("issuance paused", issuance, by=by, at=at)


def resume(*, issuance: Issuance, by: User | None, at: datetime) -> None:
    """Let the rest go out. A user who resumes after failures accepts more of them. Raises NothingToChange."""
    with transaction.atomic():
        issuance = _going_out(issuance)
        if issuance.paused_at is None:
            raise NothingToChange
        accepts = issuance.accepts_failures or issuance.pause_reason == PauseReason.FAILURES
        issuance.move(IssuanceMove.RESUMED, by=by, at=at, accepts_failures=accepts, **PAUSE_ENDED)
        holds.release(issuance, at=at)
        _audit("issuance resumed", issuance, by=by, at=at, despite_failures=accepts)


def stop(*, issuance: Issuance, by: User | None, at: datetime) -> StopCounts:
    """Leave unsent for good what was surely never sent, and return how much that is. Raises NothingToChange.

    A batch that a worker has just claimed is left to the worker: if it comes back unsent, the next claim stops it. What
    may have reached Thanx is sent again until its outcome is known, and jobs at Thanx run on.
    """
    with transaction.atomic():
        issuance = _going_out(issuance)
        batches = Batch.objects.kept().filter(issuance=issuance).exclude(state=BatchState.HELD_BACK)
        # A batch that another transaction is moving is left to it: waiting here would block the whole issuance.
        stopped = lock_batches(unsent(batches), skip_locked=True)
        if not stopped:
            raise NothingToChange
        for batch in stopped:
            batch.move(BatchMove.STOPPED, by=by, at=at, ended_at=at, revoke_when_ended=False)
        facts: dict[str, Any] = {"stopped_at": at, "stopped_by": by, "awaits_canary": False}
        issuance.move(IssuanceMove.STOPPED, by=by, at=at, **facts, **PAUSE_ENDED)
        jobs, guests = len(stopped), sum(batch.size for batch in stopped if not batch.is_control)
        found = StopCounts(jobs=jobs, guests=guests, gone=batches.count() - jobs)
        _audit("issuance stopped", issuance, by=by, at=at, jobs=jobs, guests=guests, jobs_gone=found.gone)
    return found


def unsent(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Return the batches that a stop would leave unsent: those never sent, also where they wait for a decision."""
    asking = Q(state=BatchState.NEEDS_ATTENTION, maybe_sent=False, job_id=None)
    return batches.filter(asking | Q(state=BatchState.QUEUED, maybe_sent=False))


def _going_out(issuance: Issuance) -> Issuance:
    found = lock_issuance(issuance.pk)
    if found.state != IssuanceState.CONFIRMED or found.stopped_at is not None:
        raise NothingToChange
    return found


def _audit(action: str, issuance: Issuance, *, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=issuance, by=by, at=at, merchant_id=issuance.merchant_id, **facts)
