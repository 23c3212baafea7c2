"""Purchases that webhooks tell of, joined with the guests of issuances: the last delivery of an id counts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from campaigns.models import Merchant
from partner_api.answers.events import PurchaseMade
from results.due_results import make_due_soon
from results.intake.guest_join import GuestJoin


def take_in(purchases: Sequence[tuple[PurchaseMade, datetime]]) -> None:
    """Keep the purchases of guests of issuances, each with the time at which it came. Part of the digesting."""
    of_merchant = defaultdict[str, list[tuple[PurchaseMade, datetime]]](list)
    for event, came in purchases:
        of_merchant[event.merchant_id].append((event, came))
    for merchant in Merchant.objects.filter(thanx_id__in=of_merchant).order_by("pk"):
        some = of_merchant[merchant.thanx_id]
        latest = max(came for _, came in some)
        if GuestJoin(merchant, at=latest).told_by_webhooks(some):
            make_due_soon(merchant, at=latest)
