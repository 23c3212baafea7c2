"""A merchant's home: what is running, what needs somebody, what happened lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import Role
from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from campaigns.words import OF_CAMPAIGN, UNTITLED, Status
from issuance import standing
from issuance.models import Batch, Issuance, PauseReason
from issuance.pages.places import where_it_stands
from issuance.pages.run import segments_of
from issuance.standing import Summary
from issuance.states import AT_WORK, BatchState, IssuanceState
from thanx_portal.pages import CampaignRow, IssuanceRow, MerchantPage, Request

LATEST = 5
MOST_RUNNING = 10
MOST_REQUESTS = 10

Summaries = Mapping[int, Summary]


def merchant_page(merchant: Merchant, *, role: Role) -> MerchantPage:
    """Return a merchant's home from our own rows: looking at it calls nobody."""
    mine = Issuance.objects.kept().filter(merchant=merchant).select_related("campaign", "upload")
    running = list(_running(mine)[:MOST_RUNNING])
    latest = list(mine[:LATEST])
    asking = list(_asking(mine)[:MOST_REQUESTS])
    for issuance in [*running, *latest, *asking]:
        issuance.merchant = merchant
    summaries = standing.summaries({row.pk: row for row in [*running, *latest]}.values())
    campaigns = list(merchant.campaigns.kept().order_by("-updated_at")[:LATEST])
    requests = [*_requests_of_issuances(asking), *_requests_of_campaigns(merchant)]
    return MerchantPage(
        merchant=merchant,
        sentence=_sentence(running=len(running), requests=len(requests)),
        as_of=merchant.as_of,
        running=_rows(running, summaries),
        requests=requests,
        issuances=_rows(latest, summaries),
        campaigns=[_campaign_row(campaign, merchant) for campaign in campaigns],
        may_change=role >= Role.MARKETER,
        can_issue=merchant.campaigns.live().exists(),
    )


def _running(issuances: QuerySet[Issuance]) -> QuerySet[Issuance]:
    at_work = Exists(Batch.objects.filter(issuance=OuterRef("pk"), state__in=sorted(AT_WORK)))
    return issuances.filter(Q(state=IssuanceState.READING) | Q(at_work, state=IssuanceState.CONFIRMED))


def _asking(issuances: QuerySet[Issuance]) -> QuerySet[Issuance]:
    asks = Exists(Batch.objects.filter(issuance=OuterRef("pk"), state=BatchState.NEEDS_ATTENTION))
    states = [IssuanceState.UNREADABLE, IssuanceState.READY]
    return issuances.filter(asks | Q(state__in=states) | Q(pause_reason=PauseReason.FAILURES))


def _requests_of_issuances(issuances: Iterable[Issuance]) -> list[Request]:
    return [_request(issuance) for issuance in issuances]


def _request(issuance: Issuance) -> Request:
    where = where_it_stands(issuance)
    name = f"Issuance {issuance.pk} for “{issuance.campaign.name}”"
    match issuance.state:
        case IssuanceState.UNREADABLE:
            text = "Its file cannot be used as it is. Nothing has been sent."
            return Request(status=Status.DRAFT, title=name, text=text, href=where, action="See what is wrong")
        case IssuanceState.READY:
            text = "Its file has been read. Nothing is sent before somebody confirms."
            return Request(status=Status.DRAFT, title=name, text=text, href=where, action="Review and issue")
        case _ if issuance.pause_reason == PauseReason.FAILURES:
            text = "Many guests of one job failed, so the other jobs wait until somebody resumes or stops it."
            return Request(status=Status.PAUSED, title=name, text=text, href=where, action="See why")
        case _:
            text = "A job waits for a decision: what became of it is not known."
            return Request(status=Status.NEEDS_YOU, title=name, text=text, href=where, action="Decide")


def _requests_of_campaigns(merchant: Merchant) -> list[Request]:
    refused = merchant.campaigns.filter(state=CampaignState.REFUSED)[:MOST_REQUESTS]
    return [
        Request(
            status=Status.REFUSED,
            title=f"Campaign “{campaign.name}”",
            text="Thanx refused to create it. No guest is affected.",
            href=_campaign_place(campaign, merchant),
            action="See why",
        )
        for campaign in refused
    ]


def _rows(issuances: Iterable[Issuance], summaries: Summaries) -> list[IssuanceRow]:
    return [_row(issuance, summaries[issuance.pk]) for issuance in issuances]


def _row(issuance: Issuance, summary: Summary) -> IssuanceRow:
    upload = getattr(issuance, "upload", None)
    return IssuanceRow(
        title=upload.file_name if upload else f"Issuance {issuance.pk}",
        campaign=issuance.campaign.name,
        href=where_it_stands(issuance),
        status=summary.status,
        at=issuance.confirmed_at or issuance.created_at,
        lines=summary.buckets.lines,
        issued=summary.buckets.issued,
        segments=segments_of(issuance, summary.buckets),
    )


def _campaign_row(campaign: Campaign, merchant: Merchant) -> CampaignRow:
    return CampaignRow(
        name=campaign.name or UNTITLED,
        href=_campaign_place(campaign, merchant),
        status=OF_CAMPAIGN[CampaignState(campaign.state)],
        start_at=campaign.start_at,
        redeemable_to=campaign.redeemable_to,
    )


def _campaign_place(campaign: Campaign, merchant: Merchant) -> str:
    return reverse("campaigns:detail", args=[merchant.handle, campaign.pk])


def _sentence(*, running: int, requests: int) -> str:
    runs = {0: "Nothing is running", 1: "One issuance is running"}.get(running, f"{running} issuances are running")
    asks = {0: "nothing needs you", 1: "one thing needs you"}.get(requests, f"{requests} things need you")
    return f"{runs}, and {asks}." if running == requests == 0 or requests else f"{runs}; {asks}."
