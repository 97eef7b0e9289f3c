from __future__ import annotations

import builders
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from stats.sweeps import arranged, arranged_by_row, summarized, summarized_by_row, sweep, trials_with_predictions

from dropout_lab.errors import ResultsError
from dropout_lab.stats import Design, contrast, same_split
from dropout_lab.stats.contrast import Contrast

FOLDS, SEEDS = Design(5, 2), Design(1, 6)
RNG = np.random.default_rng(3)
FIRST, SECOND = RNG.uniform(0.6, 0.9, (2, 5)), RNG.uniform(0.7, 1, (2, 5))


def test_results_on_the_same_rows_are_compared_as_two_rates_of_one_sweep() -> None:
    found = contrast(arranged(sweep({0.2: FIRST}), FOLDS), arranged(sweep({0.2: SECOND}), FOLDS), same_rows=True)
    row = summarized(sweep({0.0: FIRST, 0.5: SECOND}), FOLDS).iloc[1]
    assert found.paired
    assert (found.n, found.df) == (10, 9)
    assert (found.diff, found.low, found.high) == pytest.approx((row["diff"], row["diff_low"], row["diff_high"]))
    assert (found.t, found.p) == pytest.approx((row["t"], row["p"]))
    chances = found.prob_better, found.prob_same, found.prob_worse
    assert chances == pytest.approx((row["prob_better"], row["prob_same"], row["prob_worse"]))


def test_only_pairs_that_both_results_have_count() -> None:
    second = SECOND.copy()
    second[1, 2:] = np.nan
    found = contrast(
        arranged(sweep({0.2: FIRST[:1]}), Design(5, 1)), arranged(sweep({0.2: second}), FOLDS), same_rows=True
    )
    assert (found.paired, found.n) == (True, 5)
    assert found.diff == pytest.approx(second[0].mean() - FIRST[0].mean())
    nothing = contrast(
        arranged(sweep({0.2: FIRST}), FOLDS), arranged(sweep({0.2: FIRST * np.nan}), FOLDS), same_rows=True
    )
    assert (nothing.paired, nothing.n) == (False, 10)
    assert np.isnan([nothing.diff, nothing.p]).all()


def test_seeds_on_other_rows_are_compared_by_welchs_test() -> None:
    first, second = FIRST.ravel()[:6, np.newaxis], SECOND.ravel()[:4, np.newaxis]
    found = contrast(
        arranged(sweep({0.2: first}), SEEDS), arranged(sweep({0.2: second}), Design(1, 4)), same_rows=False
    )
    welch = stats.ttest_ind(second.ravel(), first.ravel(), equal_var=False)
    assert (found.paired, found.n) == (False, 10)
    assert (found.t, found.p, found.df) == pytest.approx((welch.statistic, welch.pvalue, welch.df))
    assert (found.low, found.high) == pytest.approx(tuple(welch.confidence_interval()))


def test_folds_that_differ_are_corrected_each() -> None:
    found = contrast(arranged(sweep({0.2: FIRST}), FOLDS), arranged(sweep({0.2: SECOND}), FOLDS), same_rows=False)
    variance = (1 / 10 + 1 / 4) * (FIRST.var(ddof=1) + SECOND.var(ddof=1))
    assert found.t == pytest.approx((SECOND.mean() - FIRST.mean()) / np.sqrt(variance))


@pytest.mark.parametrize("same_rows", [True, False])
def test_turning_the_two_round_turns_the_signs_round(same_rows: bool) -> None:
    one, other = sweep({0.2: FIRST}, metric="loss"), sweep({0.2: SECOND}, metric="loss")
    forth = contrast(arranged(one, FOLDS, metric="loss"), arranged(other, FOLDS, metric="loss"), same_rows=same_rows)
    back = contrast(arranged(other, FOLDS, metric="loss"), arranged(one, FOLDS, metric="loss"), same_rows=same_rows)
    assert (forth.diff, forth.low, forth.prob_better) == pytest.approx((-back.diff, -back.high, back.prob_worse))
    assert forth.diff > 0
    assert forth.prob_better < forth.prob_worse


def test_equal_results_do_not_differ() -> None:
    level = sweep({0.2: np.full((2, 5), 0.5)}, metric="loss")
    for same_rows in (True, False):
        found = contrast(*(arranged(level, FOLDS, metric="loss") for _ in range(2)), same_rows=same_rows)
        assert (found.diff, found.low, found.high, found.p, found.prob_same) == (0, 0, 0, 1, 1)


def test_a_few_equal_trials_of_either_result_prove_nothing() -> None:
    first, second = (sweep({0.2: np.full((1, 3), value)}, metric="loss") for value in (0.5, 0.6))
    for same_rows in (True, False):
        found = contrast(
            *(arranged(each, Design(3, 1), metric="loss") for each in (first, second)), same_rows=same_rows
        )
        assert found.p == pytest.approx(0.25)
        assert np.isnan([found.prob_better, found.prob_same, found.prob_worse]).all()


