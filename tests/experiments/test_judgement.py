"""The verdict of an experiment, and the figures and the sentence beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import judgement
from experiments.judgement import ExperimentVerdict as Verdict
from experiments.means import Sums
from tests.experiments.figures import CONTROL, A, B, arm, control

proportion = pytest.importorskip("statsmodels.stats.proportion")


@pytest.mark.parametrize(
    ("visitors", "expected"),
    [
        (24, Verdict.TOO_EARLY),
        (70, Verdict.CLEAR_LOSS),
        (100, Verdict.NO_CLEAR_DIFFERENCE),
        (124, Verdict.PROMISING),
        (140, Verdict.CLEAR_GAIN),
    ],
)
def test_the_first_verdict_that_fits_counts(visitors, expected):
    arms = [control(guests=1_000, visitors=100), arm(guests=1_000, visitors=visitors)]

    assert judgement.verdict(arms)[0] is expected


def test_with_two_arms_each_interval_is_as_wide_as_the_verdict_is_sure():
    found = {each.arm: each for each in judgement.compared([A, B, CONTROL]) if each.metric == "visited"}

    assert found["A"].level == 0.975
    low, high = proportion.confint_proportions_2indep(
        1_215, 10_853, 241, 2_412, method="newcomb", compare="diff", alpha=0.025
    )
    assert (found["A"].found.interval.low, found["A"].found.interval.high) == pytest.approx((low, high), abs=1e-9)
    assert found["A"].found.p == pytest.approx(0.087246, abs=5e-7)
    assert found["A"].relative == pytest.approx(0.1204, abs=5e-5)


@given(visitors=st.integers(25, 600), others=st.integers(25, 600), held=st.integers(25, 600))
def test_a_verdict_never_contradicts_its_interval(visitors, others, held):
    arms = [
        control(guests=600, visitors=held),
        arm("A", guests=600, visitors=visitors),
        arm("B", guests=600, visitors=others),
    ]
    word, which = judgement.verdict(arms)
    interval = next(
        each.found.interval for each in judgement.compared(arms) if each.arm == which.name and each.metric == "visited"
    )

    assert (word is Verdict.CLEAR_GAIN) == (interval.low > 0)
    assert (word is Verdict.CLEAR_LOSS) == (interval.high < 0)


def test_the_better_of_two_arms_gives_the_verdict_and_is_named():
    arms = [
        control(guests=1_000, visitors=100),
        arm("A", guests=1_000, visitors=150),
        arm("B", guests=1_000, visitors=170),
    ]
    word, which = judgement.verdict(arms)

    assert (word, which.name) == (Verdict.CLEAR_GAIN, "B")
    assert judgement.sentence_of(word, which, arms).startswith("“B” caused visits: of 100 guests, 7.0 more came")


def test_the_sentences_are_for_marketers():
    held = control(guests=1_000, visitors=100)

    def said(visitors):
        arms = [held, arm(guests=1_000, visitors=visitors)]
        return judgement.sentence_of(*judgement.verdict(arms), arms)

    assert said(140) == (
        "The reward caused visits: of 100 guests, 4.0 more came than without it (between 1.2 and 6.9)."
    )
    assert said(70) == (
        "The reward kept guests away: of 100 guests, 3.0 fewer came than without it (between 0.6 and 5.5)."
    )
    assert said(100) == "No clear difference: a gain of more than 2.6 points is unlikely."
    assert said(124).startswith("The reward looks promising: of 100 guests, 2.4 more came, but chance alone")
    assert said(24) == "Too early to tell: in a group, fewer than 25 guests have visited."


def test_the_net_gain_is_the_extra_revenue_less_the_cost_of_used_rewards():
    held = control(guests=1_000, visitors=100)
    treated = arm(guests=9_000, visitors=1_350, redeemed=500, cost=150_000)
    (net,) = judgement.net_gains([held, treated])
    (spend,) = [each.found for each in judgement.compared([held, treated]) if each.metric == "spend"]

    assert net.gross == pytest.approx((150 - 100) * 9_000)  # $1.50 and $1.00 a guest
    assert net.value == pytest.approx(450_000 - 150_000)
    assert net.interval.high - net.interval.low == pytest.approx((spend.interval.high - spend.interval.low) * 9_000)


def test_without_a_control_arms_are_compared_and_nothing_was_caused():
    arms = [arm("A", guests=1_000, visitors=100), arm("B", guests=1_000, visitors=150)]

    assert [each.arm for each in judgement.compared(arms)] == ["B", "B"]
    assert judgement.net_gains(arms) == []


def test_history_sharpens_the_comparison_of_spend():
    before = {"x": 100_000, "xx": 120_000_000, "xy": 110_000_000}
    sums = {"guests": 1_000, "y": 100_000, "yy": 120_000_000, **before}
    held = control(guests=1_000, visitors=100, spend=Sums(**sums))
    treated = arm(guests=1_000, visitors=110, spend=Sums(**{**sums, "y": 110_000}))
    (spend,) = [each for each in judgement.compared([held, treated]) if each.metric == "spend"]

    width = spend.found.interval.high - spend.found.interval.low
    assert spend.sharper.interval.high - spend.sharper.interval.low < width / 2
    assert spend.sharper.value == pytest.approx(spend.found.value)


def test_arms_without_guests_are_compared_with_nothing():
    assert [each.found for each in judgement.compared([control(guests=0, visitors=0), A])] == [None, None]
    assert judgement.verdict([control(guests=0, visitors=0), A])[0] is Verdict.TOO_EARLY
    assert judgement.compared([]) == []
