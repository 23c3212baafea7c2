"""Splitting into arms: how the guests are divided, and how they can be divided instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.arm_quotas import quota
from campaigns.models import Variant
from experiments.foretold import Design, Foretold, Strength, foretold, percent
from issuance.drafts.split import shares_are_free
from issuance.models import DraftStep, Issuance
from issuance.pages.links import DraftPage, place
from issuance.pages.review import arm_segments, reward_words
from issuance.sending import dry_run
from issuance.sending.dry_run import DryRunArm
from issuance.states import IssuanceState
from ui.status import Tone
from ui.values import Segment
from ui.wording import counted

THOUSAND = 1000
TONES = {Strength.BLIND: Tone.WARNING, Strength.WEAK: Tone.WARNING, Strength.SOUND: Tone.INFO}


@dataclass(frozen=True, kw_only=True)
class ForetoldCard:
    """What the split can show. `bars` are shares in words with their length of a thousand: the picture of the gain."""

    said: Foretold
    tone: Tone
    bars: Sequence[tuple[str, str, int, Tone]]


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


def foretold_card(issuance: Issuance, *, shares: Mapping[int, int], baseline: float, wish: float) -> ForetoldCard:
    """Return what the guests could show if they were split like this.

    `shares` are percent by the variants' primary keys, `baseline` and `wish` shares of one.
    """
    guests = sum(arm.guests for arm in dry_run.of_issuance(issuance).arms)
    arms = [arm for arm in issuance.campaign.variants.all() if shares.get(arm.pk)]
    sizes = list(zip(arms, quota(guests, [shares[arm.pk] for arm in arms]), strict=True)) if arms else []
    design = Design(
        control=sum(size for arm, size in sizes if arm.is_control),
        arms=[size for arm, size in sizes if not arm.is_control],
        baseline=baseline,
        wish=wish,
    )
    said = foretold(design)
    return ForetoldCard(said=said, tone=TONES[said.strength], bars=_bars(said, baseline=design.baseline))


def _bars(said: Foretold, *, baseline: float) -> list[tuple[str, str, int, Tone]]:
    if said.gain is None:
        return []
    whole = baseline + said.gain
    return [
        ("Visit without a reward", percent(baseline), round(THOUSAND * baseline / whole), Tone.ACCENT),
        ("Must visit with a reward", percent(whole), THOUSAND, Tone.SUCCESS),
    ]


def _sentence(arms: Sequence[DryRunArm], *, waiting: bool) -> str:
    if waiting:
        return "The guests are being divided. You may leave this page; it goes on."
    rewarded = sum(arm.guests for arm in arms if not arm.is_control)
    held_back = sum(arm.guests for arm in arms if arm.is_control)
    sentence = f"{counted(rewarded, 'guest gets', 'guests get')} a reward"
    return f"{sentence}, {counted(held_back, 'is', 'are')} held back." if held_back else f"{sentence}."
