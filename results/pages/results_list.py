"""The list of a merchant's results with their verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import reverse

from campaigns.models import Merchant
from results.models import CampaignResult
from results.pages.verdict_words import VerdictWord, word_of

ROWS_A_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """One campaign with guests."""

    name: str
    href: str
    word: VerdictWord
    sentence: str
    guests: int


@dataclass(frozen=True, kw_only=True)
class ResultsPage:
    """The list of results."""

    rows: Sequence[ResultRow]
    page: Page[CampaignResult]


def results_page(merchant: Merchant, *, number: str | None) -> ResultsPage:
    """Return one page of the list, the latest campaign first. Two queries."""
    found = CampaignResult.objects.filter(campaign__merchant=merchant).select_related("campaign")
    page = Paginator(found.order_by("-campaign"), ROWS_A_PAGE).get_page(number)
    return ResultsPage(rows=[_row(each, merchant) for each in page], page=page)


def _row(each: CampaignResult, merchant: Merchant) -> ResultRow:
    document: dict[str, Any] = each.document
    return ResultRow(
        name=each.campaign.name,
        href=reverse("results:result", args=[merchant.handle, each.campaign_id]),
        word=word_of(document.get("verdict"), document.get("state", "running")),
        sentence=document.get("sentence", "It is being counted."),
        guests=sum(arm["assigned"] for arm in document.get("arms", [])),
    )
