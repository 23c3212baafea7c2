"""What a draft lacks before it can be created at Thanx: each gap at its field, in a marketer's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from campaigns import schedule
from campaigns.draft.content import MOST_VARIANTS, Content, DraftArm, content_of, wrong_sum
from campaigns.models import CONTROL, Campaign, RewardTemplate
from campaigns.reconciliation import comparable
from campaigns.schedule import DraftGap


class DraftIncomplete(Exception):
    """The draft cannot be created; `gaps` says why."""

    def __init__(self, gaps: list[DraftGap]) -> None:
        self.gaps = gaps
        super().__init__(f"{len(gaps)} gaps: {', '.join(gap.field for gap in gaps)}")


@dataclass(frozen=True, kw_only=True)
class CertificationCheck:
    """One rule that certification checks, and whether the campaign keeps it."""

    label: str
    is_kept: bool
    text: str


def gaps(campaign: Campaign, *, at: datetime) -> list[DraftGap]:
    """Return everything that keeps a draft from being created, in the order of the builder. Three queries."""
    content = content_of(campaign)
    rewards = RewardTemplate.objects.filter(merchant=campaign.merchant_id).published()
    return [
        *_texts(content),
        *_name_taken(campaign),
        *_arms(content, published=set(rewards.values_list("pk", flat=True))),
        *_shares(content),
        *schedule.problems_of_dates(content.dates, at=at),
    ]


def certification_checks(content: Content) -> list[CertificationCheck]:
    """Return the rules that certification checks in one campaign, and whether the draft keeps each."""
    dates = content.dates
    four = (dates.start_at, dates.end_at, dates.redeemable_from, dates.redeemable_to)
    in_words = schedule.in_words(dates)
    control = "held back, without a reward" if content.control_share is not None else "no control group"
    chosen = bool(content.arms) and all(arm.template_id for arm in content.arms)
    return [
        CertificationCheck(label="Name", is_kept=bool(content.name.strip()), text="says what it is for"),
        CertificationCheck(
            label="Objective", is_kept=bool(content.objective.strip()), text="says what it should achieve"
        ),
        CertificationCheck(label="Fine print", is_kept=bool(content.fine_print.strip()), text="tells guests the terms"),
        CertificationCheck(
            label="Dates", is_kept=None not in four and len(set(four)) > 1 and bool(in_words), text=in_words
        ),
        CertificationCheck(label="Rewards", is_kept=chosen, text="each from the merchant's published list"),
        CertificationCheck(label="Control", is_kept=True, text=control),
    ]


def _texts(content: Content) -> Iterator[DraftGap]:
    if not content.name.strip():
        yield DraftGap(field="name", text="Give the campaign a name that says what it is for.")
    if not content.objective.strip():
        yield DraftGap(field="objective", text="Say what the campaign should achieve.")
    if not content.fine_print.strip():
        yield DraftGap(field="fine_print", text="Tell guests the terms of the reward.")


def _name_taken(campaign: Campaign) -> Iterator[DraftGap]:
    """No two campaigns have one name: by its name a campaign is found at Thanx after a lost answer."""
    others = Campaign.objects.kept().filter(merchant=campaign.merchant_id).exclude(pk=campaign.pk)
    # Compared in Python: databases disagree about the case of letters outside ASCII.
    names = {comparable(name) for name in others.values_list("name", flat=True)}
    if campaign.name.strip() and comparable(campaign.name) in names:
        yield DraftGap(field="name", text="Another campaign of this merchant has this name. Choose a different one.")


def _arms(content: Content, *, published: set[int]) -> Iterator[DraftGap]:
    if not content.arms:
        yield DraftGap(field="arms", text="Add at least one reward.")
    if len(content.arms) + (content.control_share is not None) > MOST_VARIANTS:
        yield DraftGap(field="arms", text=f"A campaign has at most {MOST_VARIANTS} groups, the control among them.")
    for index, arm in enumerate(content.arms):
        earlier = {comparable(other.name) for other in content.arms[:index]}
        yield from _arm(arm, prefix=f"arm-{index}", earlier=earlier, published=published)


def _arm(arm: DraftArm, *, prefix: str, earlier: set[str], published: set[int]) -> Iterator[DraftGap]:
    if not arm.name.strip():
        yield DraftGap(field=f"{prefix}-name", text="Give this group a name.")
    elif comparable(arm.name) == comparable(CONTROL):
        yield DraftGap(field=f"{prefix}-name", text=f"“{CONTROL}” is the group without a reward. Choose another name.")
    elif comparable(arm.name) in earlier:
        yield DraftGap(field=f"{prefix}-name", text="Two groups have this name. Choose another one.")
    if arm.template_id is None:
        yield DraftGap(field=f"{prefix}-template", text="Choose the reward that this group gets.")
    elif arm.template_id not in published:
        yield DraftGap(
            field=f"{prefix}-template", text="This reward is no longer published at Thanx. Choose another one."
        )


def _shares(content: Content) -> Iterator[DraftGap]:
    if content.arms and (problem := wrong_sum(content.shares)):
        yield DraftGap(field="shares", text=problem)
    elif content.arms and not any(arm.share for arm in content.arms):
        yield DraftGap(field="shares", text="No guest would get a reward. Give at least one reward a percentage.")
