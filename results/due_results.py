"""When a campaign's result is to be counted again: when something has changed, and at its decision date."""

from datetime import datetime

from campaigns.models import Campaign, Merchant
from results import population
from results.models import CampaignResult


def make_due(merchant: Merchant, *, at: datetime) -> None:
    """Have the results of a merchant's campaigns with guests counted again."""
    keys = population.of_merchant(merchant.pk).values_list("campaign", flat=True).order_by().distinct()
    for campaign in Campaign.objects.filter(pk__in=list(keys)):
        make_campaign_due(campaign, at=at)


def make_campaign_due(campaign: Campaign, *, at: datetime) -> None:
    """Have the result of a campaign counted again. A worker that counts it at the moment loses its lease."""
    CampaignResult.objects.update_or_create(campaign=campaign, defaults={"due_at": at, "lease_token": None})
