"""The time zone of a merchant's clocks."""

from __future__ import annotations

import zoneinfo
from datetime import tzinfo

from campaigns.models import Merchant


def zone_of(merchant: Merchant) -> tzinfo:
    """Return the merchant's zone; UTC if this machine does not know it, so that pages still open."""
    try:
        return zoneinfo.ZoneInfo(merchant.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")
