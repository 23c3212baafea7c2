"""What a stop would do: who is never sent, and what has gone already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issuance.models import Batch, Issuance
from issuance.pages.batches import batches_of, is_unsent
from issuance.pages.links import PageBelowRun
from issuance.states import WITH_JOB, BatchState

DOUBTFUL = frozenset({BatchState.QUEUED, BatchState.SUBMITTING, BatchState.NEEDS_ATTENTION})
"""Where no job is known, these may have reached Thanx."""


@dataclass(frozen=True, kw_only=True)
class JobsToStop:
    """Some jobs, of one arm or in one situation."""

    label: str
    jobs: int
    guests: int


@dataclass(frozen=True, kw_only=True)
class StopPage(PageBelowRun):
    """The impact: what stays unsent, by arm; jobs that Thanx has; jobs of which it is not known whether it has them."""

    unsent: JobsToStop
    arms: Sequence[JobsToStop]
    at_thanx: JobsToStop
    doubtful: JobsToStop
    why_not: str


def stop_page(issuance: Issuance) -> StopPage:
    """Return the page from our own rows."""
    batches = batches_of(issuance)
    unsent = [batch for batch in batches if is_unsent(batch)]
    at_thanx = [batch for batch in batches if batch.state in WITH_JOB]
    doubtful = [batch for batch in batches if batch.state in DOUBTFUL and batch not in unsent]
    return StopPage(
        issuance=issuance,
        unsent=_part("", unsent),
        arms=_by_arm(unsent),
        at_thanx=_part("", at_thanx),
        doubtful=_part("", doubtful),
        why_not=_why_not(issuance, unsent),
    )


def _part(label: str, batches: Sequence[Batch]) -> JobsToStop:
    return JobsToStop(
        label=label, jobs=len(batches), guests=sum(batch.size for batch in batches if not batch.is_control)
    )


def _by_arm(batches: Sequence[Batch]) -> list[JobsToStop]:
    arms: dict[str, list[Batch]] = {}
    for batch in batches:
        arms.setdefault(batch.variant.name, []).append(batch)
    return [_part(name, rows) for name, rows in arms.items()]


def _why_not(issuance: Issuance, unsent: Sequence[Batch]) -> str:
    if issuance.stopped_at is not None:
        return "It is stopped already."
    return "" if unsent else "Every job has gone to Thanx already, so there is nothing to stop. Rewards can be revoked."
