"""Moments as people read them: relative to now, with the absolute time in the merchant's zone beside it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.template import Context
from django.utils import timezone

Moment = datetime | None
Clock = Callable[[], datetime]

MINUTE, HOUR, DAY = 60, 3600, 86400
WITHIN_A_MONTH = 30 * DAY


def zone_of(context: Context) -> tzinfo:
    """Return the zone of the merchant whose page this is; UTC elsewhere, and where the zone is not known here."""
    merchant = getattr(context.get("request"), "merchant", None)
    try:
        return zoneinfo.ZoneInfo(merchant.time_zone) if merchant is not None else zoneinfo.ZoneInfo("UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def absolute(at: datetime, *, zone: tzinfo) -> str:
    """Return "12 May 2026, 10:04 EDT": unambiguous in every country, and with the zone named."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def relative(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Return how far away a moment is, in words; a date when that is more than a month."""
    seconds = round((now - at) / timedelta(seconds=1))
    distance = abs(seconds)
    if distance > WITHIN_A_MONTH:
        local = at.astimezone(zone)
        return f"{local.day} {local:%b %Y}"
    if distance < 2:  # noqa: PLR2004
        return "just now"
    words = span(distance)
    return f"{words} ago" if seconds > 0 else f"in {words}"


def span(seconds: int) -> str:
    """Return a length of time in its largest unit: "22 s", "3 min", "2 h", "5 days"."""
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h"
    days = seconds // DAY
    return f"{days} day{'' if days == 1 else 's'}"


def shown(at: Moment, *, zone: tzinfo, clock: Clock = timezone.now) -> dict[str, Any]:
    """Return what the templates of a moment need; an empty dictionary's worth for None."""
    if at is None:
        return {"at": None}
    return {
        "at": at.isoformat(),
        "absolute": absolute(at, zone=zone),
        "relative": relative(at, now=clock(), zone=zone),
        "zone": str(zone),
    }
