"""When to ask Thanx again: the arithmetic of polling and of trying again.

Sources: Thanx Partner API v4.0, "Rate limits" (2,000 requests in 15 minutes), "Retries" (exponential back-off), and the
certification's "no rapid polling".
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from issuance.models import Batch, Delivery
from issuance.models.outcomes import DeliveryState
from issuance.states import BatchState

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=5)
CREDENTIAL_RETRY = timedelta(seconds=60)
"""A person has to put a credential right; a minute after that is soon enough."""

WEBHOOKS_ARE_RECENT = timedelta(minutes=15)
LISTING_TAKES = timedelta(minutes=2)
"""For how long an ended job is asked for its missing counts or its list of failures."""

LOST_AFTER = timedelta(hours=1)
"""For how long a job that Thanx does not know is asked for: its own parts may not agree at once."""

STUCK_AFTER = timedelta(hours=24)
"""When a job without any change is given to a person."""

BUDGET_SHARE = 0.5
"""Of the 15 minutes' requests, what all polling together may use."""

QUARTER_HOUR_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What polling depends on besides the job itself."""

    in_flight: int
    webhooks_heard: bool


def traffic(*, at: datetime) -> Traffic:
    """Return how many jobs are being watched, and whether Thanx's webhooks have been heard lately."""
    heard = Delivery.objects.filter(received_at__gt=at - WEBHOOKS_ARE_RECENT).exclude(state=DeliveryState.FORGED)
    in_flight = Batch.objects.filter(state__in=[BatchState.WATCHING, BatchState.REVOKING]).count()
    return Traffic(in_flight=in_flight, webhooks_heard=heard.exists())


def interval(*, age: timedelta, had_news: bool, traffic: Traffic) -> timedelta:
    """Return how long to wait before a job that is `age` old is polled again.

    A quarter of its age, between THANX_POLL_FIRST_SECONDS and THANX_POLL_MAX_SECONDS; half of that after news. Webhooks
    make polling a mere safety net. A crowd of jobs is polled less often than that, so that all of them stay within
    their share of the budget.
    """
    first, longest = settings.THANX_POLL_FIRST_SECONDS, settings.THANX_POLL_MAX_SECONDS
    wanted = age.total_seconds() / (8 if had_news else 4)
    seconds = longest if traffic.webhooks_heard else min(max(wanted, first), longest)
    budget = settings.THANX_RATE_PER_15_MINUTES * BUDGET_SHARE
    return timedelta(seconds=max(seconds, traffic.in_flight * QUARTER_HOUR_SECONDS / budget))


def retry_at(
    *, attempts: int, at: datetime, not_before: datetime | None = None, chance: Callable[[], float] = random.random
) -> datetime:
    """Return when to try again after so many attempts: when Thanx says, else exponentially later, with jitter."""
    if not_before is not None:
        return max(not_before, at)
    pause: timedelta = min(FIRST_RETRY * 2 ** min(max(attempts - 1, 0), 20), LONGEST_RETRY)
    return at + pause * (0.5 + chance() / 2)
