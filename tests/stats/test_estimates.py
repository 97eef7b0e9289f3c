from __future__ import annotations

import baycomp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats import Comparison, Design
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import Estimate, all_equal, chances, inference, interval, significance, upper_quantile

accuracies = st.floats(0, 1, width=16)
MEANS = 0.0, -1e-300, 0.01, -0.5, 1e300, np.nan
ERRORS = 0.0, 1e-300, 1e-9, 0.01, 1.0, 1e9, np.inf, np.nan
DEGREES = 0.0, 1.0, 1.5, 9.0, 1e6, np.nan


def known(mean: ArrayLike, error: ArrayLike, df: ArrayLike) -> Estimate:
    """Return estimates of which no more is known."""
    numbers = [np.asarray(each, dtype=float) for each in (mean, error, df)]
    unknown = np.full_like(numbers[0], np.nan)
    return Estimate(unknown, numbers[0], unknown, numbers[1], numbers[2], unknown)


def test_an_interval_is_the_quantile_of_students_t_times_the_error_either_way() -> None:
    low, high = interval(known([1, -1], [0.5, 2], [3, 7.5]), 0.9)
    half = np.array([0.5 * stats.t.ppf(0.95, 3), 2 * stats.t.ppf(0.95, 7.5)])
    np.testing.assert_allclose(low, np.array([1, -1]) - half)
    np.testing.assert_allclose(high, np.array([1, -1]) + half)


def test_the_quantile_tends_to_the_normal_one() -> None:
    found = upper_quantile(np.array([0, 1, 9, 99, 1e12, np.inf]), 0.05)
    assert found[1:4] == pytest.approx(stats.t.ppf(0.975, [1, 9, 99]))
    assert found[4:] == pytest.approx(stats.norm.ppf(0.975))
    assert np.isnan(found[0])


@given(arrays(float, (2, 20), elements=accuracies), st.sampled_from([1, 2, 4]), st.sampled_from([0.0, 0.01, 0.1]))
def test_the_chances_are_those_of_the_correlated_t_test(scores: NDArray[np.float64], runs: int, margin: float) -> None:
    folds = 20 // runs
    difference = scores[1] - scores[0]
    below, within, above = map(float, chances(estimate(difference, 1 / (folds - 1)), margin))
    expected = baycomp.CorrelatedTTest.probs(scores[0], scores[1], rope=margin, runs=runs)
    if margin:
        assert (below, within, above) == pytest.approx(expected, abs=1e-9)
    elif difference.any():
        assert (below, above) == pytest.approx(expected, abs=1e-9)


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


def test_what_has_no_error_has_no_interval_p_or_chance() -> None:
    found = known([0.8, np.nan], [np.nan, np.nan], [0, 0])
    assert np.isnan([*interval(found), *significance(found), *chances(found, 0.01)]).all()


def test_any_numbers_give_probabilities_or_nothing_without_a_warning() -> None:
    mean, error, df = map(np.ravel, np.meshgrid(MEANS, ERRORS, DEGREES))
    found = known(mean, error, df)
    for margin in (0.0, 0.01):
        for probabilities in (significance(found)[1], *chances(found, margin)):
            assert (np.isnan(probabilities) | ((probabilities >= 0) & (probabilities <= 1))).all()
    low, high = interval(found)
    assert not (low > high).any()


def test_better_is_higher_or_lower_as_the_metric_is() -> None:
    found = known([0.03], [0.02], [9])
    gain, loss = (inference(found, Comparison(Design(5, 2), METRICS[name], 0.01)) for name in ("accuracy", "loss"))
    below, within, above = chances(found, 0.01)
    assert (gain["prob_worse"], gain["prob_same"], gain["prob_better"]) == (below, within, above)
    assert (loss["prob_worse"], loss["prob_same"], loss["prob_better"]) == (above, within, below)
    assert (gain["t"], gain["p"]) == significance(found)
    assert (gain["low"], gain["high"]) == interval(found)
    wide = inference(found, Comparison(Design(5, 2), confidence=0.99))
    assert wide["low"] < gain["low"] < gain["high"] < wide["high"]


def test_values_are_all_equal_if_they_differ_by_rounding_only_whatever_is_missing() -> None:
    values = [
        [0.3, 0.1 + 0.2, np.nan],
        [0.3, 0.3001, np.nan],
        [0.0, 0.0, 0.0],
        [0.0, 1e-300, 0.0],
        [-1.0, 1.0, np.nan],
        [7.0, np.nan, np.nan],
        [np.nan, np.nan, np.nan],
    ]
    assert all_equal(np.array(values)).tolist() == [True, False, True, False, False, True, True]
    assert all_equal(np.empty((2, 0))).all()
