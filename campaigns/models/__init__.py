"""The cached catalog of what Thanx has, and the campaigns."""

from campaigns.models.campaign import CONTROL, Campaign, CampaignEvent, Variant
from campaigns.models.catalog import Credential, Location, Merchant, RewardTemplate
from campaigns.models.halt import Halt, halted

__all__ = [
    "CONTROL",
    "Campaign",
    "CampaignEvent",
    "Credential",
    "Halt",
    "Location",
    "Merchant",
    "RewardTemplate",
    "Variant",
    "halted",
]
