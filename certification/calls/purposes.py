"""What exchanges were for: `Exchange.about` (`batch:12`) turned into names and addresses."""

from collections.abc import Iterable, Mapping

from django.urls import reverse

from campaigns.models import Campaign, Merchant
from issuance.models import Batch
from ui.values import Link


def split(about: str) -> tuple[str, int | None]:
    """Return the kind and the number of a note such as `batch:12`; the number is None if there is none."""
    kind, _, number = about.partition(":")
    return kind, int(number) if number.isdecimal() else None


def batch_link(batch: Batch) -> Link:
    """Return a batch as a purpose. Fetch its issuance, campaign and merchant with it (`select_related`)."""
    issuance = batch.issuance
    href = reverse("issuance:detail", args=[issuance.merchant.handle, issuance.pk])
    return Link(label=f"Issuance #{issuance.pk}, job {batch.number}", href=href)


def campaign_link(campaign: Campaign) -> Link:
    """Return a campaign as a purpose. Fetch its merchant with it (`select_related`)."""
    href = reverse("campaigns:detail", args=[campaign.merchant.handle, campaign.pk])
    return Link(label=f"Campaign {campaign.name}", href=href)


def catalog_link(merchant: Merchant) -> Link:
    """Return a merchant's catalog as a purpose."""
    return Link(label=f"Catalog of {merchant.name}", href=reverse("campaigns:rewards", args=[merchant.handle]))


def resolved(notes: Iterable[str]) -> Mapping[str, Link]:
    """Return the purpose of each note, in at most three queries; without a page its `href` is empty."""
    wanted: dict[str, dict[int, str]] = {"batch": {}, "campaign": {}, "merchant": {}}
    found: dict[str, Link] = {}
    for note in notes:
        kind, number = split(note)
        found[note] = Link(label=note.replace(":", " ").capitalize())
        if kind in wanted and number is not None:
            wanted[kind][number] = note
    for batch in _batches(wanted["batch"]):
        found[wanted["batch"][batch.pk]] = batch_link(batch)
    for campaign in _campaigns(wanted["campaign"]):
        found[wanted["campaign"][campaign.pk]] = campaign_link(campaign)
    for merchant in Merchant.objects.filter(pk__in=wanted["merchant"]) if wanted["merchant"] else ():
        found[wanted["merchant"][merchant.pk]] = catalog_link(merchant)
    return found


def _batches(numbers: Iterable[int]) -> Iterable[Batch]:
    if not numbers:
        return ()
    return Batch.objects.filter(pk__in=numbers).select_related("issuance__campaign", "issuance__merchant")


def _campaigns(numbers: Iterable[int]) -> Iterable[Campaign]:
    return Campaign.objects.filter(pk__in=numbers).select_related("merchant") if numbers else ()
