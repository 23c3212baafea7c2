"""The home of one merchant: what runs, what needs the user, what happened lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from accounts.permissions import Act, Rights
from campaigns.models import Merchant
from issuance.models import Issuance
from issuance.pages.run import charts
from issuance.sending import status
from thanx_portal.home.brief_rows import BriefCampaign, BriefIssuance, campaign_row, issuance_rows
from thanx_portal.home.needs_you import UserTask, tasks_for
from thanx_portal.home.now import MOST_RUNNING, heard_at, running_of, sentence_of
from ui.values import Chart

LATEST = 5


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """One step towards the first rewards. `href` is empty while an earlier step is missing."""

    label: str
    text: str
    done: bool
    href: str
    action: str


@dataclass(frozen=True, kw_only=True)
class MerchantPage:
    """The page. `heard_at`: when Thanx last reported on a running job. `first_steps`: empty once anything exists."""

    merchant: Merchant
    sentence: str
    as_of: datetime | None
    heard_at: datetime | None
    running: Sequence[BriefIssuance]
    needs_you: Sequence[UserTask]
    issuances: Sequence[BriefIssuance]
    campaigns: Sequence[BriefCampaign]
    by_week: Chart | None
    first_steps: Sequence[FirstStep]
    may_change: bool
    can_issue: bool


def merchant_page(merchant: Merchant, *, user: User, rights: Rights, at: datetime) -> MerchantPage:
    """Return the home of a merchant, from our own rows."""
    mine = Issuance.objects.kept().filter(merchant=merchant).select_related("campaign", "upload")
    running = list(running_of(mine)[:MOST_RUNNING])
    latest = list(mine[:LATEST])
    for issuance in [*running, *latest]:
        issuance.merchant = merchant
    summaries = status.summaries({row.pk: row for row in [*running, *latest]}.values(), at=at)
    campaigns = list(merchant.campaigns.kept().order_by("-updated_at")[:LATEST])
    needs_you = tasks_for([merchant], user=user, at=at)
    may_change, can_issue = rights.may(Act.PREPARE_CAMPAIGNS), merchant.campaigns.live().exists()
    return MerchantPage(
        merchant=merchant,
        sentence=sentence_of(running=len(running), needing=len(needs_you)),
        as_of=merchant.as_of,
        heard_at=heard_at(running),
        running=issuance_rows(running, summaries),
        needs_you=needs_you,
        issuances=issuance_rows(latest, summaries),
        campaigns=[campaign_row(campaign, merchant) for campaign in campaigns],
        by_week=charts.by_week(merchant, at=at),
        first_steps=_first_steps(merchant, can_issue=can_issue) if may_change and not latest else [],
        may_change=may_change,
        can_issue=can_issue,
    )


def _first_steps(merchant: Merchant, *, can_issue: bool) -> list[FirstStep]:
    """Return the steps to the first rewards, for a merchant without any issuance."""
    handle = [merchant.handle]
    has_rewards = merchant.reward_templates.published().exists()
    return [
        FirstStep(
            label="Rewards are published at Thanx",
            text="They are read from Thanx by themselves, and guests see them as they are there.",
            done=has_rewards,
            href=reverse("campaigns:rewards", args=handle),
            action="See the rewards",
        ),
        FirstStep(
            label="A campaign is live",
            text="It says which rewards guests get, and when they can redeem them.",
            done=can_issue,
            href=reverse("campaigns:new", args=handle) if has_rewards else "",
            action="New campaign",
        ),
        FirstStep(
            label="Rewards are issued to your guests",
            text="Upload a list, see who is ready and who is left out, and confirm. Nothing is sent before.",
            done=False,
            href=reverse("issuance:new", args=handle) if can_issue else "",
            action="New issuance",
        ),
    ]
