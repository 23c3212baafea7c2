"""Probabilities and quantiles of the normal, Student's t and the chi-square distribution, in double precision."""

from math import erfc, exp, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY, _EXACT, _STEPS, _LARGE = 1e-300, 1e-16, 10_000, 50


def normal_quantile(probability: float) -> float:
    """Return the number that a standard normal variable stays below with this probability."""
    return _NORMAL.inv_cdf(probability)


def normal_p(z: float) -> float:
    """Return the two-sided p-value of a standard normal variable."""
    return erfc(abs(z) / sqrt(2))


def t_p(t: float, df: float) -> float:
    """Return the two-sided p-value of Student's t with `df` degrees of freedom.

    It is the regularized incomplete beta function of df / (df + t²) with the parameters df / 2 and 1/2.
    """
    x, rest, half = df / (df + t * t), t * t / (df + t * t), df / 2
    if rest < _TINY:
        return 1.0
    front = exp(half * log1p(-rest) + log(rest) / 2 + _log_gamma_half_step(half) - log(pi) / 2)
    if x <= (half + 1) / (half + 2.5):
        return front / half * _continued_fraction(x, half, 0.5)
    return 1 - front / 0.5 * _continued_fraction(rest, 0.5, half)  # converges faster there


def t_quantile(probability: float, df: float) -> float:
    """Return the number that Student's t stays below with a probability of at least one half."""
    tail = 2 * (1 - probability)
    low, high = 0.0, 1.0
    while t_p(high, df) > tail:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if t_p(middle, df) > tail else (low, middle)
    return high


def chi_square_p(statistic: float, df: int) -> float:
    """Return the probability that a chi-square variable exceeds the statistic; `df` is a whole number."""
    half = statistic / 2
    if half == 0:
        return 1.0
    p, shape = (erfc(sqrt(half)), 0.5) if df % 2 else (exp(-half), 1.0)
    while shape < df / 2:
        p += exp(shape * log(half) - half - lgamma(shape + 1))
        shape += 1
    return p


def _log_gamma_half_step(a: float) -> float:
    """Return log Γ(a + ½) − log Γ(a). For large numbers by the series, since the difference would lose its digits."""
    if a < _LARGE:
        return lgamma(a + 0.5) - lgamma(a)
    return log(a) / 2 - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function, as Lentz computes it."""
    value, c, d = 1.0, 1.0, 0.0
    for step in range(_STEPS):
        m = step // 2
        if step == 0:
            numerator = 1.0
        elif step % 2:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _not_zero(1 + numerator * d)
        c = _not_zero(1 + numerator / c)
        value *= c * d
        if abs(1 - c * d) < _EXACT:
            break
    return value - 1


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
