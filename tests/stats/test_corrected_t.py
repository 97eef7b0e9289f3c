from __future__ import annotations

import math

import baycomp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.multitest import multipletests

from dropout_lab.stats.corrected_t import chances, estimate, holm, interval, significance, upper_quantile

accuracies = st.floats(0, 1, width=16)


def test_the_corrected_t_is_the_one_worked_by_hand() -> None:
    """The formula that scikit-learn's example of comparing models documents, two-sided; 90 rows train, 10 test.

    Mean 0.03; squares of the deviations 1 + 1 + 9 + 9 = 20e-4, so the variance is 20e-4 / 3; times 1/4 + 10/90 =
    13/36 is 2.4074e-4, whose root is 0.015516; t = 0.03 / 0.015516 = 1.9335. With 3 degrees of freedom the chance to
    exceed t is 1/2 - (atan(x) + x / (1 + x^2)) / pi, x = t / sqrt(3).
    """
    found = estimate(np.array([0.02, 0.04, 0.0, 0.06]), 10 / 90)
    t, p = significance(found)
    assert (found.mean, found.error, t) == pytest.approx((0.03, 0.0155158, 1.93351), rel=1e-5)
    x = 1.93351 / math.sqrt(3)
    assert p == pytest.approx(1 - 2 * (math.atan(x) + x / (1 + x * x)) / math.pi, rel=1e-4)
    assert interval(found) == pytest.approx((0.03 - 3.182446 * 0.0155158, 0.03 + 3.182446 * 0.0155158), rel=1e-5)


@given(arrays(float, (2, 20), elements=accuracies), st.sampled_from([1, 2, 4]), st.sampled_from([0.0, 0.01, 0.1]))
def test_the_chances_are_those_of_the_correlated_t_test(
    scores: np.ndarray[tuple[int, int], np.dtype[np.float64]], runs: int, margin: float
) -> None:
    folds = 20 // runs
    difference = scores[1] - scores[0]
    below, within, above = map(float, chances(estimate(difference, 1 / (folds - 1)), margin))
    expected = baycomp.CorrelatedTTest.probs(scores[0], scores[1], rope=margin, runs=runs)
    if margin:
        assert (below, within, above) == pytest.approx(expected, abs=1e-9)
    elif difference.any():
        assert (below, above) == pytest.approx(expected, abs=1e-9)


@given(arrays(float, 12, elements=accuracies, unique=True))
def test_without_correction_it_is_the_ordinary_t(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    found = estimate(values, 0)
    ordinary = stats.ttest_1samp(values, 0)
    t, p = significance(found)
    assert (t, p) == pytest.approx((ordinary.statistic, ordinary.pvalue))
    assert interval(found) == pytest.approx(tuple(ordinary.confidence_interval(0.95)))


def test_probabilities_add_up_and_a_wider_margin_holds_more() -> None:
    found = estimate(np.array([[0.1, 0.2, -0.1], [0.3, 0.31, 0.29]]), 0.5)
    narrow, wide = chances(found, 0.01), chances(found, 0.2)
    assert np.allclose(sum(narrow), 1)
    assert (wide[1] > narrow[1]).all()


@pytest.mark.parametrize(
    ("value", "probabilities"),
    [(0.0, (0, 1, 0)), (0.3, (0, 0, 1)), (-0.3, (1, 0, 0)), (0.005, (0, 1, 0)), (0.01, (0, 1, 0))],
)
def test_many_differences_that_are_all_equal_leave_no_doubt(
    value: float, probabilities: tuple[float, float, float]
) -> None:
    found = estimate(np.full(10, value), 1 / 9)
    sign_test = stats.binomtest(10, 10).pvalue
    assert significance(found)[1] == pytest.approx(sign_test if value else 1)
    assert tuple(map(float, chances(found, 0.01))) == probabilities
    assert interval(found) == (pytest.approx(value), pytest.approx(value))


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_few_differences_that_are_all_equal_prove_nothing(count: int) -> None:
    found = estimate(np.full((2, count), [[0.3], [0.0]]), 1 / 9)
    assert significance(found)[1] == pytest.approx([stats.binomtest(count, count).pvalue, 1])
    assert (significance(found)[1] > 0.05).all()
    assert np.isnan(chances(found, 0.01)).all()


def test_values_that_differ_by_rounding_only_are_equal() -> None:
    steps = np.array([17 / 21 - 16 / 21, 16 / 21 - 15 / 21, 1 / 21])
    assert steps.std() > 0
    assert estimate(steps, 0).sd == 0


def test_one_value_has_a_mean_and_no_interval_and_none_has_nothing() -> None:
    found = estimate(np.array([[0.8, np.nan], [np.nan, np.nan]]), 0.1)
    assert found.n.tolist() == [1, 0]
    assert found.mean[0] == 0.8
    assert np.isnan([found.mean[1], *found.sd, *found.error, *interval(found)[0], *significance(found)[1]]).all()
    assert np.isnan(chances(found, 0.01)).all()


def test_the_quantile_tends_to_the_normal_one() -> None:
    found = upper_quantile(np.array([0, 1, 9, 99, 1e12, np.inf]), 0.05)
    assert found[1:4] == pytest.approx(stats.t.ppf(0.975, [1, 9, 99]))
    assert found[4:] == pytest.approx(stats.norm.ppf(0.975))
    assert np.isnan(found[0])


@settings(max_examples=10)  # multipletests collects garbage at every call
@given(arrays(float, st.integers(1, 12), elements=st.floats(0, 1)))
def test_the_adjusted_p_are_those_of_statsmodels(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_a_missing_p_stays_missing_and_counts_for_nothing() -> None:
    adjusted = holm(np.array([0.01, np.nan, 0.04]))
    np.testing.assert_allclose(adjusted, [0.02, np.nan, 0.04])
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert holm(np.array([])).size == 0
