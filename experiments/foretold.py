"""What a split of guests can show before anything is sent, in words for marketers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from experiments.power import detectable_rate, needed_control

FEW_VISITORS, TOO_FEW_VISITORS = 200, 30
"""Visitors to expect in the control. With fewer, small differences hide; with too few, all of them do."""

SMALLEST_SHARE, LARGEST_SHARE = 0.05, 0.50


class Strength(StrEnum):
    """How much a split can show: `blind` nothing, `weak` only large differences, `sound` those that matter."""

    BLIND, WEAK, SOUND = "blind", "weak", "sound"


@dataclass(frozen=True, kw_only=True)
class Design:
    """Guests held back, guests of each arm with a reward, the share of them that would visit anyway, the wished gain.

    Shares and gains are fractions: 0.02 is two percentage points.
    """

    control: int
    arms: Sequence[int]
    baseline: float
    wish: float

    @property
    def guests(self) -> int:
        return self.control + sum(self.arms)

    @property
    def expected_visitors(self) -> int:
        """Guests of the control who visit without a reward."""
        return round(self.control * self.baseline)


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """What a design can show. `gain` is the smallest that shows, None if none does; `advice` is what to do instead."""

    strength: Strength
    gain: float | None
    headline: str
    meaning: str
    advice: str
    doubts: Sequence[str]


def foretold(design: Design) -> Foretold:
    """Return what a design can show, at 95 % confidence and with a power of 80 %."""
    arms = [size for size in design.arms if size]
    gain = None
    if design.control and arms:
        gain = detectable_rate(control=design.control, arm=min(arms), baseline=design.baseline, comparisons=len(arms))
    strength = _strength(design, gain)
    return Foretold(
        strength=strength,
        gain=gain,
        headline=_headline(design, strength, gain),
        meaning=_meaning(design, strength, gain, arms=len(arms)),
        advice=_advice(design, gain, arms=len(arms)),
        doubts=_doubts(design, strength),
    )


def percent(share: float) -> str:
    """Return a share or a gain with one digit, without a digit that says nothing: "2.1 %", "10 %"."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def points(gain: float) -> str:
    """Return the distance of two percentages: "2.1 points", "1 point"."""
    number = f"{100 * gain:.1f}".removesuffix(".0")
    return f"{number} point{'' if number == '1' else 's'}"


def _strength(design: Design, gain: float | None) -> Strength:
    if gain is None or design.expected_visitors < TOO_FEW_VISITORS:
        return Strength.BLIND
    share = design.control / design.guests
    is_lopsided = share < SMALLEST_SHARE or share > LARGEST_SHARE
    return Strength.WEAK if is_lopsided or design.expected_visitors < FEW_VISITORS else Strength.SOUND


def _headline(design: Design, strength: Strength, gain: float | None) -> str:
    if not design.control:
        return "Without a control group, nothing can say what the reward changed"
    if gain is None or strength is Strength.BLIND:
        return "The control group is too small to tell anything"
    return f"A gain of about {points(gain)} or more will show"


def _meaning(design: Design, strength: Strength, gain: float | None, *, arms: int) -> str:
    if not design.control:
        return "Guests who visit after the reward may have come anyway."
    if gain is None or strength is Strength.BLIND:
        return (
            f"Of {design.control:,} guests who are held back, about {design.expected_visitors:,} would visit anyway."
            " Chance alone moves so small a number more than a reward does."
        )
    each = "each group" if arms > 1 else "guests with a reward"
    return (
        f"If {percent(design.baseline)} of guests visit without a reward, then {percent(design.baseline + gain)} of"
        f" {each} must visit. An experiment notices that four times out of five; a smaller gain may stay hidden."
    )


def _advice(design: Design, gain: float | None, *, arms: int) -> str:
    if gain is not None and gain <= design.wish:
        return ""
    needed = needed_control(guests=design.guests, baseline=design.baseline, gain=design.wish, arms=max(arms, 1))
    if needed is None:
        return f"A gain of {points(design.wish)} does not show with {design.guests:,} guests, however they are split."
    share = percent(needed / design.guests)
    return f"To notice a gain of {points(design.wish)}, hold back {needed:,} guests ({share} of them)."


def _doubts(design: Design, strength: Strength) -> list[str]:
    if not design.control:
        return []
    doubts = ["Do not advertise this offer elsewhere: guests of the control group must not hear of it."]
    share = design.control / design.guests
    if strength is Strength.WEAK and design.expected_visitors < FEW_VISITORS:
        doubts.append(f"Only about {design.expected_visitors:,} guests of the control group are expected to visit.")
    if share < SMALLEST_SHARE:
        doubts.append(f"Only {percent(share)} of the guests are held back.")
    if share > LARGEST_SHARE:
        doubts.append(f"{percent(share)} of the guests are held back: more than half of them get nothing.")
    return doubts
