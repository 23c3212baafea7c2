"""The daily cap: how many guests of a merchant may be rewarded on one day in its time zone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum

from campaigns.models import Merchant
from issuance.models import Batch
from issuance.states import BatchState, IssuanceState

NEVER_GOES = (BatchState.HELD_BACK, BatchState.DISCARDED, BatchState.STOPPED)


@dataclass(frozen=True, kw_only=True)
class Today:
    """A merchant's cap, how much of it was confirmed since midnight there, and when the next day begins."""

    cap: int
    used: int
    ends_at: datetime

    @property
    def left(self) -> int:
        """How many more guests may be rewarded today."""
        return max(0, self.cap - self.used)


def cap_of(merchant: Merchant) -> int | None:
    """Return a merchant's cap: its own, else the portal's; None without one."""
    return settings.DAILY_CAP or None if merchant.daily_cap is None else merchant.daily_cap


def day_of(merchant: Merchant, *, at: datetime) -> tuple[datetime, datetime]:
    """Return when the merchant's day began and when the next one begins, in its time zone."""
    midnight = at.astimezone(ZoneInfo(merchant.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(days=1)  # on the calendar: a day of 23 or 25 hours is one day


def today(merchant: Merchant, *, at: datetime) -> Today | None:
    """Return how much of the merchant's cap is used today; None without a cap. One query at most."""
    cap = cap_of(merchant)
    if cap is None:
        return None
    midnight, tomorrow = day_of(merchant, at=at)
    confirmed = Batch.objects.filter(
        issuance__merchant=merchant,
        issuance__state=IssuanceState.CONFIRMED,
        issuance__confirmed_at__gte=midnight,
        issuance__confirmed_at__lt=tomorrow,
        is_control=False,
    )
    used = confirmed.exclude(state__in=NEVER_GOES).aggregate(guests=Sum("size"))["guests"] or 0
    return Today(cap=cap, used=used, ends_at=tomorrow)
