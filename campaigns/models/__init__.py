"""The cached catalog of what Thanx has, and the campaigns."""

from campaigns.models.campaign import CONTROL, Campaign, CampaignEvent, Variant
from campaigns.models.catalog import Credential, Location, Merchant, RewardTemplate

__all__ = [
    "CONTROL",
    "Campaign",
    "CampaignEvent",
    "Credential",
    "Location",
    "Merchant",
    "RewardTemplate",
    "Variant",
]
