"""When to poll a job again, and when to retry a call.

Sources: Thanx Partner API v4.0, "Rate limits" (2,000 requests in 15 minutes), "Retries" (exponential back-off), and the
certification's "no rapid polling".
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from issuance.models import Batch, Delivery
from issuance.models.observed import DeliveryState
from issuance.states import REVOCABLE, BatchState

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=5)
CREDENTIAL_RETRY = timedelta(seconds=60)
"""An operator has to correct a credential first; a minute after that is soon enough."""

WEBHOOKS_ARE_RECENT = timedelta(minutes=15)
LISTING_TAKES = timedelta(minutes=2)
"""For how long an ended job is polled for missing counts or a missing list of failures."""

LOST_AFTER = timedelta(hours=1)
"""For how long a job that Thanx does not find is polled: Thanx's own parts may not agree at once."""

STALLED_AFTER = timedelta(hours=24)
"""After so long without any change a job waits for a user's decision."""

TIMETABLE_SHARE = 0.375
"""The share of the 15 minutes' requests that regular polls of all jobs together may use.

Two polls of a job come on top: its first, and the one that a webhook causes when the job has ended. Together that stays
under half.
"""

QUARTER_HOUR_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What polling depends on besides the job itself. `in_flight`: how many jobs are to be polled again."""

    in_flight: int
    webhooks_heard: bool


def traffic(*, at: datetime) -> Traffic:
    """Return how many jobs are to be polled again, and whether webhooks have come in lately. Two queries."""
    heard = Delivery.objects.filter(received_at__gt=at - WEBHOOKS_ARE_RECENT).exclude(state=DeliveryState.FORGED)
    in_flight = Batch.objects.to_poll().filter(due_at__isnull=False)
    return Traffic(in_flight=in_flight.count(), webhooks_heard=heard.exists())


def next_poll(batch: Batch, *, at: datetime, had_news: bool) -> datetime | None:
    """Return when to poll a job again; None when there is nothing more to learn. Two queries."""
    current = traffic(at=at)
    if batch.state in (BatchState.WATCHING, BatchState.REVOKING):
        since = batch.submitted_at if batch.state == BatchState.WATCHING else batch.changed_at
        if batch.state == BatchState.REVOKING:
            current = replace(current, webhooks_heard=False)  # Thanx announces no revocation
        return at + interval(age=at - (since or at), had_news=had_news, traffic=current)
    waiting = at - (batch.ended_at or at)
    if batch.state in REVOCABLE and not is_fully_read(batch) and waiting < LISTING_TAKES:
        return at + listing_interval(waiting=waiting, traffic=current)
    return None


def is_fully_read(batch: Batch) -> bool:
    """Whether an ended job has said all that it ever will: its counts, and the list of its failures.

    Only a completed job comes with a list (GET /partner/issuance_jobs/{id}, `summary`). Counts from before the end are
    not the last ones.
    """
    if batch.issued_count is None:
        return False
    return batch.failures_listed or batch.issued_count >= batch.size


def has_stalled(batch: Batch, *, at: datetime) -> bool:
    """Whether a job that runs or is being revoked has not changed for STALLED_AFTER."""
    moving = batch.state in (BatchState.WATCHING, BatchState.REVOKING)
    return moving and at - (batch.changed_at or at) > STALLED_AFTER


def interval(*, age: timedelta, had_news: bool, traffic: Traffic) -> timedelta:
    """Return how long to wait before a job of this age is polled again.

    A quarter of its age, between THANX_POLL_FIRST_SECONDS and THANX_POLL_MAX_SECONDS; half of that after news. With
    webhooks polling is only a safety net. Many jobs are polled less often, so that all stay within TIMETABLE_SHARE.
    """
    first, longest = settings.THANX_POLL_FIRST_SECONDS, settings.THANX_POLL_MAX_SECONDS
    wanted = age.total_seconds() / (8 if had_news else 4)
    seconds = longest if traffic.webhooks_heard else min(max(wanted, first), longest)
    return max(timedelta(seconds=seconds), apart(traffic))


def apart(traffic: Traffic) -> timedelta:
    """Return how far apart the polls of one job must be, so that those of all jobs stay within TIMETABLE_SHARE."""
    budget = settings.THANX_RATE_PER_15_MINUTES * TIMETABLE_SHARE
    return timedelta(seconds=traffic.in_flight * QUARTER_HOUR_SECONDS / budget)


def listing_interval(*, waiting: timedelta, traffic: Traffic) -> timedelta:
    """Return how long to wait before an ended job with something missing is polled again; `waiting`: since its end."""
    return max(min(max(waiting, FIRST_RETRY), LONGEST_RETRY), apart(traffic))


def retry_at(
    *, attempts: int, at: datetime, not_before: datetime | None = None, chance: Callable[[], float] = random.random
) -> datetime:
    """Return when to retry after so many attempts: when Thanx says, else exponentially later, with jitter."""
    if not_before is not None:
        return max(not_before, at)
    pause: timedelta = min(FIRST_RETRY * 2 ** min(max(attempts - 1, 0), 20), LONGEST_RETRY)
    return at + pause * (0.5 + chance() / 2)
