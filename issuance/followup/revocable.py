"""Which batches can be revoked, and why others cannot."""

from collections.abc import Sequence

from issuance.models import Batch
from issuance.states import AT_WORK, REVOCABLE, BatchState


def why_not_revoke(batches: Sequence[Batch]) -> str:
    """Return why nothing can be revoked now, empty when something can."""
    if any(can_be_revoked(batch) for batch in batches):
        return ""
    states = {BatchState(batch.state) for batch in batches if not batch.is_control}
    if states & {BatchState.REVOKE_QUEUED, BatchState.REVOKING}:
        return "It is being revoked already."
    if BatchState.REVOKED in states:
        return "It is revoked already."
    if states & AT_WORK:
        return "Rewards can be revoked once a job has completed."
    return "Nothing was issued that could be revoked."


def can_be_revoked(batch: Batch) -> bool:
    """Whether Thanx would revoke this job and there is anything to revoke. Where counts are unknown, there may be."""
    return batch.state in REVOCABLE and not batch.is_control and batch.issued_count != 0
