from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from stats.sweeps import arranged, arranged_by_row, design, sweep

from dropout_lab.stats import Design, TrialMatrix, selection
from dropout_lab.stats.selection import best_index, chances_of_best

Array = NDArray[np.float64]
Values = dict[float, list[list[float]]]


def matrix(values: Values, metric: str = "accuracy") -> TrialMatrix:
    return arranged(sweep(values, metric=metric), design(values), metric=metric)


def best(values: Values, metric: str = "accuracy") -> int | None:
    return best_index(matrix(values, metric))


def by_row(values: Array, folds: int = 10) -> TrialMatrix:
    """Return points of one repeat with these values, any numbers, of shape (points, rows); no error is added."""
    plain = arranged_by_row({float(point): [np.ones(values.shape[1])] for point in range(len(values))}, folds=folds)
    assert plain.rows is not None
    cells = replace(plain.rows.cells, minimum_error=0.0)
    trials = np.stack([values[:, fold::folds].mean(axis=1) for fold in range(folds)], axis=1)
    return replace(plain, values=trials, rows=replace(plain.rows, values=values[:, plain.rows.row], cells=cells))


def test_the_best_mean_is_best_whichever_way_the_metric_is_good() -> None:
    values = {0.0: [[0.5, 0.5]], 0.2: [[0.6, 0.8]], 0.5: [[0.1, 0.2]]}
    assert best(values) == 1
    assert best(values, "loss") == 2


def test_of_equal_means_the_lowest_rate_wins_even_if_they_differ_by_rounding() -> None:
    values = {0.0: [[0.1, 0.2, 0.1]], 0.2: [[0.1, 0.2, 0.3]], 0.5: [[0.3, 0.2, 0.1]], 0.7: [[0.3, 0.1, 0.2]]}
    assert len({float(np.mean(values[rate])) for rate in (0.2, 0.5, 0.7)}) > 1
    assert best(values) == 1


def test_a_rate_that_lacks_a_result_is_never_chosen_and_never_compared() -> None:
    values = {0.0: [[0.5, 0.6]], 0.2: [[0.9, np.nan]], 0.3: [[0.4, 0.4]]}
    assert best(values) == 0
    assert np.isnan(chances_of_best(matrix(values))).tolist() == [False, True, False]
    assert best({0.2: [[0.9, np.nan]]}) is None
    trials = sweep({0.0: [[0.5, 0.5]], 0.2: [[0.9, 0.9]]})
    assert best_index(arranged(trials.iloc[:-1], Design(2, 1))) == 0
    assert np.isnan(chances_of_best(arranged(trials.iloc[:-1], Design(2, 1)))).all()


@pytest.mark.parametrize("absent", ["fold == 1", "repeat == 1"])
def test_where_a_fold_or_repeat_is_missing_everywhere_nothing_is_chosen(absent: str) -> None:
    trials = sweep({0.0: np.full((2, 2), 0.5), 0.2: np.full((2, 2), 0.9)})
    assert best_index(arranged(trials, Design(2, 2))) == 1
    lacking = arranged(trials.query(f"not {absent}"), Design(2, 2))
    assert best_index(lacking) is None
    assert np.isnan(chances_of_best(lacking)).all()


def test_of_no_points_none_is_best() -> None:
    none = arranged(sweep({0.0: [[0.1, 0.3]]}).iloc[:0], Design(2, 1))
    assert best_index(none) is None
    assert chances_of_best(none).size == 0


def test_a_single_point_and_points_of_one_trial_have_no_chance_to_tell() -> None:
    for values in ({0.2: [[0.9, 0.8]]}, {0.0: [[0.8]], 0.2: [[0.9]]}):
        assert np.isnan(chances_of_best(matrix(values))).all()


def test_two_points_are_told_apart_by_the_one_sided_test_of_their_difference() -> None:
    rng = np.random.default_rng(0)
    for shift in (0.0, 0.2, 0.4):
        values = rng.normal(size=(1, 50)) + 0.5 * rng.normal(size=(2, 50)) + shift * np.array([[0], [1]])
        points = by_row(values)
        difference = points.differences(0)
        t = difference.mean[1] / difference.error[1]
        p = stats.t.sf(t, difference.df[1])
        assert chances_of_best(points) == pytest.approx([p, 1 - p], abs=0.015)


