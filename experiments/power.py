"""What an experiment can show before it starts: the smallest difference that it would notice four times out of five."""

from math import sqrt

from experiments.distributions import normal_quantile

ALPHA, POWER = 0.05, 0.80


def detectable_rate(*, control: int, arm: int, baseline: float, comparisons: int = 1) -> float | None:
    """Return the smallest gain over the baseline rate that is noticed with the usual power; None if there is none.

    `arm` is the size of the smallest arm with a reward. With several arms each comparison has its share of ALPHA.
    The test pools both rates, as `rates.difference` does; its power follows from the rates as they are.
    """
    highest = 1 - baseline
    if not (control and arm) or _shortfall(highest, control=control, arm=arm, baseline=baseline, k=comparisons) < 0:
        return None
    low, high = 0.0, highest
    while (middle := (low + high) / 2) not in (low, high):
        is_enough = _shortfall(middle, control=control, arm=arm, baseline=baseline, k=comparisons) >= 0
        low, high = (low, middle) if is_enough else (middle, high)
    return high


def needed_control(*, guests: int, baseline: float, gain: float, arms: int = 1) -> int | None:
    """Return the smallest control with which this gain is noticed, when the others are split evenly; None if none is.

    A control of more than its even share of the guests only takes guests away from the arms.
    """
    even = guests // (arms + 1)

    def notices(control: int) -> bool:
        found = detectable_rate(control=control, arm=(guests - control) // arms, baseline=baseline, comparisons=arms)
        return found is not None and found <= gain

    if not even or not notices(even):
        return None
    low, high = 0, even
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if notices(middle) else (middle, high)
    return high


def detectable_mean(*, control: int, arm: int, deviation: float, comparisons: int = 1) -> float:
    """Return the smallest difference of two means that is noticed, for values with this standard deviation."""
    return _z(comparisons) * deviation * sqrt(1 / control + 1 / arm)


def _shortfall(gain: float, *, control: int, arm: int, baseline: float, k: int) -> float:
    """Return by how much a gain exceeds the smallest one that is noticed if it is true; negative if it is too small."""
    raised = baseline + gain
    pooled = (control * baseline + arm * raised) / (control + arm)
    under_no_effect = sqrt(pooled * (1 - pooled) * (1 / control + 1 / arm))
    under_the_gain = sqrt(baseline * (1 - baseline) / control + raised * (1 - raised) / arm)
    return gain - normal_quantile(1 - ALPHA / (2 * k)) * under_no_effect - normal_quantile(POWER) * under_the_gain


def _z(comparisons: int) -> float:
    return normal_quantile(1 - ALPHA / (2 * comparisons)) + normal_quantile(POWER)
