"""When a campaign's result is to be counted again: when something has changed, and at its decision date.

A transaction that marks several results locks them in the order of their campaigns' keys: then no two wait for each
other.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from campaigns.models import Campaign, Merchant
from results import population
from results.models import CampaignResult

SOON = timedelta(minutes=15)


def make_due(merchant: Merchant, *, at: datetime) -> None:
    """Have the results of a merchant's campaigns with guests counted again."""
    keys = population.of_merchant(merchant.pk).values_list("campaign", flat=True).order_by().distinct()
    for campaign in Campaign.objects.filter(pk__in=list(keys)).order_by("pk"):
        make_campaign_due(campaign, at=at)


def make_due_soon(merchant: Merchant, *, at: datetime) -> None:
    """Have the results of a merchant's campaigns counted again in a while: purchases come all day."""
    soon = at + SOON
    waiting = Q(due_at=None) | Q(due_at__gt=soon)
    rows = CampaignResult.objects.filter(waiting, campaign__merchant=merchant).order_by("campaign_id")
    with transaction.atomic():
        locked = [row.pk for row in rows.select_for_update(of=("self",), no_key=True).only("pk")]
        CampaignResult.objects.filter(pk__in=locked).update(due_at=soon)


def make_campaign_due(campaign: Campaign, *, at: datetime) -> None:
    """Have the result of a campaign counted again. A worker that counts it at the moment loses its lease."""
    CampaignResult.objects.update_or_create(campaign=campaign, defaults={"due_at": at, "lease_token": None})
