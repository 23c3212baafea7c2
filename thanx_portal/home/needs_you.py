"""What needs the user: drafts, approvals, jobs with an unknown outcome, refused campaigns, open failures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.urls import reverse

from accounts.models import User
from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from issuance.models import ApprovalRequest, Batch, Failure, Issuance, PauseReason, RevocationRequest
from issuance.pages.links import where_it_stands
from issuance.sending.status import summaries
from issuance.states import AT_WORK, BatchState, IssuanceState
from thanx_portal.home.brief_rows import campaign_href
from ui.status import Status
from ui.wording import counted

MOST_SHOWN = 10
DRAFTS = (IssuanceState.DRAFT, IssuanceState.UNREADABLE, IssuanceState.READY)
LATELY = timedelta(days=30)
"""Older open failures are not shown here; the list of issuances has them."""

URGENCY = (
    *(Status.NEEDS_YOU, Status.PAUSED, Status.WAITING_FOR_APPROVAL),
    *(Status.FAILED, Status.COMPLETED_WITH_FAILURES, Status.REFUSED, Status.DRAFT),
)
"""The most urgent first: money and guests, and drafts at last."""

UNTOUCHED = timedelta(days=7)
"""Drafts that were begun longer ago are counted in one row, and not listed."""


@dataclass(frozen=True, kw_only=True)
class UserTask:
    """One thing that waits for the user; `href` is the page on which to do it."""

    status: Status
    title: str
    text: str
    href: str
    action: str
    merchant: str


def tasks_for(merchants: Iterable[Merchant], *, user: User, at: datetime) -> list[UserTask]:
    """Return what needs this user at these merchants, the most urgent first, in seven queries.

    A draft needs the user who began it, or every user if it has no creator. A request for approval, of an issuance or
    of a revocation, needs every user except the one who asked.
    """
    known = {merchant.pk: merchant for merchant in merchants}
    mine = Issuance.objects.kept().filter(merchant__in=known).select_related("campaign")
    asking = list(_asking(mine, user=user, at=at)[:MOST_SHOWN])
    for issuance in asking:
        issuance.merchant = known[issuance.merchant_id]
    found = [
        *(_of_issuance(issuance) for issuance in asking),
        *_of_revocations(known, user=user),
        *_of_campaigns(known),
        *_of_failures(known, at=at),
        *_of_old_drafts(known, _drafts(mine, user=user).filter(created_at__lte=at - UNTOUCHED)),
    ]
    return sorted(found, key=_urgency)


def _urgency(thing: UserTask) -> int:
    return URGENCY.index(thing.status) if thing.status in URGENCY else len(URGENCY)


def _drafts(issuances: QuerySet[Issuance], *, user: User) -> QuerySet[Issuance]:
    return issuances.filter(Q(created_by=user) | Q(created_by=None), state__in=DRAFTS)


def _asking(issuances: QuerySet[Issuance], *, user: User, at: datetime) -> QuerySet[Issuance]:
    """Return the issuances that wait for a user, drafts last."""
    asks = Exists(Batch.objects.filter(issuance=OuterRef("pk"), state=BatchState.NEEDS_ATTENTION))
    drafts = Q(pk__in=_drafts(issuances, user=user).filter(created_at__gt=at - UNTOUCHED).values("pk"))
    own = Exists(ApprovalRequest.objects.open().filter(issuance=OuterRef("pk"), asked_by=user))
    approvals = Q(~own, state=IssuanceState.WAITING_FOR_APPROVAL)
    found = issuances.filter(asks | drafts | approvals | Q(pause_reason=PauseReason.FAILURES))
    return found.order_by(Case(When(state__in=DRAFTS, then=1), default=0), "-created_at")


def _of_old_drafts(merchants: Mapping[int, Merchant], drafts: QuerySet[Issuance]) -> list[UserTask]:
    """Return one row for the old drafts of each merchant."""
    counts = drafts.order_by().values_list("merchant").annotate(number=Count("pk")).order_by("merchant")
    return [
        UserTask(
            status=Status.DRAFT,
            title=counted(number, "old draft"),
            text="Begun more than a week ago. Nothing of them has been sent. Discard those that you do not need.",
            href=f"{reverse('issuance:list', args=[merchants[merchant].handle])}?status=draft",
            action="See the drafts",
            merchant=merchants[merchant].name,
        )
        for merchant, number in counts
    ]


def _of_failures(merchants: Mapping[int, Merchant], *, at: datetime) -> list[UserTask]:
    open_ones = Failure.objects.open().filter(
        batch__issuance__merchant__in=merchants, batch__issuance__confirmed_at__gte=at - LATELY
    )
    ended = open_ones.exclude(
        Exists(Batch.objects.filter(issuance=OuterRef("batch__issuance"), state__in=sorted(AT_WORK)))
    )
    columns = ("batch__issuance", "batch__issuance__merchant", "batch__issuance__campaign__name")
    counts = ended.order_by().values_list(*columns).annotate(guests=Count("pk")).order_by("-batch__issuance")
    rows = list(counts[:MOST_SHOWN])
    found = summaries(Issuance.objects.filter(pk__in=[row[0] for row in rows]), at=at)
    return [
        UserTask(
            status=found[issuance].status,
            title=f"Issuance {issuance} for “{campaign}”",
            text=f"{counted(guests, 'guest')} got no reward. Retry them, or mark them as settled.",
            href=reverse("issuance:failures", args=[merchants[merchant].handle, issuance]),
            action="See why",
            merchant=merchants[merchant].name,
        )
        for issuance, merchant, campaign, guests in rows
    ]


def _of_issuance(issuance: Issuance) -> UserTask:
    where = where_it_stands(issuance)
    name = f"Issuance {issuance.pk} for “{issuance.campaign.name}”"
    status, text, action = _words(issuance)
    return UserTask(status=status, title=name, text=text, href=where, action=action, merchant=issuance.merchant.name)


def _words(issuance: Issuance) -> tuple[Status, str, str]:
    match issuance.state:
        case IssuanceState.DRAFT:
            return Status.DRAFT, "Begun, without people yet. Nothing has been sent.", "Add people"
        case IssuanceState.UNREADABLE:
            return Status.DRAFT, "Its file cannot be used as it is. Nothing has been sent.", "See what is wrong"
        case IssuanceState.READY:
            text = "Its file has been read. Nothing is sent before you confirm."
            return Status.DRAFT, text, "Go on"
        case IssuanceState.WAITING_FOR_APPROVAL:
            text = "A colleague asks for approval. Nothing is sent before another user gives it."
            return Status.WAITING_FOR_APPROVAL, text, "See what is asked for"
        case _ if issuance.pause_reason == PauseReason.FAILURES:
            text = "Many guests of one job failed, so the other jobs wait until you resume or stop it."
            return Status.PAUSED, text, "See why"
        case _:
            return Status.NEEDS_YOU, "A job waits for a decision: what became of it is not known.", "Decide"


def _of_revocations(merchants: Mapping[int, Merchant], *, user: User) -> list[UserTask]:
    waiting = RevocationRequest.objects.open().filter(issuance__merchant__in=merchants).exclude(asked_by=user)
    return [
        UserTask(
            status=Status.WAITING_FOR_APPROVAL,
            title=f"Revoking issuance {request.issuance_id} for “{request.issuance.campaign.name}”",
            text="A colleague asks to take rewards back. Until another user approves, guests keep them.",
            href=reverse("issuance:revoke", args=[merchants[request.issuance.merchant_id].handle, request.issuance_id]),
            action="See what is asked for",
            merchant=merchants[request.issuance.merchant_id].name,
        )
        for request in waiting.select_related("issuance__campaign")[:MOST_SHOWN]
    ]


def _of_campaigns(merchants: Mapping[int, Merchant]) -> list[UserTask]:
    refused = Campaign.objects.filter(merchant__in=merchants, state=CampaignState.REFUSED)[:MOST_SHOWN]
    return [
        UserTask(
            status=Status.REFUSED,
            title=f"Campaign “{campaign.name}”",
            text="Thanx refused to create it. No guest is affected.",
            href=campaign_href(campaign, merchants[campaign.merchant_id]),
            action="See why",
            merchant=merchants[campaign.merchant_id].name,
        )
        for campaign in refused
    ]
