"""Many comparisons at once, against a multiplier bootstrap over rows in plain loops, and against Holm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from dropout_lab.stats.estimates import Influence
from dropout_lab.stats.simultaneous import adjusted, drawn_parts, draws, holm, joint_level, standardized

Array = NDArray[np.float64]
RNG = np.random.default_rng(6)
ROWS, POINTS = 60, 8
CORRELATED = RNG.normal(size=(1, ROWS)) + RNG.normal(size=(POINTS, ROWS)) * np.linspace(0.1, 2, POINTS)[:, np.newaxis]
INDEPENDENT = np.kron(np.eye(POINTS), [1.0, -2.0, 3.0, -2.0])
ALIKE = CORRELATED[:1] + 0.01 * RNG.normal(size=(POINTS, ROWS))
P = np.array([0.3, 0.004, 0.02, 0.9, 0.04, 0.011, 0.05, 0.5])


def influences(rows: Array, networks: Array | None = None, factor: float = 1.0) -> Influence:
    """Return influences of rows, and of networks times a factor."""
    ones = np.ones(len(rows))
    return Influence(rows, np.zeros((len(rows), 0)) if networks is None else networks, ones, factor * ones)


def by_rows(rows: Array) -> Array:
    """Return draws where rows alone matter."""
    return draws(influences(rows))


def p_values(most: float = 1.0) -> st.SearchStrategy[Array]:
    return arrays(float, POINTS, elements=st.floats(1e-6, most))


def by_multipliers(p: Array, influence: Array, count: int) -> list[float]:
    """Return the adjusted p-values of a bootstrap that gives each row a standard normal number."""
    rng = np.random.default_rng(1)
    spread = np.sqrt((influence**2).sum(axis=1))
    thresholds = stats.norm.isf(p / 2)
    exceeded = np.zeros(len(p))
    for _ in range(count):
        sizes = np.abs(influence @ rng.standard_normal(influence.shape[1])) / spread
        for one in range(len(p)):
            exceeded[one] += max(sizes[other] for other in range(len(p)) if p[other] >= p[one]) >= thresholds[one]
    chances = dict(zip(p, exceeded / count, strict=True))
    return [max(chance for other, chance in chances.items() if other <= one) for one in p]


@pytest.mark.parametrize("influence", [CORRELATED, INDEPENDENT, ALIKE], ids=["correlated", "independent", "alike"])
def test_the_adjusted_p_are_those_of_a_bootstrap_over_rows_by_hand(influence: Array) -> None:
    assert adjusted(P, by_rows(influence)) == pytest.approx(by_multipliers(P, influence, 3000), abs=0.03)


def test_draws_have_the_covariances_of_the_influences_and_are_the_same_each_time() -> None:
    drawn = by_rows(CORRELATED)
    np.testing.assert_array_equal(drawn, by_rows(CORRELATED))
    np.testing.assert_allclose(by_rows(3 * CORRELATED), 3 * drawn, atol=1e-6)
    covariance = CORRELATED @ CORRELATED.T
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.03 * covariance.max())


def test_rows_and_networks_are_drawn_each_for_itself_and_count_as_they_are_scaled() -> None:
    networks = RNG.normal(size=(POINTS, 30))
    both, (rows, alone) = influences(CORRELATED, networks, 0.5), drawn_parts(influences(CORRELATED, networks, 0.5))
    covariance = CORRELATED @ CORRELATED.T + 0.25 * networks @ networks.T
    np.testing.assert_allclose(np.cov(draws(both).T), covariance, atol=0.03 * covariance.max())
    np.testing.assert_array_equal(draws(both), (rows + 0.5 * alone).T)
    assert np.abs(np.corrcoef(rows, alone)[:POINTS, POINTS:]).max() < 0.03


@pytest.mark.parametrize("size", [0.0, 1e-140, 1e140])
def test_influences_of_any_size_are_drawn_from_without_a_warning(size: float) -> None:
    influence = size * CORRELATED
    influence[2] = 0
    found = standardized(by_rows(influence))
    assert not found[:, 2].any()
    spread = found[:, [0, 1, 3]].std(axis=0)
    assert spread == pytest.approx(0 if size == 0 else 1, abs=0.03)


def test_a_point_that_hardly_varies_has_its_own_correlations_all_the_same() -> None:
    influence = CORRELATED * np.where(np.arange(POINTS) < 4, 1e-9, 1)[:, np.newaxis]
    np.testing.assert_allclose(np.corrcoef(by_rows(influence).T), np.corrcoef(by_rows(CORRELATED).T), atol=1e-6)


def test_of_no_points_nothing_is_drawn() -> None:
    assert by_rows(np.empty((0, 5))).shape[1] == 0
    assert by_rows(np.empty((3, 0))).shape[1] == 3
    assert adjusted(np.array([]), by_rows(np.empty((0, 5)))).size == 0


def test_sweeps_of_a_hundred_points_draw_fewer_numbers() -> None:
    assert [len(by_rows(np.eye(points))) for points in (3, 100, 125)] == [20_000, 5_000, 3_200]


@given(p_values())
def test_independent_comparisons_have_no_larger_p_than_holms_but_for_chance(p: Array) -> None:
    ours, holms = adjusted(p, by_rows(INDEPENDENT)), holm(p)
    assert (ours <= holms + 0.015).all()
    assert (ours >= p).all()


def test_comparisons_that_are_nearly_the_same_have_much_smaller_p_than_holms() -> None:
    p = np.linspace(0.02, 0.021, POINTS)
    assert (adjusted(p, by_rows(ALIKE)) < 0.03).all()
    assert (holm(p) >= 0.16).all()


@given(p_values(), st.permutations(range(POINTS)))
def test_adjusting_keeps_the_order_of_the_p_values_whatever_the_order_of_the_points(
    p: Array, permutation: list[int]
) -> None:
    drawn, order = by_rows(CORRELATED), np.array(permutation)
    found = adjusted(p, drawn)
    assert (np.diff(found[np.argsort(p, kind="stable")]) >= 0).all()
    assert ((found >= p) & (found <= 1)).all()
    if len(set(p)) == POINTS:
        np.testing.assert_array_equal(adjusted(p[order], drawn[:, order]), found[order])


@pytest.mark.parametrize("drawn", [by_rows(CORRELATED), None], ids=["by rows", "by trials"])
def test_what_is_no_comparison_stays_missing_and_counts_for_nothing(drawn: Array | None) -> None:
    p, some = P.copy(), np.array([1, 2, 5])
    p[[0, 3, 4, 6, 7]] = np.nan
    found = adjusted(p, drawn)
    assert np.isnan(found[[0, 3, 4, 6, 7]]).all()
    np.testing.assert_array_equal(found[some], adjusted(p[some], None if drawn is None else drawn[:, some]))
    assert np.isnan(adjusted(np.full(POINTS, np.nan), drawn)).all()
    alone = np.where(np.arange(POINTS) == 2, 0.02, np.nan)
    assert adjusted(alone, drawn)[2] == pytest.approx(0.02, abs=0.005)


def test_the_surest_and_the_least_sure_stay_so() -> None:
    found = adjusted(np.array([0.0, 1.0, *P[2:]]), by_rows(CORRELATED))
    assert found[:2].tolist() == [0, 1]
    level = CORRELATED.copy()
    level[0] = 0  # no spread at all
    assert adjusted(np.array([0.01, 1.0, *P[2:]]), by_rows(level))[0] >= 0.01


@pytest.mark.parametrize("influence", [CORRELATED, INDEPENDENT, ALIKE], ids=["correlated", "independent", "alike"])
def test_intervals_at_the_joint_level_hold_all_at_once_as_often_as_asked_for(influence: Array) -> None:
    level = joint_level(np.ones(POINTS, dtype=bool), by_rows(influence), 0.1)
    fresh = np.random.default_rng(3).standard_normal((20_000, influence.shape[1])) @ influence.T
    outside = np.abs(fresh) > stats.norm.isf(level / 2) * np.sqrt((influence**2).sum(axis=1))
    assert outside.any(axis=1).mean() == pytest.approx(0.1, abs=0.01)


def test_the_joint_level_is_bonferronis_at_least_and_the_plain_one_at_most() -> None:
    every = np.ones(POINTS, dtype=bool)
    assert joint_level(every, by_rows(ALIKE), 0.05) == pytest.approx(0.05, abs=0.008)
    assert joint_level(every, None, 0.05) == 0.05 / POINTS
    independent = joint_level(every, by_rows(INDEPENDENT), 0.05)
    assert 0.05 / POINTS <= independent == pytest.approx(1 - 0.95 ** (1 / POINTS), abs=0.001)
    assert joint_level(every, np.zeros((100, POINTS)), 0.05) == 0.05
    for drawn in (by_rows(CORRELATED), None):
        assert joint_level(every & False, drawn, 0.05) == 0.05
        assert joint_level(np.arange(POINTS) == 3, drawn, 0.05) == 0.05


@settings(max_examples=10)  # multipletests collects garbage at every call
@given(arrays(float, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holms_are_those_of_statsmodels(p: Array) -> None:
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_of_no_p_values_holm_makes_none() -> None:
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert holm(np.array([])).size == 0
