from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import interval, significance

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


@given(arrays(float, 12, elements=accuracies, unique=True))
def test_without_correction_it_is_the_ordinary_t(values: NDArray[np.float64]) -> None:
    found = estimate(values, 0)
    ordinary = stats.ttest_1samp(values, 0)
    t, p = significance(found)
    assert (t, p) == pytest.approx((ordinary.statistic, ordinary.pvalue))
    assert interval(found) == pytest.approx(tuple(ordinary.confidence_interval(0.95)))


def test_each_point_has_its_own_correction() -> None:
    values = np.array([[0.1, 0.4, 0.3], [0.1, 0.4, 0.3]])
    both = estimate(values, np.array([0.5, 2]))
    assert both.error.tolist() == [estimate(values[0], 0.5).error, estimate(values[0], 2).error]


def test_what_rows_contribute_is_unknown() -> None:
    found = estimate(np.array([[0.1, 0.4, 0.3]]), 0.5)
    assert np.isnan(found.row_error).all()
    assert found.influence is None


def test_values_that_differ_by_rounding_only_are_equal() -> None:
    steps = np.array([17 / 21 - 16 / 21, 16 / 21 - 15 / 21, 1 / 21])
    assert steps.std() > 0
    assert estimate(steps, 0).sd == 0


def test_one_value_has_a_mean_and_no_error_and_none_has_nothing() -> None:
    found = estimate(np.array([[0.8, np.nan], [np.nan, np.nan]]), 0.1)
    assert found.n.tolist() == [1, 0]
    assert found.mean[0] == 0.8
    assert np.isnan([found.mean[1], *found.sd, *found.error]).all()


@pytest.mark.parametrize("size", [1e-300, 1e150, 1e160])
def test_values_of_any_size_give_no_warning(size: float) -> None:
    found = estimate(size * np.array([[1.0, 2.0, 4.0]]), 0.1)
    assert found.mean == pytest.approx(size * 7 / 3)
    assert not np.isnan(found.error).any()
