"""Means and their differences agree with statsmodels', from sums alone."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments import means
from experiments.means import Sums

np = pytest.importorskip("numpy")
weightstats = pytest.importorskip("statsmodels.stats.weightstats")
CENTS = st.lists(st.integers(0, 50_000), min_size=2, max_size=60)
PAIRS = st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 50_000)), min_size=2, max_size=60)


def sums_of(pairs):
    y, x = [one for one, _ in pairs], [one for _, one in pairs]
    return Sums(
        guests=len(pairs),
        y=sum(y),
        yy=sum(one * one for one in y),
        x=sum(x),
        xx=sum(one * one for one in x),
        xy=sum(a * b for a, b in pairs),
    )


def plain(values):
    return means.sample(sums_of([(value, 0) for value in values]))


@given(arm=CENTS, control=CENTS, level=st.sampled_from([0.8, 0.95, 0.975]))
def test_the_difference_is_welchs(arm, control, level):
    assume(np.var(arm) > 0 or np.var(control) > 0)

    found = means.difference(plain(arm), plain(control), level=level)

    judge = weightstats.CompareMeans.from_data(arm, control)
    expected = judge.tconfint_diff(alpha=1 - level, usevar="unequal")
    assert (found.interval.low, found.interval.high) == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert found.p == pytest.approx(judge.ttest_ind(usevar="unequal")[1], rel=1e-7, abs=1e-12)


@given(arm=PAIRS, control=PAIRS)
def test_what_was_before_is_taken_off_as_guest_by_guest(arm, control):
    from_sums = means.adjusted([sums_of(arm), sums_of(control)])

    y = [np.array([float(one) for one, _ in pairs]) for pairs in (arm, control)]
    x = [np.array([float(one) for _, one in pairs]) for pairs in (arm, control)]
    within = [(b - b.mean(), a - a.mean()) for a, b in zip(y, x, strict=True)]
    varying = sum((one * one).sum() for one, _ in within)
    theta = sum((one * other).sum() for one, other in within) / varying if varying else 0
    middle = np.concatenate(x).mean()
    for found, own_y, own_x in zip(from_sums, y, x, strict=True):
        expected = own_y - theta * (own_x - middle)
        assert found.mean == pytest.approx(expected.mean(), rel=1e-9, abs=1e-5)
        assert found.variance == pytest.approx(expected.var(ddof=1), rel=1e-6, abs=1e-3)


def test_no_digit_is_lost_when_a_million_guests_spend_much_alike():
    guests = 1_000_000
    alike = Sums(guests=guests, y=10_000_000_000, yy=100_000_000_000_000 + guests)

    assert means.sample(alike).variance == pytest.approx(guests / (guests - 1), rel=1e-12)


def test_where_every_guest_spent_the_same_nothing_can_be_compared():
    assert means.difference(plain([500, 500]), plain([0, 0]), level=0.95) is None
