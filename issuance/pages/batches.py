"""The batches of an issuance, as several pages show them."""

from __future__ import annotations

from issuance.models import Batch, Issuance
from issuance.states import BatchState


def batches_of(issuance: Issuance) -> list[Batch]:
    """Return the batches of an issuance with what is shown of them. One query."""
    rows = Batch.objects.kept().filter(issuance=issuance).select_related("variant__reward_template")
    return list(rows.order_by("variant__position", "number"))


def is_waiting(batch: Batch) -> bool:
    """Whether a job is to be sent, and nothing of it can have reached Thanx."""
    return batch.state == BatchState.QUEUED and not batch.maybe_sent


def is_unsent(batch: Batch) -> bool:
    """Whether a stop would leave a job unsent: also where a person was to decide."""
    asking = batch.state == BatchState.NEEDS_ATTENTION and not batch.maybe_sent and batch.job_id is None
    return asking or is_waiting(batch)
