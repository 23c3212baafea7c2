"""What an experiment says: each arm against the control, the verdict, and a sentence for a marketer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from experiments import means, rates
from experiments.counted_arms import ArmFigures, reference, treatments
from experiments.foretold import points
from experiments.means import Sums
from experiments.rates import Difference, Interval

ALPHA, ALPHA_PROMISING = 0.05, 0.20
"""The chance of a wrong verdict, and the one of a wrong *promising*; each arm has its share of them."""

FEWEST_VISITORS = 25
"""In an arm. With fewer, nothing is said."""


class ExperimentVerdict(StrEnum):
    """The one word for an experiment, the first that fits."""

    DO_NOT_READ = "do not read"
    TOO_EARLY = "too early"
    CLEAR_GAIN = "clear gain"
    CLEAR_LOSS = "clear loss"
    PROMISING = "promising"
    NO_CLEAR_DIFFERENCE = "no clear difference"


@dataclass(frozen=True, kw_only=True)
class ArmComparison:
    """One metric of an arm against the control. Rates are fractions, money is in cents a guest.

    `relative` is the difference as a share of the control's figure, None where that says nothing; `sharper` is the same
    difference with what guests did before the start taken off (CUPED), None without such data.
    """

    arm: str
    metric: str
    level: float
    found: Difference | None
    relative: float | None = None
    sharper: Difference | None = None


@dataclass(frozen=True, kw_only=True)
class NetGain:
    """What an arm brought after the cost of its used rewards, in cents."""

    arm: str
    gross: float
    cost: int
    value: float
    interval: Interval


def level_of(arms: Sequence[ArmFigures], *, alpha: float = ALPHA) -> float:
    """Return the confidence of each comparison: with several arms, each has its share of the chance of an error."""
    return 1 - alpha / max(len(treatments(arms)), 1)


def compared(arms: Sequence[ArmFigures]) -> list[ArmComparison]:
    """Return every arm's visits and spend against the control, or against the first arm where there is none."""
    against, level = reference(arms), level_of(arms)
    found = list[ArmComparison]()
    for arm in treatments(arms):
        found.append(_visited(arm, against, level=level))
        found.append(_spent(arm, against, level=level))
    return found


def net_gains(arms: Sequence[ArmFigures]) -> list[NetGain]:
    """Return for every arm the revenue it caused after the cost of its used rewards; empty without a control.

    What guests paid has the discount taken off already. So only the cost of the reward is subtracted, not the discount.
    """
    if not any(arm.is_control for arm in arms):
        return []
    by_name = {arm.name: arm for arm in arms}
    return [
        _net(by_name[each.arm], each.found)
        for each in compared(arms)
        if each.metric == "spend" and each.found is not None
    ]


def _net(arm: ArmFigures, found: Difference) -> NetGain:
    guests, cost = arm.assigned, arm.cost
    interval = Interval(low=found.interval.low * guests - cost, high=found.interval.high * guests - cost)
    gross = found.value * guests
    return NetGain(arm=arm.name, gross=gross, cost=cost, value=gross - cost, interval=interval)


# --- The verdict -------------------------------------------------------------------------------------------------


def verdict_of(arm: ArmFigures, arms: Sequence[ArmFigures]) -> ExperimentVerdict:
    """Return what is said of one arm, once the experiment may be read."""
    control = reference(arms)
    if control is None or min(control.visitors, arm.visitors) < FEWEST_VISITORS:
        return ExperimentVerdict.TOO_EARLY
    found = rates.difference(arm.rate, control.rate, level=level_of(arms)).interval
    if found.low > 0:
        return ExperimentVerdict.CLEAR_GAIN
    if found.high < 0:
        return ExperimentVerdict.CLEAR_LOSS
    narrower = rates.difference(arm.rate, control.rate, level=level_of(arms, alpha=ALPHA_PROMISING))
    return ExperimentVerdict.PROMISING if narrower.interval.low > 0 else ExperimentVerdict.NO_CLEAR_DIFFERENCE


