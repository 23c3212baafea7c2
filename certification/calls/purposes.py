"""What exchanges were for: `Exchange.about` (`batch:12`) turned into names and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from campaigns.models import Campaign, Merchant
from issuance.models import Batch


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What an exchange was for; `href` is empty if there is no page."""

    words: str
    href: str = ""


def split(about: str) -> tuple[str, int | None]:
    """Return the kind and the number of a note such as `batch:12`; the number is None if there is none."""
    kind, _, number = about.partition(":")
    return kind, int(number) if number.isdecimal() else None


def of_batch(batch: Batch) -> Purpose:
    """Return a batch as a purpose. Fetch its issuance, campaign and merchant with it (`select_related`)."""
    issuance = batch.issuance
    href = reverse("issuance:detail", args=[issuance.merchant.handle, issuance.pk])
    return Purpose(words=f"Issuance #{issuance.pk}, job {batch.number}", href=href)


def of_campaign(campaign: Campaign) -> Purpose:
    """Return a campaign as a purpose. Fetch its merchant with it (`select_related`)."""
    return Purpose(
        words=f"Campaign {campaign.name}",
        href=reverse("campaigns:detail", args=[campaign.merchant.handle, campaign.pk]),
    )


def of_merchant(merchant: Merchant) -> Purpose:
    """Return a merchant's catalog as a purpose."""
    return Purpose(words=f"Catalog of {merchant.name}", href=reverse("campaigns:rewards", args=[merchant.handle]))


def resolved(notes: Iterable[str]) -> Mapping[str, Purpose]:
    """Return the purpose of each note, in at most three queries."""
    wanted: dict[str, dict[int, str]] = {"batch": {}, "campaign": {}, "merchant": {}}
    found: dict[str, Purpose] = {}
    for note in notes:
        kind, number = split(note)
        found[note] = Purpose(words=note.replace(":", " ").capitalize())
        if kind in wanted and number is not None:
            wanted[kind][number] = note
    for batch in _batches(wanted["batch"]):
        found[wanted["batch"][batch.pk]] = of_batch(batch)
    for campaign in _campaigns(wanted["campaign"]):
        found[wanted["campaign"][campaign.pk]] = of_campaign(campaign)
    for merchant in Merchant.objects.filter(pk__in=wanted["merchant"]) if wanted["merchant"] else ():
        found[wanted["merchant"][merchant.pk]] = of_merchant(merchant)
    return found


def _batches(numbers: Iterable[int]) -> Iterable[Batch]:
    if not numbers:
        return ()
    return Batch.objects.filter(pk__in=numbers).select_related("issuance__campaign", "issuance__merchant")


def _campaigns(numbers: Iterable[int]) -> Iterable[Campaign]:
    return Campaign.objects.filter(pk__in=numbers).select_related("merchant") if numbers else ()
