"""One campaign: its state, its arms, and what certification would check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.permissions import Act, Rights
from campaigns import promises, schedule
from campaigns.draft.content import content_of
from campaigns.draft.gaps import CertificationCheck, certification_checks
from campaigns.models import Campaign, RewardTemplate, Variant
from campaigns.pages.split import Split, split_page
from campaigns.pages.timeline import WindowLine, window_line
from campaigns.promises import RewardChange
from campaigns.schedule import DraftGap
from campaigns.states import AT_WORK, CampaignState
from campaigns.status import OF_CAMPAIGN
from partner_api.error_codes import ErrorCode, code_of_answer
from ui.explained import Explained
from ui.status import Status

SENTENCES = {
    CampaignState.DRAFT: "A draft. Thanx does not know of it yet.",
    CampaignState.QUEUED: "Waiting to be created at Thanx.",
    CampaignState.CREATING: "Being created at Thanx.",
    CampaignState.UNSURE: "Thanx's answer got lost. We look through its list before anything is sent again.",
    CampaignState.LIVE: "Thanx knows of it, and rewards can be issued.",
    CampaignState.REFUSED: "Thanx refused it. Nothing was created.",
    CampaignState.DISCARDED: "Discarded.",
}
EVENTS = {
    "confirmed": "Confirmed, to be created at Thanx",
    "claimed": "Sending to Thanx",
    "created": "Created at Thanx",
    "postponed": "Not sent; trying again later",
    "lost_sight": "No readable answer; looking for it at Thanx",
    "found": "Found at Thanx",
    "not_found": "Not at Thanx; to be sent again",
    "refused": "Refused by Thanx",
    "edited": "Taken back to be changed",
    "discarded": "Discarded",
}
_NOTHING_MADE = "Nothing was created, so no guest has noticed anything."
_REFUSED = {
    ErrorCode.CREDENTIALS_REFUSED: (
        "Thanx refuses our credential",
        "Ask your operator to check the credential, then edit the campaign and create it again.",
    ),
    ErrorCode.SCOPE_MISSING: (
        "Our credential may not create campaigns",
        "Ask Thanx to grant the scope rewards.issue to this credential, then create the campaign again.",
    ),
    ErrorCode.NOT_FOUND: (
        "Thanx does not know the merchant or a reward",
        "Refresh the rewards, choose others where they are marked, and create the campaign again.",
    ),
    ErrorCode.REFUSED: (
        "Thanx did not accept the campaign",
        "Change what Thanx names, then create the campaign again.",
    ),
}
OVER = "Over. It stays here with what was issued for it."


@dataclass(frozen=True, kw_only=True)
class ArmCard:
    """One variant: the reward as the guest sees it, or an icon and a sentence that say why there is none."""

    name: str
    share: int
    template: RewardTemplate | None
    icon: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class CampaignLogEntry:
    at: datetime
    text: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Actions:
    """The addresses of the page's buttons; '' where this user or state has no such button."""

    issue: str = ""
    edit: str = ""
    take_back: str = ""
    discard: str = ""
    duplicate: str = ""
    shares: str = ""


