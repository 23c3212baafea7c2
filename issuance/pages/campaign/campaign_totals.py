"""What was issued for a campaign: its arms in figures, its rewards over time, what is planned, and its issuances."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, QuerySet
from django.urls import reverse

from campaigns.models import Campaign
from issuance import ledger
from issuance.ledger import Buckets
from issuance.models import Batch, Failure, Issuance
from issuance.pages.listing import IssuanceRow, listed_issuances
from issuance.pages.run.charts import bars_of_arms, ended_over_time
from issuance.states import IssuanceState
from ui.values import BarRow, Chart
from ui.wording import counted, listed

LATEST = 10
"""Issuances on the page of a campaign; the list of issuances has the others."""


@dataclass(frozen=True, kw_only=True)
class CampaignTotals:
    """What the page of a campaign says of its issuances. `guests` are those assigned to its arms."""

    arms: Sequence[BarRow]
    guests: int
    planned: str
    chart: Chart | None
    rows: Sequence[IssuanceRow]
    number: int
    everything: str
    recipients: str

    @property
    def title(self) -> str:
        """How many guests the campaign has."""
        return f"{counted(self.guests, 'guest')} of {counted(self.number, 'issuance')}"

    @property
    def more(self) -> str:
        """The words that lead to the others; empty where all are shown."""
        return f"All {self.number:,} issuances" if self.number > len(self.rows) else ""


def campaign_totals(campaign: Campaign, *, at: datetime) -> CampaignTotals:
    """Return the totals. The number of queries depends neither on the issuances nor on the guests."""
    handle = campaign.merchant.handle
    issuances = Issuance.objects.kept().filter(campaign=campaign)
    states = Counter(dict(issuances.order_by().values_list("state").annotate(Count("pk"))))
    buckets, assigned = _buckets(campaign)
    latest = list(issuances.select_related("campaign", "created_by", "upload")[:LATEST])
    for issuance in latest:
        issuance.merchant = campaign.merchant
    return CampaignTotals(
        arms=_arms(campaign, buckets, assigned),
        guests=sum(assigned.values()),
        planned=_planned(states, buckets),
        chart=ended_over_time(_ended(campaign)),
        rows=listed_issuances(latest, at=at),
        number=states.total(),
        everything=f"{reverse('issuance:list', args=[handle])}?campaign={campaign.pk}",
        recipients=reverse("issuance:campaign-recipients-csv", args=[handle, campaign.pk]),
    )


def confirmed_batches(campaign: Campaign) -> QuerySet[Batch]:
    """Return the batches of a campaign's confirmed issuances."""
    return Batch.objects.kept().filter(issuance__campaign=campaign, issuance__state=IssuanceState.CONFIRMED)


def _buckets(campaign: Campaign) -> tuple[Mapping[int, Buckets], Mapping[int, int]]:
    """Return the buckets of each variant by its key, and the guests assigned to it, each once.

    A retry and a reissue have guests of an earlier issuance: they are assigned there, and a failure that was tried
    again counts where it was tried.
    """
    everything = confirmed_batches(campaign)
    found = ledger.buckets_by_variant(everything)
    again = Failure.objects.filter(batch__in=everything, retry__state=IssuanceState.CONFIRMED).order_by()
    retried = dict(again.values_list("batch__variant").annotate(Count("pk")))
    first = everything.filter(issuance__parent=None, issuance__reissue_of=None)
    assigned = {key: each.lines for key, each in ledger.buckets_by_variant(first).items()}
    once = {key: replace(each, failed=max(each.failed - retried.get(key, 0), 0)) for key, each in found.items()}
    return once, assigned


def _arms(campaign: Campaign, buckets: Mapping[int, Buckets], assigned: Mapping[int, int]) -> list[BarRow]:
    variants = [variant for variant in campaign.variants.all() if variant.pk in buckets]
    return bars_of_arms(
        [(each.name, _note(buckets[each.pk], assigned.get(each.pk, 0)), buckets[each.pk]) for each in variants]
    )


def _note(found: Buckets, assigned: int) -> str:
    sent = max(assigned - found.held_back - found.not_sent, 0)
    return f"{assigned:,} assigned · {sent:,} sent"


def _planned(states: Mapping[str, int], buckets: Mapping[int, Buckets]) -> str:
    """Return what is still to come, in a sentence; empty where nothing is."""
    waiting = states.get(IssuanceState.WAITING_FOR_APPROVAL, 0)
    drafts = sum(states.values()) - states.get(IssuanceState.CONFIRMED, 0) - waiting
    not_sent = sum(each.not_sent for each in buckets.values())
    parts = [
        *([f"{counted(not_sent, 'guest is', 'guests are')} not sent yet"] if not_sent else []),
        *([f"{counted(waiting, 'issuance waits', 'issuances wait')} for approval"] if waiting else []),
        *([f"{counted(drafts, 'draft is', 'drafts are')} being prepared"] if drafts else []),
    ]
    return f"{listed(parts)}." if parts else ""


def _ended(campaign: Campaign) -> list[tuple[datetime, int, int]]:
    ended = confirmed_batches(campaign).filter(is_control=False, ended_at__isnull=False).order_by("ended_at")
    return [
        (at, issued or 0, failed or 0)
        for at, issued, failed in ended.values_list("ended_at", "issued_count", "failed_count")
        if at is not None
    ]
