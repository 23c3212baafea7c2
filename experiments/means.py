"""Means of money or visits per guest, and the difference between two of them.

Everything is computed from sums, which a database adds up. They are whole numbers (cents, visits), so that no digit is
lost before the last division.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from experiments.distributions import t_p, t_quantile
from experiments.rates import Difference, Interval


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The sums over an arm's guests of y, of x, and of their squares and products. x is y before the start."""

    guests: int
    y: int
    yy: int
    x: int = 0
    xx: int = 0
    xy: int = 0

    def spread(self, square: int, first: int, second: int) -> Fraction:
        """Return the sum of the products of two deviations from their means."""
        return square - Fraction(first * second, self.guests)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A mean with the variance of its values."""

    guests: int
    mean: float
    variance: float


def sample(sums: Sums) -> Sample:
    """Return mean and variance of y. An arm needs two guests."""
    variance = sums.spread(sums.yy, sums.y, sums.y) / (sums.guests - 1)
    return Sample(guests=sums.guests, mean=sums.y / sums.guests, variance=float(variance))


def difference(arm: Sample, control: Sample, *, level: float) -> Difference | None:
    """Compare two means as Welch does, without assuming equal variances; None if no value differs from another."""
    a, b = arm.variance / arm.guests, control.variance / control.guests
    if not a + b:
        return None
    df = (a + b) ** 2 / (a * a / (arm.guests - 1) + b * b / (control.guests - 1))
    value, error = arm.mean - control.mean, sqrt(a + b)
    reach = t_quantile((1 + level) / 2, df) * error
    return Difference(value=value, interval=Interval(low=value - reach, high=value + reach), p=t_p(value / error, df))


def adjusted(arms: list[Sums]) -> list[Sample]:
    """Return the arms' samples with what their guests did before the start taken off (CUPED).

    y becomes y − θ(x − x̄) with one θ for all arms, the covariance of y and x over the variance of x, within arms. The
    difference stays unbiased, since x was there before the arms were dealt; its variance shrinks by the correlation.
    """
    varying = sum(each.spread(each.xx, each.x, each.x) for each in arms)
    together = sum(each.spread(each.xy, each.x, each.y) for each in arms)
    theta = Fraction(together) / varying if varying else Fraction(0)
    middle = Fraction(sum(each.x for each in arms), sum(each.guests for each in arms))
    return [_adjusted(each, theta=theta, middle=middle) for each in arms]


def _adjusted(sums: Sums, *, theta: Fraction, middle: Fraction) -> Sample:
    mean = Fraction(sums.y, sums.guests) - theta * (Fraction(sums.x, sums.guests) - middle)
    squares = (
        sums.spread(sums.yy, sums.y, sums.y)
        - 2 * theta * sums.spread(sums.xy, sums.x, sums.y)
        + theta * theta * sums.spread(sums.xx, sums.x, sums.x)
    )
    return Sample(guests=sums.guests, mean=float(mean), variance=float(squares / (sums.guests - 1)))
