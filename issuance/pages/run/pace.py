"""How fast a run goes, how long it has gone on, and how fresh its figures are. From rows alone, so it asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from issuance import ledger
from issuance.models import Batch
from issuance.sending.status import IssuanceSummary
from issuance.states import POLLED, BatchState
from ui.status import Status
from ui.wording import lasted

FEWEST_SECONDS = 5
"""A rate over a shorter time says nothing."""

LATE = timedelta(seconds=5)
"""A job that is due longer than this waits for its turn, and nobody knows for how long."""

GOES_ON = frozenset({Status.SENDING, Status.IN_PROGRESS})
RUNS = frozenset({BatchState.WATCHING, BatchState.REVOKING})
SEEN_BY = {"answer": "answered", "poll": "polled", "webhook": "webhook"}
"""How a job's latest news came, in a word."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """`per_minute` guests have an outcome a minute, the last of them at `ends_at`, if it goes on so.

    Both are None where nobody can tell. `took` is how long an ended run has lasted, empty before.
    """

    began_at: datetime | None
    per_minute: int | None
    ends_at: datetime | None
    took: str


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """The oldest of some figures: how they came and when, and when the next ones are asked for."""

    seen_by: str
    seen_at: datetime
    next_at: datetime | None


def pace_of(summary: IssuanceSummary, batches: Sequence[Batch]) -> Pace:
    """Return how a run goes. It changes with news only: the time left is a moment, which the page counts down to."""
    sent = [batch for batch in batches if not batch.is_control]
    began_at = min((batch.submitted_at for batch in sent if batch.submitted_at), default=None)
    if began_at is None:
        return Pace(began_at=None, per_minute=None, ends_at=None, took="")
    if not summary.unfinished and not summary.waiting:
        ended = [batch.ended_at for batch in sent if batch.ended_at]
        took = lasted(max(ended) - began_at) if ended else ""
        return Pace(began_at=began_at, per_minute=None, ends_at=None, took=took)
    news_at = max((batch.changed_at for batch in sent if batch.changed_at), default=began_at)
    per_second = _per_second(sent, took=news_at - began_at) if summary.status in GOES_ON else 0
    if not per_second:
        return Pace(began_at=began_at, per_minute=None, ends_at=None, took="")
    left = summary.buckets.in_progress + summary.buckets.not_sent
    ends_at = None if summary.waiting else news_at + timedelta(seconds=left / per_second)
    return Pace(began_at=began_at, per_minute=max(round(60 * per_second), 1), ends_at=ends_at, took="")


def _per_second(batches: Sequence[Batch], *, took: timedelta) -> float:
    found = ledger.total(ledger.buckets_of(batch) for batch in batches)
    done = found.issued + found.failed
    return done / took.total_seconds() if done and took.total_seconds() >= FEWEST_SECONDS else 0


def freshness_of(batches: Sequence[Batch], *, at: datetime) -> Freshness | None:
    """Return how old the oldest figure of the jobs that run is; None while none runs."""
    seen = [batch for batch in batches if batch.state in RUNS and batch.seen_at]
    if not seen:
        return None
    oldest = min(seen, key=lambda batch: batch.seen_at or batch.submitted_at or batch.ended_at)  # type: ignore[arg-type, return-value]
    coming = [moment for batch in seen if (moment := next_look(batch, at=at))]
    assert oldest.seen_at is not None
    return Freshness(
        seen_by=SEEN_BY.get(oldest.seen_by, oldest.seen_by),
        seen_at=oldest.seen_at,
        next_at=min(coming, default=None),
    )


def next_look(batch: Batch, *, at: datetime) -> datetime | None:
    """Return when a job is read next; None where it is being read, is about to be, or need not be."""
    waits = batch.state in POLLED and batch.lease_token is None
    return batch.due_at if waits and batch.due_at and batch.due_at > at - LATE else None
