"""The time zone of a merchant's clocks."""

from datetime import datetime, tzinfo

from campaigns.models import Merchant
from ui.components.moments import zone_named

CLOCKS_CHANGE = "The clocks change at this hour. Choose another time."


def is_unclear(local: datetime, *, zone: tzinfo) -> bool:
    """Whether a clock change skips or repeats a local time: it is no moment, or two."""
    early, late = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return early != late


def zone_of(merchant: Merchant) -> tzinfo:
    """Return the merchant's zone; UTC if this machine does not know it."""
    return zone_named(merchant.time_zone)