@dataclass(frozen=True, kw_only=True)
class DetailPage:
    campaign: Campaign
    at: datetime
    status: Status
    sentence: str
    refreshes: str
    refusal: Explained | None
    said: str
    waiting_because: str
    arms: tuple[ArmCard, ...]
    unpublished: tuple[str, ...]
    changes: Sequence[RewardChange]
    line: WindowLine | None
    split: Split
    window: str
    certification_checks: list[CertificationCheck]
    events: tuple[CampaignLogEntry, ...]
    actions: Actions
    gaps: tuple[DraftGap, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether rewards were or can be issued for it."""
        return self.campaign.state == CampaignState.LIVE

    @property
    def has_shares(self) -> bool:
        """Whether an issuance can begin at once: otherwise a user must first choose an arm for everybody."""
        return any(arm.share for arm in self.arms)


def detail_page(campaign: Campaign, *, rights: Rights, at: datetime, gaps: tuple[DraftGap, ...] = ()) -> DetailPage:
    """Return the page of a campaign that `views.fetch` has read. Two queries, one more for a live campaign."""
    state = CampaignState(campaign.state)
    variants = list(campaign.variants.all())
    content = content_of(campaign)
    at_work = state in AT_WORK
    return DetailPage(
        campaign=campaign,
        at=at,
        status=OF_CAMPAIGN[state],
        sentence=OVER if is_over(campaign, at=at) else SENTENCES[state],
        refreshes=_place("state", campaign) if at_work else "",
        refusal=refusal_of(campaign.error_code) if state == CampaignState.REFUSED else None,
        said=campaign.error_text,
        waiting_because=campaign.error_text if at_work else "",
        arms=tuple(_card(variant, campaign) for variant in variants),
        line=window_line(campaign, at=at),
        changes=promises.changes(variants) if state == CampaignState.LIVE else (),
        unpublished=tuple(variant.name for variant in variants if _is_gone(variant)),
        split=split_page(
            names=[arm.name for arm in content.arms],
            shares=[arm.share for arm in content.arms],
            control_share=content.control_share,
        ),
        window=schedule.in_words(content.dates),
        certification_checks=certification_checks(content),
        events=_events(campaign),
        actions=_actions(campaign, state, rights=rights, at=at),
        gaps=gaps,
    )


def refusal_of(code: str) -> Explained:
    """Return the explanation of a refused creation; `code` is what `error_codes.answer_of` said of it."""
    title, todo = _REFUSED.get(code_of_answer(code), _REFUSED[ErrorCode.REFUSED])
    return Explained(title, todo, _NOTHING_MADE)


def is_over(campaign: Campaign, *, at: datetime) -> bool:
    return campaign.state == CampaignState.LIVE and campaign.end_at is not None and campaign.end_at <= at


def _card(variant: Variant, campaign: Campaign) -> ArmCard:
    return ArmCard(
        name=variant.name,
        share=variant.share,
        template=variant.reward_template,
        icon="hand-stop" if variant.is_control else "gift",
        sentence=_without_reward(variant, campaign),
    )


def _without_reward(variant: Variant, campaign: Campaign) -> str:
    if variant.is_control and campaign.registers_controls:
        return "No reward. Thanx is told who is held back."
    if variant.is_control:
        return "No reward. Held back in this portal; Thanx never learns who."
    return "A reward that is not in the published list." if campaign.made_elsewhere else "No reward chosen yet."


def _is_gone(variant: Variant) -> bool:
    return variant.reward_template is not None and variant.reward_template.unpublished_at is not None


def _events(campaign: Campaign) -> tuple[CampaignLogEntry, ...]:
    rows = campaign.events.select_related("by").order_by("-at", "-pk")
    return tuple(CampaignLogEntry(at=row.at, text=EVENTS.get(row.move, row.move), by=str(row.by or "")) for row in rows)


def _actions(campaign: Campaign, state: CampaignState, *, rights: Rights, at: datetime) -> Actions:
    if not rights.may(Act.PREPARE_CAMPAIGNS):
        return Actions()
    is_live = state == CampaignState.LIVE
    may_split = is_live and not campaign.issuances.kept().exists() and len(campaign.variants.all()) > 1
    issue = reverse("issuance:new", args=[campaign.merchant.handle]) + f"?campaign={campaign.pk}"
    return Actions(
        issue=issue if is_live and not is_over(campaign, at=at) else "",
        edit=_place("edit", campaign) if state == CampaignState.DRAFT else "",
        take_back=_place("take-back", campaign) if state == CampaignState.REFUSED else "",
        discard=_place("discard", campaign) if state in (CampaignState.DRAFT, CampaignState.REFUSED) else "",
        duplicate=_place("duplicate", campaign),
        shares=_place("shares", campaign) if may_split else "",
    )


def _place(name: str, campaign: Campaign) -> str:
    return reverse(f"campaigns:{name}", args=[campaign.merchant.handle, campaign.pk])
