"""The time zone of a merchant's clocks."""

from datetime import tzinfo

from campaigns.models import Merchant
from ui.components.moments import zone_named


def zone_of(merchant: Merchant) -> tzinfo:
    """Return the merchant's zone; UTC if this machine does not know it."""
    return zone_named(merchant.time_zone)
