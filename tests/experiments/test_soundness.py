"""The checks that come before any figure: what is amber, what is red, and what scipy says of the same numbers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import soundness
from experiments.means import Sums
from experiments.soundness import Coverage, Light
from tests.experiments.figures import arm, control

stats = pytest.importorskip("scipy.stats")
START = datetime(2026, 6, 1, 12, tzinfo=UTC)
END = START + timedelta(days=28)


def covering(first, last, now=END + timedelta(days=4)):
    return soundness.covers(Coverage(first=first, last=last, start=START, end=END, now=now))


def test_guests_who_are_found_in_another_ratio_than_they_were_dealt_are_a_mismatch():
    arms = [arm(guests=9_000, visitors=0, found=9_100), control(guests=1_000, visitors=0, found=900)]
    check = soundness.sample_ratio(arms)

    assert check.value == pytest.approx(0.000858, abs=5e-7)
    assert check.light is Light.RED


@given(sizes=st.lists(st.tuples(st.integers(50, 9_000), st.integers(10, 9_000)), min_size=2, max_size=4))
def test_the_mismatch_is_pearsons_chi_square(sizes):
    arms = [arm(str(place), guests=guests, visitors=0, found=found) for place, (guests, found) in enumerate(sizes)]
    total, everyone = sum(found for _, found in sizes), sum(guests for guests, _ in sizes)
    _, p = stats.chisquare([found for _, found in sizes], [total * guests / everyone for guests, _ in sizes])

    assert soundness.sample_ratio(arms).value == pytest.approx(p, rel=1e-9, abs=1e-15)


def test_without_member_data_no_mismatch_is_claimed():
    arms = [arm(guests=9_000, visitors=900), control(guests=1_000, visitors=10)]

    assert soundness.sample_ratio(arms).value is None
    assert soundness.match_rate(arms).value is None


@given(before=st.tuples(st.integers(1, 999), st.integers(1, 999)))
def test_visits_before_the_start_are_compared_as_by_scipy(before):
    arms = [
        arm(guests=1_000, visitors=0, visitors_before=before[0]),
        control(guests=1_000, visitors=0, visitors_before=before[1]),
    ]
    table = [[before[0], 1_000 - before[0]], [before[1], 1_000 - before[1]]]

    assert soundness.balance(arms).value == pytest.approx(
        stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9, abs=1e-15
    )


def test_arms_that_spent_differently_before_the_start_are_amber():
    def one(name, cents, **known):
        spend = Sums(guests=1_000, y=0, yy=0, x=100 * cents, xx=100 * cents * cents)
        return arm(name, guests=1_000, visitors=0, visitors_before=100, spend=spend, **known)

    assert soundness.balance([one("A", 1_000), one("Control", 1_000, is_control=True)]).light is Light.GREEN
    assert soundness.balance([one("A", 2_000), one("Control", 1_000, is_control=True)]).light is Light.AMBER


@pytest.mark.parametrize(
    ("last", "light"),
    [
        (START - timedelta(hours=1), Light.RED),
        (END - timedelta(days=10), Light.RED),
        (END - timedelta(days=2), Light.AMBER),
        (END - timedelta(hours=3), Light.GREEN),
        (END + timedelta(days=9), Light.GREEN),
    ],
)
def test_purchases_must_span_the_window(last, light):
    assert covering(START - timedelta(days=100), last).light is light


def test_both_dates_are_named_where_the_window_is_not_covered():
    said = covering(START, END - timedelta(days=10)).sentence

    assert said == "The purchases end on 19 June 2026, the window on 29 June 2026. Add a file that reaches beyond it."


def test_before_the_window_is_over_purchases_need_not_reach_its_end():
    assert covering(START, START + timedelta(days=9), now=START + timedelta(days=9)).light is Light.GREEN
    assert covering(START, START + timedelta(days=2), now=START + timedelta(days=20)).light is Light.AMBER
    assert covering(START - timedelta(days=9), START - timedelta(days=1), now=START).light is Light.AMBER


def test_what_was_not_checked_is_not_called_sound():
    unknown = [arm(guests=9, visitors=0)]
    said = [soundness.assignment([]), soundness.double_armed(unknown), soundness.unreadable_lines(None)]

    assert [check.value for check in said] == [None, None, None]
    assert all(check.sentence.startswith("Not checked: ") for check in said)


def test_purchases_that_begin_late_are_told():
    assert covering(START + timedelta(days=4), END).light is Light.AMBER
    assert covering(None, None).light is Light.AMBER


@pytest.mark.parametrize(("found", "light"), [(900, Light.GREEN), (790, Light.AMBER), (490, Light.RED)])
def test_the_arm_with_the_fewest_found_guests_counts(found, light):
    arms = [arm(guests=1_000, visitors=0, found=950), control(guests=1_000, visitors=0, found=found)]

    assert soundness.match_rate(arms).light is light


@pytest.mark.parametrize(("double", "light"), [(0, Light.GREEN), (15, Light.AMBER), (60, Light.RED)])
def test_guests_in_two_arms_are_left_out_and_told(double, light):
    one = replace(arm(guests=1_000, visitors=0, found=1_000), double=double)

    assert one.compared == 1_000 - double
    assert soundness.double_armed([one]).light is light


def test_an_arm_of_another_size_than_its_quota_is_red():
    assert soundness.assignment([(901, 900), (99, 100)]).light is Light.GREEN
    assert soundness.assignment([(902, 900), (98, 100)]).light is Light.RED


def test_one_red_check_hides_the_figures():
    arms = [arm(guests=900, visitors=90), control(guests=100, visitors=10)]
    coverage = Coverage(first=START, last=END, start=START, end=END, now=END)
    sound = soundness.checked(arms, coverage=coverage, unreadable=0, dealt=[])

    assert [check.name for check in sound] == [
        *("assignment", "sample_ratio", "balance", "coverage", "match_rate", "double_armed", "unreadable_lines")
    ]
    assert not soundness.is_red(sound)
    assert soundness.is_red(soundness.checked(arms, coverage=coverage, unreadable=0.02, dealt=[]))
