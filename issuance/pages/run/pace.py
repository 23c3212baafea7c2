"""How fast a run goes, how long it takes, and how fresh its figures are. Without a query."""

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
"""A job that is overdue by more than this waits for other calls; when it is polled is not known."""

GOES_ON = frozenset({Status.SENDING, Status.IN_PROGRESS})
RUNS = frozenset({BatchState.WATCHING, BatchState.REVOKING})
SEEN_BY = {"answer": "Thanx answered", "poll": "we asked", "webhook": "Thanx told us"}
"""How a job's latest news came, in a word."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """`per_minute` is how many guests get an outcome in a minute; at that rate the last one does at `ends_at`.

    Both are None if there is too little to go by. `took` is how long an ended run has lasted, empty before.
    """

    began_at: datetime | None
    per_minute: int | None
    ends_at: datetime | None
    took: str


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """The oldest of some figures: how and when they came, and when the jobs are polled next."""

    seen_by: str
    seen_at: datetime
    next_at: datetime | None


def pace_of(summary: IssuanceSummary, batches: Sequence[Batch]) -> Pace:
    """Return how fast a run goes. It changes only when figures do: `ends_at` is a moment, not a duration."""
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
    """Return the freshness of the running jobs' oldest figure; None if none runs."""
    seen = [batch for batch in batches if batch.state in RUNS and batch.seen_at]
    if not seen:
        return None
    oldest = min(seen, key=lambda batch: batch.seen_at or batch.submitted_at or batch.ended_at)  # type: ignore[arg-type, return-value]
    coming = [moment for batch in seen if (moment := next_look(batch, at=at))]
    assert oldest.seen_at is not None
    return Freshness(
        seen_by=SEEN_BY.get(oldest.seen_by, oldest.seen_by), seen_at=oldest.seen_at, next_at=min(coming, default=None)
    )


def next_look(batch: Batch, *, at: datetime) -> datetime | None:
    """Return when a job is polled next; None if it is being polled, is due now, or need not be."""
    waits = batch.state in POLLED and batch.lease_token is None
    return batch.due_at if waits and batch.due_at and batch.due_at > at - LATE else None