def verdict(arms: Sequence[ArmFigures]) -> tuple[ExperimentVerdict, ArmFigures | None]:
    """Return the verdict of an experiment that may be read, and the arm that it is about.

    Several arms: the gain of one counts before the loss of another; of two gains the larger.
    """
    judged = [(verdict_of(arm, arms), arm) for arm in treatments(arms)]
    if not judged or any(each is ExperimentVerdict.TOO_EARLY for each, _ in judged):
        return ExperimentVerdict.TOO_EARLY, None
    order = list(ExperimentVerdict)
    return min(judged, key=lambda pair: (order.index(pair[0]), -pair[1].rate.value))


def sentence_of(found: ExperimentVerdict, arm: ArmFigures | None, arms: Sequence[ArmFigures]) -> str:
    """Return the verdict in one sentence for a marketer."""
    control = reference(arms)
    if arm is None or control is None:
        return _without_arm(found)
    gap = rates.difference(arm.rate, control.rate, level=level_of(arms))
    low, high = 100 * gap.interval.low, 100 * gap.interval.high
    between = f"(between {low:.1f} and {high:.1f})" if high > 0 else f"(between {-high:.1f} and {-low:.1f})"
    name = f"“{arm.name}”" if len(treatments(arms)) > 1 else "The reward"
    match found:
        case ExperimentVerdict.CLEAR_GAIN:
            return f"{name} caused visits: of 100 guests, {100 * gap.value:.1f} more came than without it {between}."
        case ExperimentVerdict.CLEAR_LOSS:
            return (
                f"{name} kept guests away: of 100 guests, {-100 * gap.value:.1f} fewer came than without it {between}."
            )
        case ExperimentVerdict.PROMISING:
            return (
                f"{name} looks promising: of 100 guests, {100 * gap.value:.1f} more came, but chance alone could"
                f" explain it {between}."
            )
        case _:
            most = points(max(gap.interval.high, 0))
            return f"No clear difference: a gain of more than {most} is unlikely."


def _without_arm(found: ExperimentVerdict) -> str:
    if found is ExperimentVerdict.DO_NOT_READ:
        return "Do not read this result: a check of its data failed."
    return f"Too early to tell: in a group, fewer than {FEWEST_VISITORS} guests have visited."


# --- One metric --------------------------------------------------------------------------------------------------


def _visited(arm: ArmFigures, against: ArmFigures | None, *, level: float) -> ArmComparison:
    if against is None or not arm.compared:
        return ArmComparison(arm=arm.name, metric="visited", level=level, found=None)
    lift = rates.relative_lift(arm.rate, against.rate, level=level)
    return ArmComparison(
        arm=arm.name,
        metric="visited",
        level=level,
        found=rates.difference(arm.rate, against.rate, level=level),
        relative=lift[0] if lift else None,
    )


def _spent(arm: ArmFigures, against: ArmFigures | None, *, level: float) -> ArmComparison:
    if against is None or min(arm.compared, against.compared) < 2:  # noqa: PLR2004 - a variance needs two guests
        return ArmComparison(arm=arm.name, metric="spend", level=level, found=None)
    found = means.difference(means.sample(arm.spend), means.sample(against.spend), level=level)
    is_ratio = found is not None and against.visitors >= rates.ENOUGH_FOR_A_RATIO and against.spend.y > 0
    return ArmComparison(
        arm=arm.name,
        metric="spend",
        level=level,
        found=found,
        relative=found.value / (against.spend.y / against.spend.guests) if found and is_ratio else None,
        sharper=_sharper(arm.spend, against.spend, level=level),
    )


def _sharper(arm: Sums, against: Sums, *, level: float) -> Difference | None:
    if not arm.xx or not against.xx:
        return None
    one, other = means.adjusted([arm, against])
    return means.difference(one, other, level=level)
