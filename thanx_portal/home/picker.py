"""The home page of users with several merchants, or with none."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from accounts import permissions
from accounts.guards import merchants_for
from accounts.models import User
from accounts.permissions import Act
from campaigns.catalog import problems
from campaigns.catalog.credential import current_credential
from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from issuance.models import Batch, Issuance, PauseReason
from issuance.sending import status
from issuance.states import AT_WORK, BatchState
from partner_api import connect
from thanx_portal.home.brief_rows import BriefIssuance, issuance_rows
from thanx_portal.home.needs_you import MOST_SHOWN, UserTask, tasks_for
from thanx_portal.home.now import MOST_RUNNING, heard_at, running_of, sentence_of
from ui.explained import Explained

PER_PAGE = 24


@dataclass(frozen=True, kw_only=True)
class MerchantCard:
    """A merchant that the user can choose. `running` and `needs_you` are numbers; `as_of`: the age of its catalog."""

    name: str
    handle: str
    href: str
    running: int
    needs_you: int
    as_of: datetime | None
    has_problem: bool


@dataclass(frozen=True, kw_only=True)
class PickerPage:
    """The user's merchants, and what goes on at all of them. `remedy` is set if there is no merchant at all."""

    sentence: str
    heard_at: datetime | None
    running: Sequence[BriefIssuance]
    needs_you: Sequence[UserTask]
    cards: Sequence[MerchantCard]
    page: Page[Merchant]
    query: str
    remedy: Explained | None


def picker_page(user: User, *, query: str, number: str, at: datetime) -> PickerPage:
    """Return one page of the user's merchants, in a fixed number of queries.

    The first page without a search also shows what goes on at all of them.
    """
    everywhere = merchants_for(user)
    page = Paginator(matching(everywhere, query), PER_PAGE).get_page(number)
    is_overview = not query and page.number == 1
    running = _running(everywhere) if is_overview else []
    needs_you = tasks_for(everywhere, user=user, at=at)[:MOST_SHOWN] if is_overview else []
    return PickerPage(
        sentence=sentence_of(running=len(running), needing=len(needs_you)) if is_overview else "",
        heard_at=heard_at(running),
        running=issuance_rows(running, status.summaries(running, at=at)),
        needs_you=needs_you,
        cards=_cards(page.object_list),
        page=page,
        query=query,
        remedy=None if query or page.paginator.count else _remedy(user),
    )


def _running(merchants: QuerySet[Merchant]) -> list[Issuance]:
    mine = Issuance.objects.kept().filter(merchant__in=merchants)
    return list(running_of(mine.select_related("campaign", "upload", "merchant"))[:MOST_RUNNING])


def matching(merchants: QuerySet[Merchant], query: str) -> QuerySet[Merchant]:
    """Return the merchants whose name or handle contains the query."""
    words = query.strip()
    return merchants.filter(Q(name__icontains=words) | Q(handle__icontains=words)) if words else merchants


def _cards(merchants: Iterable[Merchant]) -> list[MerchantCard]:
    merchants = list(merchants)
    ids = [merchant.pk for merchant in merchants]
    running, asking = _issuances(ids)
    refused = _refused_campaigns(ids)
    return [
        MerchantCard(
            name=merchant.name,
            handle=merchant.handle,
            href=reverse("merchant-home", args=[merchant.handle]),
            running=running[merchant.pk],
            needs_you=asking[merchant.pk] + refused[merchant.pk],
            as_of=merchant.as_of,
            has_problem=bool(merchant.problem or merchant.vanished_at),
        )
        for merchant in merchants
    ]


def _issuances(ids: list[int]) -> tuple[Counter[int], Counter[int]]:
    asks = Q(state=BatchState.NEEDS_ATTENTION) | Q(issuance__pause_reason=PauseReason.FAILURES)
    rows = (
        Batch.objects.filter(issuance__merchant__in=ids)
        .order_by()
        .values_list("issuance__merchant")
        .annotate(
            running=Count("issuance", distinct=True, filter=Q(state__in=sorted(AT_WORK))),
            asking=Count("issuance", distinct=True, filter=asks),
        )
    )
    running, asking = Counter[int](), Counter[int]()
    for merchant, is_running, asks in rows:
        running[merchant], asking[merchant] = is_running, asks
    return running, asking


def _refused_campaigns(ids: list[int]) -> Counter[int]:
    refused = Campaign.objects.filter(merchant__in=ids, state=CampaignState.REFUSED).order_by()
    return Counter(dict(refused.values_list("merchant").annotate(Count("pk"))))


def _remedy(user: User) -> Explained:
    """Return why the user has no merchant, and what to do."""
    if not permissions.may(user, Act.RUN_PROOFS):
        return Explained(
            "No merchant yet", "The merchants you work for will be here. Ask your operator to add you to one."
        )
    missing = connect.remedy()
    if missing:
        return Explained("Thanx is not set up yet", missing)
    credential = current_credential()
    problem = problems.explained(credential.problem) if credential else None
    if problem is not None:
        return problem
    if credential is None or credential.as_of is None:
        todo = "The merchants of your credential are read by a worker. If this lasts, start one: manage.py work."
        return Explained("The catalog has not been read yet", todo)
    todo = "Thanx knows no merchant for this credential. Ask Thanx to connect one; it appears here within the hour."
    return Explained("No merchant yet", todo)