def test_points_whose_seeds_differ_more_than_their_rows_are_compared_by_their_seeds() -> None:
    """Forty seeds on the same rows; by hand: the largest of differences with the covariances that seeds have."""
    rng = np.random.default_rng(3)
    luck, rows = rng.normal(size=(6, 40, 1)), 0.01 * np.arange(6)[:, np.newaxis, np.newaxis] * rng.normal(size=30)
    values = luck + rows
    plain = arranged_by_row({float(point): np.ones((40, 30)) for point in range(6)})
    assert plain.rows is not None
    at = plain.rows.cells.network, plain.rows.row
    cells = replace(plain.rows.cells, minimum_error=0.0)
    points = replace(
        plain,
        values=values.mean(axis=2),
        rows=replace(plain.rows, values=np.stack([each[at] for each in values]), cells=cells),
    )
    found = chances_of_best(points)
    for point in range(6):
        ahead = np.delete(luck[:, :, 0] - luck[point, :, 0], point, axis=0)
        error = ahead.std(axis=1, ddof=1) / np.sqrt(40)
        p = stats.t.sf(ahead.mean(axis=1) / error, 39)
        drawn = rng.multivariate_normal(np.zeros(5), np.corrcoef(ahead), 20_000)
        assert found[point] == pytest.approx((drawn.max(axis=1) >= stats.norm.isf(p.min())).mean(), abs=0.03)


def test_without_predictions_the_smallest_p_counts_once_for_each_other_point() -> None:
    rng = np.random.default_rng(2)
    values = {rate: (0.7 + rate / 4 + rng.normal(0, 0.03, (2, 5))).tolist() for rate in (0.0, 0.1, 0.2)}
    found = chances_of_best(matrix(values))
    for point, rate in enumerate(values):
        smallest = []
        for other in values.keys() - {rate}:
            difference = np.subtract(values[other], values[rate]).ravel()
            error = difference.std(ddof=1) * np.sqrt(1 / 10 + 1 / 4)
            smallest.append(stats.t.sf(difference.mean() / error, 9))
        assert found[point] == pytest.approx(min(1, 2 * min(smallest)))


def test_a_lower_loss_may_be_the_best_where_a_higher_one_is_not() -> None:
    values = {0.0: np.full((1, 40), 0.5), 0.2: 0.7 + np.arange(40) / 1000}
    found = chances_of_best(arranged_by_row(values, folds=5, metric="loss"))
    assert (found[0] > 0.99, found[1] < 0.01) == (True, True)


def test_equal_points_may_each_be_the_best() -> None:
    values = np.tile(np.random.default_rng(1).normal(size=40), (4, 1))
    assert (chances_of_best(by_row(values)) >= 0.5).all()
    assert (chances_of_best(matrix({0.0: [[0.8, 0.9]], 0.2: [[0.8, 0.9]]})) >= 0.5).all()


def test_a_few_trials_that_all_differ_by_the_same_rule_nothing_out() -> None:
    """Each of n signs is as likely as not: half of the two-sided sign test, once for each of two others."""
    for count in (2, 4, 8):
        values = {0.0: np.full((1, count), 0.7), 0.2: np.full((1, count), 0.8), 0.5: np.full((1, count), 0.9)}
        found = chances_of_best(arranged(sweep(values, metric="loss"), Design(count, 1), metric="loss"))
        assert found.tolist() == [1, pytest.approx(min(1, 2 * 0.5**count)), pytest.approx(min(1, 2 * 0.5**count))]


def test_a_point_equal_to_one_that_is_ruled_out_is_ruled_out_as_it_is() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(1, 60)) + np.array([[0.0], [1.0]]) + 0.3 * rng.normal(size=(2, 60))
    found = chances_of_best(by_row(values[[0, 0, 1]]))
    assert found[0] == found[1] < 1e-6
    assert found[2] > 0.9


def test_points_that_are_far_behind_the_best_are_not_looked_at_closer_and_others_have_the_same_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    values = by_row(rng.normal(size=60) + np.array([[0.0], [0.2], [1.0], [1.1], [1.2]]) + rng.normal(size=(5, 60)))
    quick = chances_of_best(values)
    monkeypatch.setattr(selection, "_NEGLIGIBLE", 0.0)
    slow = chances_of_best(values)
    assert ((quick < 1e-4) == (slow < 1e-4)).all()
    assert (quick < 1e-4).any()
    assert (quick[quick >= 1e-4] == slow[quick >= 1e-4]).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_and_of_points_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = {rate: rng.normal(rate, 1, (2, 5)).tolist() for rate in (0.0, 0.1, 0.2)}
    trials = sweep(values)
    shuffled = arranged(trials.sample(frac=1, random_state=seed), Design(5, 2))
    assert best_index(shuffled) == best_index(arranged(trials, Design(5, 2)))
    np.testing.assert_array_equal(chances_of_best(shuffled), chances_of_best(arranged(trials, Design(5, 2))))
    points, order = rng.normal(size=(5, 40)), rng.permutation(5)
    np.testing.assert_allclose(
        chances_of_best(by_row(points[order])), chances_of_best(by_row(points))[order], atol=0.02
    )
