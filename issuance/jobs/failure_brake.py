"""What the end of one job means for the others: the rest waits for a person when too many of its guests failed.

The same verdict lets the rest follow a canary. Once somebody has resumed an issuance knowing of its failures, these no
longer pause it: a list with strangers in it would stop at every job.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from issuance.jobs import holds, notices
from issuance.models import Batch, Issuance, PauseReason
from issuance.states import BatchState, IssuanceMove

TAKEN_BACK = frozenset({BatchState.REVOKE_QUEUED, BatchState.REVOKING, BatchState.REVOKED})


def judge(batch: Batch, *, at: datetime) -> None:
    """Pause or release the rest because of a job that has ended, in the transaction that wrote how it ended.

    If nothing is left that could go out, people are told of the end.

    Harmless when it comes again. The caller may hold the batch's lock: no unsent batch is locked after it.
    """
    went_well = verdict(batch)
    if went_well is False:
        _alarm(batch, at=at)
    elif went_well and batch.is_canary:
        _release(batch, at=at)
    notices.ended(batch, at=at)


def verdict(batch: Batch) -> bool | None:
    """Return whether a job went well enough for others to follow; None while that cannot be known.

    A canary must prove it: one that was taken back, or of which Thanx will not tell, did not go well. Controls have no
    rewards that could fail.
    """
    if batch.is_control:
        return None
    failed = failures_of(batch)
    if failed is not None:
        return not too_many(failed=failed, size=batch.size)
    given_up = batch.state in TAKEN_BACK or (batch.state == BatchState.COMPLETED and batch.due_at is None)
    return False if given_up and batch.is_canary else None


def failures_of(batch: Batch) -> int | None:
    """Return how many guests of an ended job got nothing; None as long as that is open.

    Of a failed job those count who are not known to have got something, once Thanx has told all it ever will.
    """
    has_last_word = batch.failures_listed or batch.due_at is None
    if batch.state == BatchState.REFUSED or (batch.state == BatchState.FAILED and has_last_word):
        return batch.size - min(batch.issued_count or 0, batch.size)
    return batch.failed_count if batch.state == BatchState.COMPLETED else None


def too_many(*, failed: int, size: int) -> bool:
    """Whether so many failures in a job of this size pause the rest (PAUSE_AT_FAILURE_PERCENT)."""
    return failed > 0 and failed * 100 >= settings.PAUSE_AT_FAILURE_PERCENT * size


def _alarm(batch: Batch, *, at: datetime) -> None:
    issuance = holds.locked(batch.issuance_id)
    knows = issuance.accepts_failures or issuance.pause_reason == PauseReason.FAILURES
    waiting = Batch.objects.never_sent().filter(issuance=issuance)
    if issuance.stopped_at is not None or knows or not waiting.exists():
        return
    if failures_of(batch) is None and not issuance.awaits_canary:
        return  # a canary that was taken back when the others had followed it already
    facts: dict[str, Any] = {"paused_at": at, "paused_by": None, "pause_reason": PauseReason.FAILURES}
    issuance.move(IssuanceMove.ALARMED, by=None, at=at, awaits_canary=False, **facts)
    notices.alarmed(issuance, at=at)


def _release(batch: Batch, *, at: datetime) -> None:
    if not Issuance.objects.filter(pk=batch.issuance_id, awaits_canary=True).exists():
        return
    issuance = holds.locked(batch.issuance_id)
    if issuance.awaits_canary:
        issuance.move(IssuanceMove.RELEASED, by=None, at=at, awaits_canary=False)
        holds.release(issuance, at=at)
