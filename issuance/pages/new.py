"""The campaigns that a new issuance can be for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from campaigns.models import Campaign, Merchant, Variant


@dataclass(frozen=True, kw_only=True)
class CampaignChoice:
    """A live campaign that an issuance can be for."""

    campaign: Campaign
    href: str
    arms: Sequence[Variant]
    is_over: bool


def campaign_choices(*, merchant: Merchant, at: datetime) -> list[CampaignChoice]:
    """Return the live campaigns of a merchant, those that are not over first."""
    live = merchant.campaigns.live().prefetch_related("variants__reward_template")
    found = [_choice(campaign, merchant=merchant, at=at) for campaign in live]
    return sorted(found, key=lambda choice: choice.is_over)


def _choice(campaign: Campaign, *, merchant: Merchant, at: datetime) -> CampaignChoice:
    return CampaignChoice(
        campaign=campaign,
        href=f"{reverse('issuance:new', args=[merchant.handle])}?campaign={campaign.pk}",
        arms=list(campaign.variants.all()),
        is_over=campaign.end_at is not None and campaign.end_at < at,
    )
