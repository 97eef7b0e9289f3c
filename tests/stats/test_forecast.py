from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pytest
from stats.sweeps import predictions

from dropout_lab.seeds import derive_seed
from dropout_lab.stats import Forecast, bbc_cv

RATES = tuple(round(0.1 * step, 1) for step in range(10))


def _right(accuracy: float, shape: tuple[int, ...], seed: int) -> dict[float, np.ndarray]:  # type: ignore[type-arg]
    """Return answers of ten settings that are all right with the same chance."""
    rng = np.random.default_rng(seed)
    return {rate: rng.random(shape) < accuracy for rate in RATES}


def test_the_best_of_ten_equal_settings_looks_too_good_and_its_forecast_does_not() -> None:
    """80 worlds of 208 rows: the mean forecast is the truth to within three of its standard errors."""
    found = [bbc_cv(predictions(_right(0.8, (1, 208), seed)), bootstraps=200) for seed in range(80)]
    forecasts = [each for each in found if each is not None]
    apparent = np.array([each.apparent for each in forecasts])
    estimate = np.array([each.estimate for each in forecasts])
    assert apparent.mean() - 0.8 > 0.03
    assert abs(estimate.mean() - 0.8) < 3 * estimate.std() / np.sqrt(len(estimate))
    assert np.mean([each.apparent - each.estimate for each in forecasts]) == pytest.approx(
        apparent.mean() - estimate.mean()
    )
    assert np.mean([each.low < 0.8 < each.high for each in forecasts]) > 0.9


def test_a_setting_that_is_clearly_best_keeps_its_accuracy() -> None:
    right = _right(0.5, (1, 400), 1) | {0.3: np.arange(400) % 10 > 0}
    forecast = bbc_cv(predictions(right))
    assert forecast is not None
    assert forecast.apparent == 0.9
    assert forecast.estimate == pytest.approx(0.9, abs=0.002)
    assert (forecast.points, forecast.rows) == (10, 400)


def test_it_is_what_a_plain_loop_over_the_bootstraps_finds() -> None:
    right = _right(0.7, (3, 60), 5)
    rng = np.random.default_rng(derive_seed(4, "bbc-cv"))
    shares = np.array([each.mean(axis=0) for each in right.values()])
    scores = []
    for _ in range(150):
        drawn = rng.integers(60, size=60)
        left = np.setdiff1d(np.arange(60), drawn)
        best = int(np.argmax([round(share[drawn].sum(), 9) for share in shares]))
        scores.append(shares[best][left].mean())
    forecast = bbc_cv(predictions(right, folds=5), bootstraps=150, seed=4)
    assert forecast is not None
    low, high = np.quantile(scores, [0.025, 0.975])
    expected = Forecast(float(np.mean(scores)), low, high, shares.mean(axis=1).max(), 10, 60)
    assert dataclasses.astuple(forecast) == pytest.approx(dataclasses.astuple(expected))


def test_the_same_seed_gives_the_same_numbers_whatever_the_order_of_the_rows() -> None:
    frame = predictions(_right(0.7, (2, 50), 2), folds=5)
    assert bbc_cv(frame) == bbc_cv(frame.sample(frac=1, random_state=1))
    assert bbc_cv(frame) != bbc_cv(frame, seed=1)


@pytest.mark.parametrize("cells", [1, 350, 10_000])
def test_how_many_bootstraps_are_reckoned_at_once_changes_no_number(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = predictions(_right(0.7, (2, 51), 2), folds=5)
    expected = bbc_cv(frame, bootstraps=90)
    monkeypatch.setattr("dropout_lab.stats.forecast._CELLS", cells)
    assert bbc_cv(frame, bootstraps=90) == expected


def test_the_memory_does_not_grow_with_the_bootstraps_where_there_are_many_rows() -> None:
    frame = predictions({rate: np.arange(150_000)[np.newaxis] % 5 > 0 for rate in (0.0, 0.5)})
    peaks = []
    for bootstraps in (6, 40):
        tracemalloc.start()
        bbc_cv(frame, bootstraps=bootstraps)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_rows_of_a_group_are_drawn_as_one() -> None:
    """Groups of ten equal rows forecast as the rows that they repeat."""
    right = {rate: table[:, :30] for rate, table in _right(0.7, (2, 30), 8).items()}
    groups = {rate: np.repeat(table, 10, axis=1) for rate, table in right.items()}
    by_group = bbc_cv(predictions(groups, folds=5, groups=np.repeat(np.arange(30), 10)))
    assert by_group == bbc_cv(predictions(right, folds=5))
    by_row = bbc_cv(predictions(groups, folds=5))
    assert by_group is not None
    assert by_row is not None
    assert (by_group.rows, by_row.rows) == (30, 300)
    assert by_group.high - by_group.low > 2 * (by_row.high - by_row.low)


def test_a_larger_group_counts_for_more() -> None:
    """It is what a plain loop over the bootstraps finds: of rows that are not drawn, the share that are right."""
    rng = np.random.default_rng(9)
    group = np.repeat(np.arange(12), rng.integers(1, 6, 12))
    right = {rate: rng.random((2, len(group))) < 0.6 for rate in (0.0, 0.2, 0.5)}
    counts = np.array([[table[:, group == each].sum() for each in range(12)] for table in right.values()])
    sizes, scores = 2 * np.bincount(group), []
    draw = np.random.default_rng(derive_seed(0, "bbc-cv"))
    for _ in range(80):
        drawn = draw.integers(12, size=12)
        left = np.setdiff1d(np.arange(12), drawn)
        best = int(np.argmax([count[drawn].sum() for count in counts]))
        scores.append(counts[best][left].sum() / sizes[left].sum())
    forecast = bbc_cv(predictions(right, folds=3, groups=group), bootstraps=80)
    assert forecast is not None
    low, high = np.quantile(scores, [0.025, 0.975])
    expected = (np.mean(scores), low, high, counts.sum(axis=1).max() / sizes.sum(), 3, 12)
    assert dataclasses.astuple(forecast) == pytest.approx(expected)


def test_a_point_with_a_diverged_trial_is_not_chosen_and_none_is_where_all_have_one() -> None:
    right = {0.0: np.array([[1, 0, 1, 0]] * 2), 0.5: np.array([[1, 1, 1, 1], [np.nan] * 4])}
    forecast = bbc_cv(predictions(right))
    assert forecast is not None
    assert (forecast.apparent, forecast.points) == (0.5, 1)
    lame = {0.0: np.array([[1, np.nan]]), 0.5: np.array([[np.nan, 1]])}
    assert bbc_cv(predictions(lame)) is None


def test_one_row_leaves_nothing_to_score_on() -> None:
    assert bbc_cv(predictions({0.0: [[1]], 0.5: [[0]]})) is None