def assert_as_in_a_sweep(found: Contrast, row: pd.Series) -> None:
    """Assert that the second result differs as the second point of a sweep does from the first, its baseline."""
    pairs = {"n": "pairs", "low": "diff_low", "high": "diff_high"}
    for name in ("n", "diff", "low", "high", "t", "p", "prob_better", "prob_same", "prob_worse"):
        assert getattr(found, name) == pytest.approx(row[pairs.get(name, name)], nan_ok=True), name


@pytest.mark.parametrize("metric", ["accuracy", "loss", "brier"])
@pytest.mark.parametrize("groups", [None, np.arange(20) // 2])
def test_with_predictions_results_on_the_same_rows_are_compared_row_by_row(
    metric: str, groups: np.ndarray[tuple[int], np.dtype[np.int64]] | None
) -> None:
    values = np.random.default_rng(1).integers(0, 2, (2, 3, 20))
    first, second = (arranged_by_row({0.2: each}, folds=5, metric=metric, groups=groups) for each in values)
    found = contrast(first, second, same_rows=True)
    assert found.paired
    both = summarized_by_row(dict(zip((0.0, 0.5), values, strict=True)), folds=5, metric=metric, groups=groups)
    assert_as_in_a_sweep(found, both.loc[1])
    by_fold = contrast(*(arranged(each.frame, Design(5, 3), metric=metric) for each in (first, second)), same_rows=True)
    assert found.high - found.low < by_fold.high - by_fold.low


def test_with_predictions_only_rows_of_repeats_that_both_results_have_count() -> None:
    values = np.random.default_rng(2).integers(0, 2, (2, 4, 20))
    more, fewer = arranged_by_row({0.2: values[0]}, folds=5), arranged_by_row({0.2: values[1, :2]}, folds=5)
    both = summarized_by_row({0.0: values[0, :2], 0.5: values[1, :2]}, folds=5).loc[1]
    assert_as_in_a_sweep(contrast(more, fewer, same_rows=True), both)


def test_where_one_result_has_no_predictions_whole_trials_are_compared() -> None:
    values = np.random.default_rng(3).integers(0, 2, (2, 2, 20))
    first, second = (arranged_by_row({0.2: each}, folds=5) for each in values)
    alone = arranged(second.frame, Design(5, 2))
    neither = contrast(arranged(first.frame, Design(5, 2)), alone, same_rows=True)
    assert contrast(first, alone, same_rows=True) == neither
    assert contrast(alone, first, same_rows=True).p == pytest.approx(neither.p)


def test_without_predictions_equal_accuracies_on_the_same_rows_may_differ_by_a_row() -> None:
    level = sweep({0.2: np.full((2, 5), 0.5)})
    found = contrast(arranged(level, FOLDS), arranged(level, FOLDS), same_rows=True)
    both = summarized(pd.concat([level, level.assign(rate=0.0, trial="0 " + level["trial"])]), FOLDS)
    assert_as_in_a_sweep(found, both.loc[1])
    assert found.low < 0 < found.high


def test_with_predictions_results_on_other_rows_are_compared_by_the_errors_of_their_rows() -> None:
    values = np.random.default_rng(4).integers(0, 2, (2, 1, 400))
    first, second = (arranged_by_row({0.2: each}) for each in values)
    found = contrast(first, second, same_rows=False)
    welch = stats.ttest_ind(*values[::-1, 0], equal_var=False)
    assert (found.paired, found.n) == (False, 2)
    assert (found.t, found.df) == pytest.approx((welch.statistic, welch.df), rel=0.01)


def test_predictions_that_share_no_row_leave_nothing_to_tell() -> None:
    first = arranged_by_row({0.2: [[1, 0, 1, 1]]})
    trials, answers = trials_with_predictions({0.2: [[1, 1, 1, 0]]})
    second = arranged(trials, Design(1, 1), predictions=answers.assign(row=answers["row"] + 100))
    found = contrast(first, second, same_rows=True)
    assert np.isnan([found.low, found.high, found.p, found.prob_same]).all()


def test_more_than_one_point_is_refused() -> None:
    with pytest.raises(ResultsError, match="choose one point of the sweep"):
        contrast(
            arranged(sweep({0.0: FIRST, 0.2: FIRST}), FOLDS), arranged(sweep({0.2: SECOND}), FOLDS), same_rows=True
        )


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"evaluation.repeats": 9}, True),
        ({"evaluation.seed": 8}, True),
        ({"training.epochs": 9, "model.hidden": [7]}, True),
        ({"dataset.train_rows": 50}, True),
        ({"evaluation.monte_carlo": 50, "evaluation.measures": ["activations"]}, True),
        ({"evaluation.split_seed": 8}, False),
        ({"evaluation.folds": 4}, False),
        ({"evaluation": {"split": "holdout"}}, False),
        ({"dataset": {"name": "wine"}}, False),
    ],
)
def test_what_decides_the_held_out_rows_decides_whether_they_are_the_same(
    changes: dict[str, object], same: bool
) -> None:
    assert same_split(builders.experiment(), builders.experiment(changes)) is same


def test_the_official_test_set_is_the_same_whatever_the_seed() -> None:
    first, second = (builders.experiment({"evaluation": {"split": "test", "split_seed": seed}}) for seed in (1, 2))
    assert same_split(first, second)
