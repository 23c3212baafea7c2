"""A merchant's home: what is running, what needs somebody, what happened lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import Role, User
from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from campaigns.status import OF_CAMPAIGN, UNTITLED
from issuance.models import ApprovalRequest, Batch, Failure, Issuance, PauseReason, RevocationRequest
from issuance.pages.links import where_it_stands
from issuance.pages.run import charts
from issuance.pages.segments import segments_of
from issuance.sending import status as standing
from issuance.sending.status import Summary
from issuance.states import AT_WORK, BatchState, IssuanceState
from thanx_portal.home.page import CampaignRow, IssuanceRow, MerchantPage, Request, Todo
from ui.status import Status
from ui.wording import counted

LATEST = 5
MOST_RUNNING = 10
MOST_REQUESTS = 10
LATELY = timedelta(days=30)
"""Older failures that nobody has seen to are found in the list of issuances."""

LOUDNESS = (Status.NEEDS_YOU, Status.PAUSED, Status.WAITING_FOR_APPROVAL, Status.REFUSED)
"""What somebody should see to first; the rest follows."""

Summaries = Mapping[int, Summary]


def merchant_page(merchant: Merchant, *, user: User, role: Role, at: datetime) -> MerchantPage:
    """Return a merchant's home from our own rows: looking at it calls nobody."""
    mine = Issuance.objects.kept().filter(merchant=merchant).select_related("campaign", "upload")
    running = list(running_of(mine)[:MOST_RUNNING])
    latest = list(mine[:LATEST])
    for issuance in [*running, *latest]:
        issuance.merchant = merchant
    summaries = standing.summaries({row.pk: row for row in [*running, *latest]}.values(), at=at)
    campaigns = list(merchant.campaigns.kept().order_by("-updated_at")[:LATEST])
    requests = requests_at([merchant], user=user, at=at)
    may_change, can_issue = role >= Role.MARKETER, merchant.campaigns.live().exists()
    return MerchantPage(
        merchant=merchant,
        sentence=sentence_of(running=len(running), requests=len(requests)),
        as_of=merchant.as_of,
        heard_at=heard_at(running),
        running=rows_of(running, summaries),
        requests=requests,
        issuances=rows_of(latest, summaries),
        campaigns=[campaign_row(campaign, merchant) for campaign in campaigns],
        by_week=charts.by_week(merchant, at=at),
        todos=_todos(merchant, can_issue=can_issue) if may_change and not latest else [],
        may_change=may_change,
        can_issue=can_issue,
    )


def running_of(issuances: QuerySet[Issuance]) -> QuerySet[Issuance]:
    """Return the issuances that are being read or have jobs under way."""
    at_work = Exists(Batch.objects.filter(issuance=OuterRef("pk"), state__in=sorted(AT_WORK)))
    return issuances.filter(Q(state=IssuanceState.READING) | Q(at_work, state=IssuanceState.CONFIRMED))


def heard_at(running: Iterable[Issuance]) -> datetime | None:
    """Return when Thanx last told of one of these issuances' jobs: how fresh their figures are."""
    told: datetime | None = Batch.objects.filter(issuance__in=list(running)).aggregate(at=Max("seen_at"))["at"]
    return told


# --- What needs somebody -------------------------------------------------------------------------------------


def requests_at(merchants: Iterable[Merchant], *, user: User, at: datetime) -> list[Request]:
    """Return what waits for somebody at these merchants, the loudest first. Four queries, whatever waits.

    Drafts wait for whoever began them; those that nobody began wait for everybody. A request for approval, of an
    issuance or of a revocation, waits for all but the one who asked.
    """
    known = {merchant.pk: merchant for merchant in merchants}
    mine = Issuance.objects.kept().filter(merchant__in=known).select_related("campaign")
    asking = list(_asking(mine, user=user)[:MOST_REQUESTS])
    for issuance in asking:
        issuance.merchant = known[issuance.merchant_id]
    found = [
        *(_request(issuance) for issuance in asking),
        *_requests_of_revocations(known, user=user),
        *_requests_of_campaigns(known),
        *_requests_of_failures(known, since=at - LATELY),
    ]
    return sorted(found, key=_loudness)


def _loudness(request: Request) -> int:
    return LOUDNESS.index(request.status) if request.status in LOUDNESS else len(LOUDNESS)


def _asking(issuances: QuerySet[Issuance], *, user: User) -> QuerySet[Issuance]:
    asks = Exists(Batch.objects.filter(issuance=OuterRef("pk"), state=BatchState.NEEDS_ATTENTION))
    mine = Q(created_by=user) | Q(created_by=None)
    drafts = Q(mine, state__in=[IssuanceState.DRAFT, IssuanceState.UNREADABLE, IssuanceState.READY])
    own = Exists(ApprovalRequest.objects.open().filter(issuance=OuterRef("pk"), asked_by=user))
    approvals = Q(~own, state=IssuanceState.WAITING_FOR_APPROVAL)
    return issuances.filter(asks | drafts | approvals | Q(pause_reason=PauseReason.FAILURES))


def _requests_of_failures(merchants: Mapping[int, Merchant], *, since: datetime) -> list[Request]:
    open_ones = Failure.objects.open().filter(
        batch__issuance__merchant__in=merchants, batch__issuance__confirmed_at__gte=since
    )
    ended = open_ones.exclude(
        Exists(Batch.objects.filter(issuance=OuterRef("batch__issuance"), state__in=sorted(AT_WORK)))
    )
    columns = ("batch__issuance", "batch__issuance__merchant", "batch__issuance__campaign__name")
    rows = ended.order_by().values_list(*columns).annotate(guests=Count("pk")).order_by("-batch__issuance")
    return [
        Request(
            status=Status.COMPLETED_WITH_FAILURES,
            title=f"Issuance {issuance} for “{campaign}”",
            text=f"{counted(guests, 'guest')} got no reward, and nobody has seen to that yet.",
            href=reverse("issuance:failures", args=[merchants[merchant].handle, issuance]),
            action="See why",
            merchant=merchants[merchant].name,
        )
        for issuance, merchant, campaign, guests in rows[:MOST_REQUESTS]
    ]


