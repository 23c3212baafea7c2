"""Our distributions agree with scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import distributions

stats = pytest.importorskip("scipy.stats")
DIGITS = 1e-9


@given(t=st.floats(0, 40), df=st.floats(1, 1e6))
def test_the_p_value_of_students_t(t, df):
    assert distributions.t_p(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=DIGITS, abs=1e-12)


@given(probability=st.floats(0.5, 0.9999), df=st.floats(1, 1e6))
def test_the_quantile_of_students_t(probability, df):
    assert distributions.t_quantile(probability, df) == pytest.approx(
        stats.t.ppf(probability, df), rel=DIGITS, abs=1e-9
    )


@given(statistic=st.floats(0, 200), df=st.integers(1, 8))
def test_the_p_value_of_chi_square(statistic, df):
    assert distributions.chi_square_p(statistic, df) == pytest.approx(stats.chi2.sf(statistic, df), rel=DIGITS)


@given(z=st.floats(-12, 12))
def test_the_p_value_of_a_normal_variable(z):
    assert distributions.normal_p(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=DIGITS)


@given(probability=st.floats(1e-6, 1 - 1e-6))
def test_the_quantile_of_a_normal_variable(probability):
    assert distributions.normal_quantile(probability) == pytest.approx(
        stats.norm.ppf(probability), rel=DIGITS, abs=1e-9
    )
