from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from stats.sweeps import arranged_by_row

from dropout_lab.stats.estimates import Estimate
from dropout_lab.stats.power import Precision, precision_of

SOME = Precision(diff=0.02, row_error=0.008, training_error=0.01, df=199, repeats=2)

precisions = st.builds(
    Precision,
    diff=st.integers(-1000, 1000).map(lambda number: number / 1000),
    row_error=st.integers(0, 500).map(lambda number: number / 1000),
    training_error=st.floats(0.001, 0.5),
    df=st.floats(1, 1000),
    repeats=st.integers(2, 10),
)


def half_width(precision: Precision, repeats: int) -> float:
    """Return what the interval of 95% has, written out."""
    variance = precision.row_error**2 + precision.training_error**2 * precision.repeats / repeats
    return float(stats.t.ppf(0.975, precision.df)) * math.sqrt(variance)


def within(precision: Precision, repeats: int, margin: float) -> float:
    """Return the chance of a difference within the margin, written out."""
    posterior = stats.t(precision.df, precision.diff, half_width(precision, repeats) / stats.t.ppf(0.975, precision.df))
    return float(posterior.cdf(margin) - posterior.cdf(-margin))


def test_the_error_is_split_into_the_part_of_rows_and_the_rest() -> None:
    numbers = {"n": 5, "mean": 0.1, "sd": 0.1, "error": 0.05, "df": 30, "row_error": 0.03}
    found = precision_of(Estimate(**{name: np.array([np.nan, each]) for name, each in numbers.items()}), 1, 4)
    assert found == Precision(0.1, 0.03, pytest.approx(0.04), 30, 4)
    assert found.known
    assert found.error(4) == pytest.approx(0.05)


@pytest.mark.parametrize(("error", "row_error"), [(0.05, np.nan), (np.nan, 0.03), (np.nan, np.nan)])
def test_what_is_not_known_stays_so(error: float, row_error: float) -> None:
    found = precision_of(Estimate(*np.array([[5], [0.1], [0.1], [error], [30], [row_error]])), 0, 4)
    assert not found.known
    assert math.isnan(found.error(8))


def test_a_part_of_rows_that_rounding_makes_larger_than_the_whole_is_the_whole() -> None:
    found = precision_of(Estimate(*np.array([[5], [0.1], [0.1], [0.05], [30], [0.05 * (1 + 1e-15)]])), 0, 4)
    assert (found.row_error, found.training_error) == (0.05, 0)


@given(precisions, st.integers(1, 100))
def test_trainings_part_of_the_variance_is_as_one_over_the_repeats(precision: Precision, times: int) -> None:
    whole = precision.error(precision.repeats) ** 2 - precision.row_error**2
    part = precision.error(precision.repeats * times) ** 2 - precision.row_error**2
    assert part == pytest.approx(whole / times, rel=1e-6, abs=1e-12)
    assert precision.half_width(7, 0.05) == pytest.approx(half_width(precision, 7))


@given(precisions)
def test_the_number_of_repeats_is_the_fewest_that_are_enough_and_none_below_the_part_of_rows(
    precision: Precision,
) -> None:
    repeats = precision.repeats_for_significance(0.05)
    assert repeats == replace(precision, diff=-precision.diff).repeats_for_significance(0.05)
    floor = stats.t.ppf(0.975, precision.df) * precision.row_error
    if repeats is None:
        assert floor >= abs(precision.diff) * (1 - 1e-9)
        return
    assert floor < abs(precision.diff)
    assert half_width(precision, repeats) <= abs(precision.diff) * (1 + 1e-9)
    assert repeats == 1 or half_width(precision, repeats - 1) >= abs(precision.diff) * (1 - 1e-9)


@given(precisions, st.sampled_from([0.01, 0.1, 0.5]), st.sampled_from([0.9, 0.95]))
def test_sameness_takes_the_fewest_repeats_that_leave_enough_of_the_chance_within_the_margin(
    precision: Precision, margin: float, certainty: float
) -> None:
    repeats = precision.repeats_for_equivalence(margin, certainty)
    if repeats is None:
        assert within(precision, 10**9, margin) <= certainty + 1e-6
        return
    assume(repeats < 10**9)
    assert within(precision, repeats, margin) >= certainty - 1e-6
    assert repeats == 1 or within(precision, repeats - 1, margin) <= certainty + 1e-6


def test_seeds_that_rows_do_not_matter_to_resolve_any_difference_but_none() -> None:
    """Half-width 1.97 x 0.02 = 0.0394 at 2 repeats; 4 are needed for 0.02, 0.0394 sqrt(2/8) = 0.0197 being less."""
    free = Precision(diff=0.02, row_error=0, training_error=0.02, df=199, repeats=2)
    assert free.repeats_for_significance(0.05) == 8
    assert replace(free, diff=1e-6).repeats_for_significance(0.05) is not None
    assert replace(free, diff=0.0).repeats_for_significance(0.05) is None
    assert replace(free, diff=0.0).repeats_for_equivalence(0.0, 0.95) is None


def test_a_stricter_level_asks_for_more() -> None:
    plain, strict = (SOME.repeats_for_significance(level) for level in (0.05, 0.05 / 3))
    assert plain is not None
    assert strict is not None
    assert strict > plain
    assert SOME.half_width(2, 0.05 / 3) > SOME.half_width(2, 0.05)
    assert SOME.rows_for_significance(200, 0.05 / 3) > SOME.rows_for_significance(200, 0.05)


@given(precisions)
def test_so_many_rows_would_show_the_difference_with_as_many_repeats(precision: Precision) -> None:
    assume(abs(precision.diff) > 1e-6)
    rows = precision.rows_for_significance(200, 0.05)
    fewer = [each for each in (rows, rows - 1) if each > 0]
    error = precision.error(precision.repeats)
    widths = [stats.t.ppf(0.975, precision.df) * error * math.sqrt(200 / each) for each in fewer]
    assert all(width <= abs(precision.diff) * (1 + 1e-9) for width in widths[:1])
    assert all(width >= abs(precision.diff) * (1 - 1e-9) for width in widths[1:])


@pytest.mark.parametrize("diff", [1e-160, 1e-300, 1e160])
def test_differences_of_any_size_give_a_number_of_repeats_or_none(diff: float) -> None:
    for row_error in (0.0, 0.01, 1e160):
        precision = Precision(diff, row_error, 1.0, 9, 2)
        assert precision.repeats_for_significance(0.05) is None or diff == 1e160
        assert precision.repeats_for_equivalence(1e-200, 0.95) is None


def test_what_two_repeats_forecast_is_what_ten_have() -> None:
    """Errors of 400 rows at 20 points: a part of the row, one of each training, and none of the network."""
    rng = np.random.default_rng(5)
    rows, training = rng.exponential(1, (20, 1, 400)), rng.exponential(2, (20, 10, 400))
    values = {0.0: np.zeros((10, 400))} | {(1 + point) / 100: each for point, each in enumerate(rows + training)}
    few = arranged_by_row({rate: each[:2] for rate, each in values.items()}, folds=10, metric="mae").differences(0)
    many = arranged_by_row(values, folds=10, metric="mae").differences(0)
    forecast = [precision_of(few, point, 2).error(10) for point in range(1, 21)]
    assert np.square(forecast).mean() == pytest.approx((many.error[1:] ** 2).mean(), rel=0.15)
    assert (few.error[1:] > many.error[1:]).all()
