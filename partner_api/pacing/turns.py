"""Whose turn it is: the merchant for which a call was reserved the longest ago."""

from django.db.models import OuterRef, Subquery
from django.db.models.expressions import OrderBy

from partner_api.models import Grant


def whose_turn(merchant: str) -> OrderBy:
    """Return how to order due rows so that merchants take turns, one that made no call in the 15 minutes first.

    `merchant` is the path from a row to Thanx's id of its merchant.
    """
    latest = Grant.objects.filter(merchant=OuterRef(merchant)).order_by("-at").values("at")[:1]
    return OrderBy(Subquery(latest), nulls_first=True)
