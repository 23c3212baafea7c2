"""What an experiment is foretold to notice is what it notices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import power

np = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    ("control", "arm", "points"), [(500, 4_500, 4.42), (2_000, 18_000, 2.10), (2_412, 10_853, 1.99)]
)
def test_known_designs_at_a_baseline_of_ten_percent(control, arm, points):
    assert 100 * power.detectable_rate(control=control, arm=arm, baseline=0.1) == pytest.approx(points, abs=0.005)


@pytest.mark.parametrize(("control", "arm"), [(500, 4_500), (2_000, 18_000), (3_000, 3_000)])
def test_of_many_experiments_with_that_gain_four_in_five_notice_it(control, arm):
    baseline, experiments = 0.1, 40_000
    gain = power.detectable_rate(control=control, arm=arm, baseline=baseline)
    chance = np.random.default_rng(seed=7)
    kept, raised = chance.binomial(control, baseline, experiments), chance.binomial(arm, baseline + gain, experiments)

    pooled = (kept + raised) / (control + arm)
    z = (raised / arm - kept / control) / np.sqrt(pooled * (1 - pooled) * (1 / arm + 1 / control))

    assert np.mean(z > 1.959964) == pytest.approx(0.80, abs=0.015)


def test_more_arms_need_a_greater_gain():
    one, three = (power.detectable_rate(control=1_000, arm=3_000, baseline=0.1, comparisons=k) for k in (1, 3))

    assert one < three


def test_where_even_every_guest_coming_would_not_be_noticed_there_is_no_answer():
    assert power.detectable_rate(control=1, arm=10, baseline=0.5) is None
    assert power.detectable_rate(control=0, arm=10, baseline=0.5) is None


@given(guests=st.integers(100, 1_000_000), gain=st.floats(0.005, 0.2), arms=st.integers(1, 3))
def test_the_needed_control_notices_the_gain_and_a_smaller_one_does_not(guests, gain, arms):
    needed = power.needed_control(guests=guests, baseline=0.1, gain=gain, arms=arms)

    def notices(control):
        found = power.detectable_rate(control=control, arm=(guests - control) // arms, baseline=0.1, comparisons=arms)
        return found is not None and found <= gain

    if needed is None:
        assert not notices(guests // (arms + 1))
    else:
        assert notices(needed)
        assert not notices(needed - 1)
