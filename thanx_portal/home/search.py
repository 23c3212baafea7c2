"""The search of a merchant's issuances and campaigns by name, file, number or job. It never looks for a guest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Merchant
from issuance.models import Batch, Issuance
from issuance.sending import status
from thanx_portal.home.brief_rows import BriefCampaign, BriefIssuance, campaign_row, issuance_rows

MOST = 20
LONGEST_QUERY = 100
LONGEST_NUMBER = 18
"""Digits; a longer number is no id, and too large for the database."""

PHONE = re.compile(r"\+?[\d\s().\-]{10,}")


WHY_NO_GUESTS = (
    "Addresses of pages are kept in many places, so this search takes no email address and no phone number. Open an"
    " issuance to find a guest in it."
)


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """The result. `is_identifier`: the words may be a guest's identifier, so they are neither sought nor shown."""

    query: str
    sentence: str
    is_identifier: bool = False
    issuances: Sequence[BriefIssuance] = ()
    campaigns: Sequence[BriefCampaign] = ()
    why_no_guests: str = WHY_NO_GUESTS


def search_page(merchant: Merchant, *, query: str, at: datetime) -> SearchPage:
    """Return the issuances and campaigns that match, newest first and at most MOST of each."""
    words = query.strip()[:LONGEST_QUERY]
    if not words or is_identifier(words):
        return SearchPage(query="", sentence=_sentence("", more=False), is_identifier=bool(words))

    issuances = list(_issuances(merchant, words)[: MOST + 1])
    campaigns = list(_campaigns(merchant, words)[: MOST + 1])
    for issuance in issuances:
        issuance.merchant = merchant
    return SearchPage(
        query=words,
        sentence=_sentence(words, more=max(len(issuances), len(campaigns)) > MOST),
        issuances=issuance_rows(issuances[:MOST], status.summaries(issuances[:MOST], at=at)),
        campaigns=[campaign_row(campaign, merchant) for campaign in campaigns[:MOST]],
    )


def _sentence(words: str, *, more: bool) -> str:
    if not words:
        return "Issuances by campaign, file, number or job; campaigns by name or number."
    return f"What fits “{words}”{', the newest only: more words find less' if more else ''}."


def is_identifier(words: str) -> bool:
    """Whether these words may be an email address or a phone number. URLs are kept too long for those."""
    return "@" in words or PHONE.fullmatch(words) is not None


def _number(words: str) -> Q:
    number = words.removeprefix("#")
    return Q(pk=int(number)) if number.isdecimal() and len(number) <= LONGEST_NUMBER else Q(pk=None)


def _issuances(merchant: Merchant, words: str) -> QuerySet[Issuance]:
    named = Q(campaign__name__icontains=words) | Q(upload__file_name__icontains=words)
    job = Exists(Batch.objects.filter(issuance=OuterRef("pk"), job_id=words))
    found = Issuance.objects.kept().filter(merchant=merchant).filter(_number(words) | named | job)
    return found.select_related("campaign", "upload")


def _campaigns(merchant: Merchant, words: str) -> QuerySet[Campaign]:
    named = Q(name__icontains=words) | Q(thanx_id=words)
    return merchant.campaigns.kept().filter(_number(words) | named).order_by("-updated_at")
