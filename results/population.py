"""Whose outcomes a campaign's result counts: the guests with an arm, whatever became of their reward."""

from django.db.models import QuerySet

from campaigns.models import Campaign
from issuance.models import Issuance


def issuances_of(campaign: Campaign) -> list[Issuance]:
    """Return the issuances whose guests are counted, the earliest first.

    They are those that dealt guests to arms. Retries and reissues inherit arms and add no guest; rewards for feedback
    are no part. Where no issuance dealt arms, those that put everyone into one arm are counted without a comparison.
    """
    own = _confirmed().filter(campaign=campaign)
    return list(own.filter(only_variant=None)) or list(own)


def of_merchant(merchant_id: int) -> QuerySet[Issuance]:
    """Return the issuances of a merchant whose guests are counted in some result, the earliest first."""
    return _confirmed().filter(merchant=merchant_id)


def _confirmed() -> QuerySet[Issuance]:
    own = Issuance.objects.confirmed().filter(parent=None, reissue_of=None, origin="")
    return own.order_by("confirmed_at", "pk")
