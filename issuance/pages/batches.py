"""The batches of an issuance, and the bar of their figures, as several pages show them."""

from dataclasses import replace
from functools import partial

from issuance.ledger import Buckets
from issuance.models import Batch, Issuance
from issuance.pages.links import filtered_place, place
from issuance.states import BatchState
from ui.components import figures
from ui.status import Tone
from ui.values import Segment

ALWAYS_SHOWN = ("Issued", "Failed")


def batches_of(issuance: Issuance) -> list[Batch]:
    """Return the kept batches of an issuance with their variants and reward templates. One query."""
    rows = Batch.objects.kept().filter(issuance=issuance).select_related("variant__reward_template")
    return list(rows.order_by("variant__position", "number"))


def is_waiting(batch: Batch) -> bool:
    """Whether a batch is queued and no attempt can have reached Thanx."""
    return batch.state == BatchState.QUEUED and not batch.maybe_sent


def is_unsent(batch: Batch) -> bool:
    """Whether a stop leaves a batch unsent: it is waiting, or it needs a decision and cannot have reached Thanx."""
    asking = batch.state == BatchState.NEEDS_ATTENTION and not batch.maybe_sent and batch.job_id is None
    return asking or is_waiting(batch)


def issued_share(issuance: Issuance, buckets: Buckets) -> str:
    """Return the issued guests and their share of the lines, as the bar of the run says it: "10,458 · 87 %"."""
    parts = segments_of(issuance, buckets)
    said = figures.percents([part.count for part in parts])[0]
    return f"{buckets.issued:,} · {said}" if buckets.issued else "0"


def segments_of(issuance: Issuance, buckets: Buckets, *, arm: int | None = None) -> list[Segment]:
    """Return the bar of a run, which sums to the lines of the file, or that of one arm by its variant's primary key.

    Each figure links to its guests.
    """
    of = partial(filtered_place, issuance, **({} if arm is None else {"arm": arm}))
    failed = place("failures", issuance) if arm is None else of(outcome="failed")
    every = [
        Segment(label="Issued", count=buckets.issued, tone=Tone.SUCCESS, href=of(outcome="issued")),
        Segment(label="Failed", count=buckets.failed, tone=Tone.DANGER, href=failed),
        Segment(label="Unknown", count=buckets.unknown, tone=Tone.WARNING, href=of(outcome="unknown")),
        Segment(label="Revoked", count=buckets.revoked, tone=Tone.NEUTRAL, href=of(outcome="revoked")),
        Segment(label="In progress", count=buckets.in_progress, tone=Tone.INFO, href=of(outcome="in_progress")),
        Segment(label="Not sent", count=buckets.not_sent, tone=Tone.FAINT, href=of(outcome="not_sent")),
        Segment(label="Held back", count=buckets.held_back, tone=Tone.ACCENT, href=of(outcome="held_back")),
        Segment(label="Left out", count=buckets.left_out_total, tone=Tone.NEUTRAL, href=place("left-out", issuance)),
    ]
    shown = [segment for segment in every if segment.count or segment.label in ALWAYS_SHOWN]
    return [segment if segment.count else replace(segment, href="") for segment in shown]
