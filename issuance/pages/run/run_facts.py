"""The rows and conclusions that the page of a run is made of, and the version that changes with them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from campaigns import halts
from engine import heartbeat
from issuance.models import Batch, Issuance
from issuance.pages.batches import batches_of
from issuance.pages.run.arms import is_stuck
from issuance.pages.run.pace import Pace, next_look, pace_of
from issuance.sending import grace, status
from issuance.sending.status import IssuanceSummary
from issuance.states import BatchState
from ui.status import Status

SENDS = frozenset({Status.QUEUED, Status.SENDING})


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """The rows of a run at a moment, and what follows from them.

    `version` changes whenever the page would look different, so that an unchanged region is not sent again. While jobs
    wait to be sent, `sharing` other merchants have such jobs, too, and all take turns.
    """

    issuance: Issuance
    batches: Sequence[Batch]
    at: datetime
    summary: IssuanceSummary
    pace: Pace
    no_worker: bool
    sharing: int
    version: str


def facts_of(issuance: Issuance, *, at: datetime) -> RunFacts:
    """Return the facts, with four queries at most: a browser that has the current version needs no more."""
    batches, in_force = batches_of(issuance), halts.in_force(issuance.merchant)
    summary = status.summary_of(issuance, batches, halted=bool(in_force), at=at)
    pace = pace_of(summary, batches)
    no_worker = summary.unfinished and not heartbeat.is_worker_alive(at=at)
    sharing = _sharing(issuance, batches, at=at) if summary.status in SENDS else 0
    shown = (
        (grace.starts_in(issuance, at=at), issuance.paused_at, issuance.stopped_at, issuance.awaits_canary),
        [halt.pk for halt in in_force],
        [_shown_of(batch, at=at) for batch in batches],
        (no_worker, sharing, pace.ends_at is not None and pace.ends_at < at),
    )
    return RunFacts(
        issuance=issuance,
        batches=batches,
        at=at,
        summary=summary,
        pace=pace,
        no_worker=no_worker,
        sharing=sharing,
        version=hashlib.blake2b(repr(shown).encode(), digest_size=8).hexdigest(),
    )


def _sharing(issuance: Issuance, batches: Sequence[Batch], *, at: datetime) -> int:
    """Return for how many other merchants jobs wait to be sent, if any of this issuance does."""
    if not any(batch.state == BatchState.QUEUED and batch.due_at for batch in batches):
        return 0
    waits = Q(due_at__lte=at) | Q(due_at__isnull=False, attempts__gte=1)  # one in its grace does not wait yet
    others = Batch.objects.to_submit().filter(waits).exclude(issuance__merchant=issuance.merchant_id).order_by()
    return others.aggregate(merchants=Count("issuance__merchant", distinct=True))["merchants"] or 0


def _shown_of(batch: Batch, *, at: datetime) -> tuple[object, ...]:
    """Return what the page shows of a batch. Relative times do not count: the browser keeps them.

    Whether it is stuck, and whether it is polled again, change with time alone.
    """
    counts = (batch.issued_count, batch.failed_count)
    moments = (batch.seen_at, batch.due_at, is_stuck(batch, at=at), next_look(batch, at=at) is None)
    return (batch.number, batch.state, batch.attempts, *counts, *moments)
