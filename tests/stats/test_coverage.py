"""Intervals hold what they promise, and false alarms are as rare: on simulated trials and rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from stats.sweeps import arranged_by_row, design, summarized, sweep

from dropout_lab.stats import TrialMatrix, summarize
from dropout_lab.stats.cluster_robust import Cells, cluster_robust
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import Estimate, interval, significance
from dropout_lab.stats.simultaneous import adjusted, draws

Array = NDArray[np.float64]


@pytest.fixture(autouse=True, scope="module")
def _fewer_draws() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dropout_lab.stats.simultaneous._DRAWS", 2000)
        yield


TRUTH = 0.02
RUNS = 4000


def _differences(repeats: int, folds: int) -> Array:
    """Return RUNS x (repeats x folds) differences, any two of one run correlated by n_test / (n_test + n_train).

    Shape (RUNS, repeats x folds). Nadeau and Bengio's correction takes this to be so (2003, section 5).
    """
    rho = 1 / folds
    rng = np.random.default_rng(17)
    shared, own = rng.standard_normal((RUNS, 1)), rng.standard_normal((RUNS, repeats * folds))
    return TRUTH + 0.07 * (np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)


def _covered(low: Array, high: Array) -> float:
    return float(np.mean((low < TRUTH) & (high > TRUTH)))


@pytest.mark.parametrize(("repeats", "folds"), [(1, 10), (10, 10), (5, 2)])
def test_the_corrected_interval_covers_the_truth_as_often_as_it_says(repeats: int, folds: int) -> None:
    found = estimate(_differences(repeats, folds), 1 / (folds - 1))
    assert 0.94 < _covered(*interval(found)) < 0.96


@pytest.mark.parametrize(("repeats", "folds", "at_most"), [(1, 10, 0.87), (10, 10, 0.5)])
def test_the_naive_interval_does_not_and_more_repeats_make_it_worse(repeats: int, folds: int, at_most: float) -> None:
    assert _covered(*interval(estimate(_differences(repeats, folds), 0))) < at_most


def test_the_summary_has_the_corrected_interval() -> None:
    values = {0.0: np.zeros((1, 10))} | {
        (1 + run) / RUNS: each[np.newaxis] for run, each in enumerate(_differences(1, 10)[:500])
    }
    summary = summarized(sweep(values), design(values)).iloc[1:]
    assert 0.93 < _covered(summary["diff_low"].to_numpy(), summary["diff_high"].to_numpy()) < 0.97


def _by_row(repeats: int, rows: int, folds: int, parts: tuple[float, float, float]) -> tuple[Estimate, Estimate]:
    """Estimate the mean of RUNS / 2 results row by row, and fold by fold.

    A row's value is the sum of the truth and parts of the row, of the network and of its own, with these standard
    deviations.
    """
    rng = np.random.default_rng(21)
    network = np.concatenate([repeat * folds + rng.permutation(np.arange(rows) % folds) for repeat in range(repeats)])
    cells = Cells(np.tile(np.arange(rows), repeats), network)
    by_row = parts[0] * rng.standard_normal((RUNS // 2, rows))
    by_network = parts[1] * rng.standard_normal((RUNS // 2, repeats * folds))
    own = parts[2] * rng.standard_normal((RUNS // 2, repeats * rows))
    values = TRUTH + by_row[:, cells.unit] + by_network[:, network] + own
    trials = np.stack([values[:, network == each].mean(axis=1) for each in range(repeats * folds)], axis=1)
    fold_by_fold = estimate(trials, 0 if folds == 1 else 1 / (folds - 1))
    return cluster_robust(fold_by_fold, values, cells), fold_by_fold


@pytest.mark.parametrize("parts", [(1, 0, 1), (1, 0.5, 1), (0.3, 0, 2), (1, 0, 0)])
@pytest.mark.parametrize(("repeats", "rows", "folds"), [(1, 60, 10), (5, 60, 10), (3, 200, 5)])
def test_the_interval_by_row_covers_the_truth_as_often_as_it_says_and_is_narrower(
    repeats: int, rows: int, folds: int, parts: tuple[float, float, float]
) -> None:
    """The more so as networks' excess over what rows explain is never counted as less than none."""
    found, fold_by_fold = _by_row(repeats, rows, folds, parts)
    assert 0.935 < _covered(*interval(found)) < 0.985
    if parts[1] == 0:
        assert np.median(found.error / fold_by_fold.error) < (0.8 if parts[2] else 0.95)


