"""Rates, and the difference between two of them: what share of an arm's guests did something."""

from dataclasses import dataclass
from math import exp, log, sqrt

from experiments.distributions import normal_p, normal_quantile

ENOUGH_FOR_A_RATIO = 10
"""Events in the control. A ratio to fewer says nothing."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How many of how many."""

    events: int
    of: int

    @property
    def value(self) -> float:
        return self.events / self.of


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Holds the true value with the probability it was made for."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An arm's rate or mean minus the control's, with its interval and two-sided p-value."""

    value: float
    interval: Interval
    p: float


def wilson(rate: Rate, *, level: float) -> Interval:
    """Return Wilson's score interval of a rate."""
    z = normal_quantile((1 + level) / 2)
    share, spread = rate.value, z * z / rate.of
    centre = share + spread / 2
    reach = z * sqrt(share * (1 - share) / rate.of + spread / (4 * rate.of))
    return Interval(low=(centre - reach) / (1 + spread), high=(centre + reach) / (1 + spread))


def difference(arm: Rate, control: Rate, *, level: float) -> Difference:
    """Compare two rates: Newcombe's interval (1998, method 10) and the p-value of the pooled z-test."""
    of_arm, of_control = wilson(arm, level=level), wilson(control, level=level)
    value = arm.value - control.value
    down = sqrt((arm.value - of_arm.low) ** 2 + (of_control.high - control.value) ** 2)
    up = sqrt((of_arm.high - arm.value) ** 2 + (control.value - of_control.low) ** 2)
    return Difference(
        value=value, interval=Interval(low=value - down, high=value + up), p=normal_p(_pooled_z(arm, control))
    )


def relative_lift(arm: Rate, control: Rate, *, level: float) -> tuple[float, Interval] | None:
    """Return by what share of the control's rate the arm's is higher; None with too few events to say."""
    if control.events < ENOUGH_FOR_A_RATIO or not arm.events:
        return None
    ratio = arm.value / control.value
    spread = sqrt(1 / arm.events - 1 / arm.of + 1 / control.events - 1 / control.of)
    reach = normal_quantile((1 + level) / 2) * spread
    return ratio - 1, Interval(low=exp(log(ratio) - reach) - 1, high=exp(log(ratio) + reach) - 1)


def _pooled_z(arm: Rate, control: Rate) -> float:
    pooled = (arm.events + control.events) / (arm.of + control.of)
    spread = sqrt(pooled * (1 - pooled) * (1 / arm.of + 1 / control.of))
    return (arm.value - control.value) / spread if spread else 0.0
