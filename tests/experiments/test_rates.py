"""Rates and their differences agree with statsmodels', and with figures computed once and for all."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments import rates
from experiments.rates import Rate

proportion = pytest.importorskip("statsmodels.stats.proportion")
DIGITS = 1e-9
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.975, 0.99])


@st.composite
def some_rate(draw):
    guests = draw(st.integers(1, 200_000))
    return Rate(events=draw(st.integers(0, guests)), of=guests)


@given(arm=some_rate(), control=some_rate(), level=LEVELS)
def test_the_interval_of_a_difference_is_newcombes(arm, control, level):
    found = rates.difference(arm, control, level=level)

    low, high = proportion.confint_proportions_2indep(
        arm.events, arm.of, control.events, control.of, method="newcomb", compare="diff", alpha=1 - level
    )
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=DIGITS)


@given(arm=some_rate(), control=some_rate())
def test_its_p_value_is_that_of_the_pooled_z_test(arm, control):
    assume(0 < arm.events + control.events < arm.of + control.of)

    _, p = proportion.proportions_ztest([arm.events, control.events], [arm.of, control.of])

    assert rates.difference(arm, control, level=0.95).p == pytest.approx(p, rel=1e-7, abs=1e-12)


@given(rate=some_rate(), level=LEVELS)
def test_the_interval_of_a_rate_is_wilsons(rate, level):
    found = rates.wilson(rate, level=level)

    expected = proportion.proportion_confint(rate.events, rate.of, alpha=1 - level, method="wilson")
    assert (found.low, found.high) == pytest.approx(expected, abs=DIGITS)


CONTROL, A, B = Rate(events=241, of=2_412), Rate(events=1_215, of=10_853), Rate(events=1_140, of=10_852)


@pytest.mark.parametrize(
    ("arm", "value", "interval", "p"),
    [(A, 0.012034, (-0.001846, 0.024895), 0.087246), (B, 0.005133, (-0.008678, 0.017919), 0.455329)],
)
def test_a_known_experiment_is_read_as_it_was(arm, value, interval, p):
    found = rates.difference(arm, CONTROL, level=0.95)

    assert (found.value, found.p) == pytest.approx((value, p), abs=5e-7)
    assert (found.interval.low, found.interval.high) == pytest.approx(interval, abs=5e-7)


def test_the_relative_lift_of_a_known_experiment():
    lift, interval = rates.relative_lift(A, CONTROL, level=0.95)

    assert lift == pytest.approx(0.1204, abs=5e-5)
    assert (interval.low, interval.high) == pytest.approx((-0.0171, 0.2772), abs=5e-5)


def test_a_lift_over_a_handful_of_visitors_is_not_told():
    assert rates.relative_lift(A, Rate(events=9, of=2_412), level=0.95) is None
    assert rates.relative_lift(A, Rate(events=10, of=2_412), level=0.95) is not None


def test_where_no_guest_came_there_is_no_difference():
    found = rates.difference(Rate(events=0, of=500), Rate(events=0, of=100), level=0.95)

    assert (found.value, found.p) == (0, 1)
    assert found.interval.holds(0)
