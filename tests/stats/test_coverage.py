"""Intervals hold what they promise, on the model the correction assumes."""

from __future__ import annotations

import numpy as np
import pytest
from stats.sweeps import design, summarized, sweep

from dropout_lab.stats.corrected_t import estimate, interval

TRUTH = 0.02
RUNS = 4000


def _differences(repeats: int, folds: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return RUNS x (repeats x folds) differences, any two of one run correlated by n_test / (n_test + n_train).

    Shape (RUNS, repeats x folds). Nadeau and Bengio's correction takes this to be so (2003, section 5).
    """
    rho = 1 / folds
    rng = np.random.default_rng(17)
    shared, own = rng.standard_normal((RUNS, 1)), rng.standard_normal((RUNS, repeats * folds))
    return TRUTH + 0.07 * (np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)


def _covered(low: np.ndarray, high: np.ndarray) -> float:  # type: ignore[type-arg]
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
