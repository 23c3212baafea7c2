"""The dry run: exactly what a confirmation would do, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from campaigns.models import Campaign, RewardTemplate, Variant
from campaigns.pages.split import TONES
from campaigns.shapes import Segment, Step
from campaigns.words import Tone
from issuance import canary
from issuance.canary import Cut
from issuance.confirmation import NotConfirmable
from issuance.models import Batch, DraftStep, Issuance
from issuance.pages.places import place, step_number, steps_of
from issuance.pages.run import batches_of
from issuance.pages.wording import counted

MONEY = ("amount", "dollar", "fixed", "cash")
"""Words by which a kind of discount is known to be a sum of money: only that can be priced."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What one arm would get. `at_most` is what it costs if everybody redeems, None where it cannot be priced."""

    variant: Variant
    reward: RewardTemplate | None
    is_control: bool
    guests: int
    jobs: int
    at_most: Decimal | None


@dataclass(frozen=True, kw_only=True)
class First:
    """The canary: how many guests it would have, whether it is chosen, and what happens either way, in words."""

    guests: int
    chosen: bool
    percent: int
    at_once: str
    in_turn: str


@dataclass(frozen=True, kw_only=True)
class Review:
    """The dry run. `rewards + held_back == guests`."""

    issuance: Issuance
    campaign: Campaign
    steps: Sequence[Step]
    step: int
    arms: Sequence[Arm]
    segments: Sequence[Segment]
    guests: int
    rewards: int
    held_back: int
    left_out: int
    calls: int
    first: First | None
    at_most: Decimal | None
    unpriced: bool
    foot: bool
    days_to_redeem: int
    per_minute: int
    button: str
    obstacle: str
    same_file: Issuance | None
    same_file_href: str


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The review of people who are still being read."""

    issuance: Issuance
    steps: Sequence[Step]
    step: int
    here: str
    sentence: str


def waiting_page(issuance: Issuance) -> Waiting:
    """Return what is shown until there is something to review."""
    return Waiting(
        issuance=issuance,
        steps=steps_of(issuance),
        step=step_number(issuance, DraftStep.REVIEW),
        here=place("review", issuance),
        sentence="The review is being prepared. You may leave this page; it goes on.",
    )


def review_page(
    issuance: Issuance, *, at: datetime, objection: NotConfirmable | None, same_file: Issuance | None
) -> Review:
    """Return the page. `same_file` is an issuance that lately went to the very same file."""
    batches = batches_of(issuance)
    cut = canary.cut_of(batches)
    chosen = cut if issuance.canary else None
    arms = arms_of(issuance, batches, cut=chosen)
    guests = sum(arm.guests for arm in arms)
    held_back = sum(arm.guests for arm in arms if arm.is_control)
    priced = [arm.at_most for arm in arms if arm.at_most is not None]
    campaign = issuance.campaign
    return Review(
        issuance=issuance,
        campaign=campaign,
        steps=steps_of(issuance),
        step=step_number(issuance, DraftStep.REVIEW),
        arms=arms,
        segments=_segments(issuance, arms),
        guests=guests,
        rewards=guests - held_back,
        held_back=held_back,
        left_out=issuance.left_out_total,
        calls=sum(arm.jobs for arm in arms),
        first=_first(cut, chosen=chosen is not None, jobs=sum(arm.jobs for arm in arms)),
        at_most=sum(priced, Decimal()) if priced else None,
        unpriced=any(arm.at_most is None and not arm.is_control for arm in arms),
        foot=bool(priced) or (issuance.left_out_total > 0 and not issuance.parent_id),
        days_to_redeem=_days(campaign, at=at),
        per_minute=max(1, 60 // settings.THANX_POLL_MAX_SECONDS),
        button=button_of(guests=guests, held_back=held_back),
        obstacle=str(objection or ""),
        same_file=same_file,
        same_file_href=place("detail", same_file) if same_file else "",
    )


def arms_of(issuance: Issuance, batches: Sequence[Batch], *, cut: Cut | None = None) -> list[Arm]:
    """Return what each arm would get, in the order of the campaign. With a canary to be cut, one has a job more."""
    by_variant: dict[Variant, list[Batch]] = {}
    for batch in batches:
        by_variant.setdefault(batch.variant, []).append(batch)
    registers = issuance.campaign.registers_controls
    more = {cut.batch.variant: 1} if cut is not None and cut.makes_a_job_more else {}
    return [
        _arm(variant, rows, jobs=len(rows) + more.get(variant, 0), registers=registers)
        for variant, rows in by_variant.items()
    ]


def button_of(*, guests: int, held_back: int) -> str:
    """Return the button's words, which carry the truth: "Issue 1,800 rewards to 2,000 guests (200 held back)"."""
    words = f"Issue {counted(guests - held_back, 'reward')} to {counted(guests, 'guest')}"
    return f"{words} ({held_back:,} held back)" if held_back else words


def _first(cut: Cut | None, *, chosen: bool, jobs: int) -> First | None:
    """Return what the canary would mean; `jobs` are those of the choice as it stands."""
    if cut is None:
        return None
    in_all = jobs if chosen or not cut.makes_a_job_more else jobs + 1
    at_once = in_all - cut.makes_a_job_more
    rest = counted(in_all - 1, "job")
    return First(
        guests=cut.size,
        chosen=chosen,
        percent=settings.PAUSE_AT_FAILURE_PERCENT,
        at_once="The one job at once" if at_once == 1 else f"All {at_once:,} jobs at once",
        in_turn=f"1 job of {counted(cut.size, 'guest')} first, then {rest}",
    )


def _arm(variant: Variant, batches: Sequence[Batch], *, jobs: int, registers: bool) -> Arm:
    guests = sum(batch.size for batch in batches)
    return Arm(
        variant=variant,
        reward=variant.reward_template,
        is_control=variant.is_control,
        guests=guests,
        jobs=jobs if registers or not variant.is_control else 0,
        at_most=_at_most(variant.reward_template, guests=guests),
    )


def _at_most(reward: Any, *, guests: int) -> Decimal | None:
    if reward is None or reward.discount_value is None:
        return None
    kind = reward.discount_type.lower()
    return Decimal(reward.discount_value) * guests if any(word in kind for word in MONEY) else None


def arm_segments(arms: Sequence[Arm]) -> list[Segment]:
    """Return the guests of each arm as parts of a bar, the held back last."""
    treated = [arm for arm in arms if not arm.is_control]
    parts = [
        Segment(label=arm.variant.name, count=arm.guests, tone=TONES[index % len(TONES)])
        for index, arm in enumerate(treated)
    ]
    held = [Segment(label="Control, held back", count=arm.guests, tone=Tone.ACCENT) for arm in arms if arm.is_control]
    return [*parts, *held]


def _segments(issuance: Issuance, arms: Sequence[Arm]) -> list[Segment]:
    left_out = issuance.left_out_total
    last = Segment(label="Left out", count=left_out, tone=Tone.FAINT, href=place("check", issuance))
    return [*arm_segments(arms), *([last] if left_out and not issuance.parent_id else [])]


def _days(campaign: Campaign, *, at: datetime) -> int:
    if campaign.redeemable_to is None:
        return 0
    begins = max(campaign.redeemable_from or at, at)
    return max(0, -((begins - campaign.redeemable_to) // timedelta(days=1)))
