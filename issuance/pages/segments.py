"""The segments of a progress bar."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from issuance.ledger import Buckets
from issuance.models import Issuance
from issuance.pages.links import filtered_place, place
from ui.status import Tone
from ui.values import Segment

ALWAYS_SHOWN = ("Issued", "Failed")


def segments_of(issuance: Issuance, buckets: Buckets, *, arm: int | None = None) -> list[Segment]:
    """Return the bar of a run, in the order in which people move through it. It sums to the lines of the file.

    Or that of one arm, by its variant's primary key: every figure leads to who of the arm is behind it.
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
