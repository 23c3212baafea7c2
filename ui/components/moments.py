"""Moments as pages show them: relative to now, with the absolute time in the merchant's zone."""

import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.template import Context
from django.utils import timezone

from ui.wording import counted

Moment = datetime | None
Clock = Callable[[], datetime]

MINUTE, HOUR, DAY = 60, 3600, 86400
WITHIN_A_MONTH = 30 * DAY


def zone_of_page(context: Context) -> tzinfo:
    """Return the zone of the page's merchant; UTC on other pages, and if this machine does not know the zone."""
    merchant = getattr(context.get("request"), "merchant", None)
    return zone_named(merchant.time_zone if merchant is not None else "UTC")


def zone_named(name: str) -> tzinfo:
    """Return a time zone; UTC if this machine does not know it, so that pages still open."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


def absolute(at: datetime, *, zone: tzinfo) -> str:
    """Return "12 May 2026, 10:04 EDT", which is unambiguous in every country."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def relative(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Return the distance to a moment: "3 min ago", "in 2 h"; the date if it is more than a month away."""
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
    return counted(seconds // DAY, "day")


def shown(at: Moment, *, zone: tzinfo, clock: Clock = timezone.now) -> dict[str, Any]:
    """Return what the templates of a moment need; `at` is None for no moment."""
    if at is None:
        return {"at": None}
    return {
        "at": at.isoformat(),
        "absolute": absolute(at, zone=zone),
        "relative": relative(at, now=clock(), zone=zone),
        "zone": str(zone),
    }