@pytest.mark.parametrize("parts", [(1, 0.1, 1), (0.3, 0.3, 1)])
def test_on_a_fixed_split_the_interval_covers_for_other_rows_and_other_seeds_and_that_of_seeds_alone_does_not(
    parts: tuple[float, float, float],
) -> None:
    found, seeds = _by_row(10, 60, 1, parts)
    assert 0.92 < _covered(*interval(found)) < 0.97
    assert _covered(*interval(seeds)) < 0.95 - 0.25 * (parts[0] == 1)


POINTS, ROWS, FOLDS, WORLDS = 10, 100, 10, 200


@pytest.fixture(scope="module")
def template() -> TrialMatrix:
    """Return the trials of ten points, in ten folds."""
    right = np.ones((1, ROWS))
    return arranged_by_row({point / POINTS: right for point in range(POINTS)}, folds=FOLDS)


def _world(template: TrialMatrix, effects: Array, seed: int) -> TrialMatrix:
    """Return trials whose rows' values are correlated between points, more so between neighbors."""
    rng = np.random.default_rng(seed)
    assert template.rows is not None
    steps = 0.3 * rng.standard_normal((POINTS, ROWS)).cumsum(axis=0)
    values = effects[:, np.newaxis] + rng.standard_normal(ROWS) + steps + 0.3 * rng.standard_normal((POINTS, ROWS))
    trials = np.stack([values[:, fold::FOLDS].mean(axis=1) for fold in range(FOLDS)], axis=1)
    rows = replace(template.rows, values=values[:, template.rows.row])
    rows = replace(rows, cells=replace(rows.cells, minimum_error=0.0))
    return replace(template, values=trials, rows=rows)


def test_of_ten_points_that_do_not_differ_one_in_twenty_sweeps_finds_one_that_does(template: TrialMatrix) -> None:
    """Nor is the point that is said to be the best ruled out more often, or an interval off that holds jointly."""
    summaries = [summarize(_world(template, np.zeros(POINTS), seed)) for seed in range(WORLDS)]
    alarms = np.mean([(each["p_adjusted"] < 0.05).any() for each in summaries])
    off = np.mean([((each["joint_low"] > 0) | (each["joint_high"] < 0)).any() for each in summaries])
    unadjusted = np.mean([(each["p"] < 0.05).any() for each in summaries])
    assert alarms < 0.075 < unadjusted
    assert off < 0.075
    for point in (0, 5, 9):
        assert np.mean([each["p_best"][point] >= 0.05 for each in summaries]) > 0.93


@pytest.mark.parametrize("height", [pytest.param(0.1, marks=pytest.mark.slow), 0.4])
def test_the_truly_best_point_is_among_those_that_may_be_and_the_fewer_the_clearer_it_is(
    template: TrialMatrix, height: float
) -> None:
    effects = -height * np.abs(np.arange(POINTS) - 4.0)
    found = np.array([summarize(_world(template, effects, seed))["p_best"] >= 0.05 for seed in range(WORLDS // 2)])
    assert found[:, 4].mean() > 0.93
    assert found.sum(axis=1).mean() < (8 if height == 0.1 else 3)


def test_of_ten_points_whose_seeds_differ_more_than_their_rows_no_more_than_one_in_twenty_sweeps_finds_one() -> None:
    """Twenty seeds on a fixed split: all points differ from the baseline on the same rows, and each by its own seeds.

    The rows alone would have the points be one and the same, and find a difference in one of six sweeps.
    """
    rng, seeds = np.random.default_rng(5), 20
    cells = Cells(np.tile(np.arange(ROWS), seeds), np.repeat(np.arange(seeds), ROWS))
    alarms, by_rows, unadjusted = [], [], []
    for _ in range(WORLDS):
        rows = 0.5 * rng.standard_normal(ROWS) + 0.05 * rng.standard_normal((POINTS, ROWS))
        luck = 0.3 * rng.standard_normal((POINTS, seeds))
        values = rows[:, cells.unit] + (luck - luck[0])[:, cells.network]
        values = values[1:] + 0.4 * rng.standard_normal((POINTS - 1, ROWS * seeds))
        trials = values.reshape(POINTS - 1, seeds, ROWS).mean(axis=2)
        found = cluster_robust(estimate(trials, 0), values, cells)
        assert found.influence is not None
        p = significance(found)[1]
        unadjusted.append(p.min() < 0.05)
        alarms.append(adjusted(p, draws(found.influence)).min() < 0.05)
        rows_only = replace(found.influence, network_scale=np.zeros(POINTS - 1))
        by_rows.append(adjusted(p, draws(rows_only)).min() < 0.05)
    assert np.mean(alarms) < 0.09 < 0.12 < np.mean(by_rows) < np.mean(unadjusted)
