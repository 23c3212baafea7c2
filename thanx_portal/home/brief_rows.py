"""The issuances and campaigns that the home pages and the search list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from campaigns.status import OF_CAMPAIGN, UNTITLED
from issuance.models import Issuance
from issuance.pages.batches import segments_of
from issuance.pages.links import where_it_stands
from issuance.sending.status import IssuanceSummary
from issuance.states import IssuanceState
from ui.status import Status
from ui.values import Segment


@dataclass(frozen=True, kw_only=True)
class BriefIssuance:
    """One issuance, briefly. `segments` divide its lines; `issued` is None before the confirmation."""

    title: str
    note: str
    merchant: str
    href: str
    status: Status
    at: datetime
    lines: int
    issued: int | None
    segments: Sequence[Segment]


@dataclass(frozen=True, kw_only=True)
class BriefCampaign:
    """One campaign, briefly."""

    name: str
    href: str
    status: Status
    start_at: datetime | None
    redeemable_to: datetime | None


def issuance_rows(issuances: Iterable[Issuance], summaries: Mapping[int, IssuanceSummary]) -> list[BriefIssuance]:
    """Return issuances as rows. Each must have its campaign and its merchant; `summaries` are by primary key."""
    return [_row(issuance, summaries[issuance.pk]) for issuance in issuances]


def _row(issuance: Issuance, summary: IssuanceSummary) -> BriefIssuance:
    upload = getattr(issuance, "upload", None)
    return BriefIssuance(
        title=issuance.campaign.name,
        note=" · ".join([f"#{issuance.pk}", *([upload.file_name] if upload else [])]),
        merchant=issuance.merchant.name,
        href=where_it_stands(issuance),
        status=summary.status,
        at=issuance.confirmed_at or issuance.created_at,
        lines=summary.buckets.lines,
        issued=summary.buckets.issued if issuance.state == IssuanceState.CONFIRMED else None,
        segments=segments_of(issuance, summary.buckets),
    )


def campaign_row(campaign: Campaign, merchant: Merchant) -> BriefCampaign:
    """Return a campaign as a row."""
    return BriefCampaign(
        name=campaign.name or UNTITLED,
        href=campaign_href(campaign, merchant),
        status=OF_CAMPAIGN[CampaignState(campaign.state)],
        start_at=campaign.start_at,
        redeemable_to=campaign.redeemable_to,
    )


def campaign_href(campaign: Campaign, merchant: Merchant) -> str:
    """Return the URL of a campaign's page."""
    return reverse("campaigns:detail", args=[merchant.handle, campaign.pk])