def _request(issuance: Issuance) -> Request:
    where = where_it_stands(issuance)
    name = f"Issuance {issuance.pk} for “{issuance.campaign.name}”"
    status, text, action = _request_words(issuance)
    return Request(status=status, title=name, text=text, href=where, action=action, merchant=issuance.merchant.name)


def _request_words(issuance: Issuance) -> tuple[Status, str, str]:
    match issuance.state:
        case IssuanceState.DRAFT:
            return Status.DRAFT, "Begun, without people yet. Nothing has been sent.", "Add people"
        case IssuanceState.UNREADABLE:
            return Status.DRAFT, "Its file cannot be used as it is. Nothing has been sent.", "See what is wrong"
        case IssuanceState.READY:
            text = "Its file has been read. Nothing is sent before somebody confirms."
            return Status.DRAFT, text, "Go on"
        case IssuanceState.WAITING_FOR_APPROVAL:
            text = "Somebody asks for approval. Nothing is sent before somebody else gives it."
            return Status.WAITING_FOR_APPROVAL, text, "See what is asked for"
        case _ if issuance.pause_reason == PauseReason.FAILURES:
            text = "Many guests of one job failed, so the other jobs wait until somebody resumes or stops it."
            return Status.PAUSED, text, "See why"
        case _:
            return Status.NEEDS_YOU, "A job waits for a decision: what became of it is not known.", "Decide"


def _requests_of_revocations(merchants: Mapping[int, Merchant], *, user: User) -> list[Request]:
    waiting = RevocationRequest.objects.open().filter(issuance__merchant__in=merchants).exclude(asked_by=user)
    return [
        Request(
            status=Status.WAITING_FOR_APPROVAL,
            title=f"Revoking issuance {request.issuance_id} for “{request.issuance.campaign.name}”",
            text="Somebody asks to take rewards back. Until somebody else approves, guests keep them.",
            href=reverse("issuance:revoke", args=[merchants[request.issuance.merchant_id].handle, request.issuance_id]),
            action="See what is asked for",
            merchant=merchants[request.issuance.merchant_id].name,
        )
        for request in waiting.select_related("issuance__campaign")[:MOST_REQUESTS]
    ]


def _requests_of_campaigns(merchants: Mapping[int, Merchant]) -> list[Request]:
    refused = Campaign.objects.filter(merchant__in=merchants, state=CampaignState.REFUSED)[:MOST_REQUESTS]
    return [
        Request(
            status=Status.REFUSED,
            title=f"Campaign “{campaign.name}”",
            text="Thanx refused to create it. No guest is affected.",
            href=_campaign_place(campaign, merchants[campaign.merchant_id]),
            action="See why",
            merchant=merchants[campaign.merchant_id].name,
        )
        for campaign in refused
    ]


# --- What there is -------------------------------------------------------------------------------------------


def rows_of(issuances: Iterable[Issuance], summaries: Summaries) -> list[IssuanceRow]:
    """Return issuances as the home pages tell them."""
    return [_row(issuance, summaries[issuance.pk]) for issuance in issuances]


def _row(issuance: Issuance, summary: Summary) -> IssuanceRow:
    upload = getattr(issuance, "upload", None)
    return IssuanceRow(
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


def campaign_row(campaign: Campaign, merchant: Merchant) -> CampaignRow:
    """Return a campaign as the home pages tell it."""
    return CampaignRow(
        name=campaign.name or UNTITLED,
        href=_campaign_place(campaign, merchant),
        status=OF_CAMPAIGN[CampaignState(campaign.state)],
        start_at=campaign.start_at,
        redeemable_to=campaign.redeemable_to,
    )


def _campaign_place(campaign: Campaign, merchant: Merchant) -> str:
    return reverse("campaigns:detail", args=[merchant.handle, campaign.pk])


def _todos(merchant: Merchant, *, can_issue: bool) -> list[Todo]:
    """Return what leads to the first rewards, for a merchant where nothing has been issued."""
    handle = [merchant.handle]
    has_rewards = merchant.reward_templates.published().exists()
    return [
        Todo(
            label="Rewards are published at Thanx",
            text="They are read from Thanx by themselves, and guests see them as they are there.",
            done=has_rewards,
            href=reverse("campaigns:rewards", args=handle),
            action="See the rewards",
        ),
        Todo(
            label="A campaign is live",
            text="It says which rewards guests get, and when they can redeem them.",
            done=can_issue,
            href=reverse("campaigns:new", args=handle) if has_rewards else "",
            action="New campaign",
        ),
        Todo(
            label="Rewards are issued to your guests",
            text="Upload a list, see who is ready and who is left out, and confirm. Nothing is sent before.",
            done=False,
            href=reverse("issuance:new", args=handle) if can_issue else "",
            action="New issuance",
        ),
    ]


def sentence_of(*, running: int, requests: int) -> str:
    """Return what is going on, in one sentence."""
    runs = {0: "Nothing is running", 1: "One issuance is running"}.get(running, f"{running} issuances are running")
    asks = {0: "nothing needs you", 1: "one thing needs you"}.get(requests, f"{requests} things need you")
    return f"{runs}, and {asks}." if running == requests == 0 or requests else f"{runs}; {asks}."
