"""Splitting into arms: how the guests are divided, and how they can be divided instead."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import Variant
from issuance.drafts.split import shares_are_free
from issuance.models import DraftStep, Issuance
from issuance.pages.links import DraftPage, place
from issuance.pages.review import arm_segments, reward_words
from issuance.sending import dry_run
from issuance.sending.dry_run import DryRunArm
from issuance.states import IssuanceState
from ui.values import Segment
from ui.wording import counted


@dataclass(frozen=True, kw_only=True)
class SplitPage(DraftPage):
    """The fourth step. `rows` are the arms and what their guests get; none while the guests are divided."""

    STEP = DraftStep.SPLIT

    waiting: bool
    here: str
    sentence: str
    rows: Sequence[tuple[DryRunArm, str]]
    segments: Sequence[Segment]
    guests: int
    variants: Sequence[Variant]
    may_share: bool


def split_page(issuance: Issuance) -> SplitPage:
    """Return the page."""
    waiting = issuance.state == IssuanceState.READING
    arms = [] if waiting else dry_run.of_issuance(issuance).arms
    variants = list(issuance.campaign.variants.select_related("reward_template"))
    return SplitPage(
        issuance=issuance,
        waiting=waiting,
        here=place("split", issuance),
        sentence=_sentence(arms, waiting=waiting),
        rows=[(arm, reward_words(arm, issuance.campaign)) for arm in arms],
        segments=arm_segments(arms),
        guests=sum(arm.guests for arm in arms),
        variants=variants,
        may_share=len(variants) > 1 and shares_are_free(issuance),
    )


def _sentence(arms: Sequence[DryRunArm], *, waiting: bool) -> str:
    if waiting:
        return "The guests are being divided. You may leave this page; it goes on."
    rewarded = sum(arm.guests for arm in arms if not arm.is_control)
    held_back = sum(arm.guests for arm in arms if arm.is_control)
    sentence = f"{counted(rewarded, 'guest gets', 'guests get')} a reward"
    return f"{sentence}, {counted(held_back, 'is', 'are')} held back." if held_back else f"{sentence}."
