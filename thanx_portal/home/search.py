"""The one search box of a merchant: issuances and campaigns, by name, by file, by number. Never by guest."""

from __future__ import annotations

import re
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Merchant
from issuance.models import Batch, Issuance
from issuance.sending import status
from thanx_portal.home.merchant import campaign_row, rows_of
from thanx_portal.home.page import SearchPage

MOST = 20
LONGEST_QUERY = 100
LONGEST_NUMBER = 18
"""Digits; a longer one is no id, and too large for the database."""

PHONE = re.compile(r"\+?[\d\s().\-]{10,}")


def search_page(merchant: Merchant, *, query: str, at: datetime) -> SearchPage:
    """Return what fits the words, the newest first. A guest's identifier is neither sought nor shown."""
    words = query.strip()[:LONGEST_QUERY]
    if is_identifier(words):
        return SearchPage(query="", is_identifier=True, issuances=[], campaigns=[], more=False)
    issuances = list(_issuances(merchant, words)[: MOST + 1]) if words else []
    campaigns = list(_campaigns(merchant, words)[: MOST + 1]) if words else []
    for issuance in issuances:
        issuance.merchant = merchant
    return SearchPage(
        query=words,
        is_identifier=False,
        issuances=rows_of(issuances[:MOST], status.summaries(issuances[:MOST], at=at)),
        campaigns=[campaign_row(campaign, merchant) for campaign in campaigns[:MOST]],
        more=max(len(issuances), len(campaigns)) > MOST,
    )


def is_identifier(words: str) -> bool:
    """Whether these words could name a guest: an e-mail address or a phone number. An address keeps such for long."""
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
