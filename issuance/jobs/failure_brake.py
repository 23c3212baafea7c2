"""Whether a job went well enough for the others to follow: too many failures of its guests pause the rest.

The same answer releases what waits behind a canary.
"""

from django.conf import settings

from issuance.models import Batch
from issuance.states import TAKEN_BACK, BatchState


def went_well(batch: Batch) -> bool | None:
    """Return whether a job went well enough for others to follow; None while that cannot be known.

    A canary must prove it: one that was revoked, or whose counts Thanx never gave, did not go well. Controls have no
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

    Of a failed job, once Thanx has said all that it ever will: everyone not known to have got a reward.
    """
    has_last_word = batch.failures_listed or batch.due_at is None
    if batch.state == BatchState.REFUSED or (batch.state == BatchState.FAILED and has_last_word):
        return batch.size - min(batch.issued_count or 0, batch.size)
    return batch.failed_count if batch.state == BatchState.COMPLETED else None


def too_many(*, failed: int, size: int) -> bool:
    """Whether so many failures pause an issuance (PAUSE_AT_FAILURE_PERCENT)."""
    return failed > 0 and failed * 100 >= settings.PAUSE_AT_FAILURE_PERCENT * size
