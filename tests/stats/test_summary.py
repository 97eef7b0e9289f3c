from __future__ import annotations

import builders
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from stats.sweeps import design, summarized, sweep

from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.stats import Design, completed

COLUMNS = (
    *("rate", "n", "failed", "mean", "sd", "ci_low", "ci_high", "diff", "diff_low", "diff_high", "pairs"),
    *("t", "p", "p_holm", "prob_better", "prob_same", "prob_worse"),
)
DIFFERENCE = list(COLUMNS[COLUMNS.index("diff") :])
Values = np.ndarray[tuple[int, int, int], np.dtype[np.float64]]

# Accuracies of three rates, two repeats, five folds, in whole percent: sums and differences are far from rounding.
tables = arrays(int, (3, 2, 5), elements=st.integers(0, 100)).map(lambda table: table / 100)


def _values(table: Values) -> dict[float, Values]:
    return dict(zip((0.0, 0.2, 0.5), table, strict=True))


def _summary(table: Values, **options: object) -> pd.DataFrame:
    return summarized(sweep(_values(table)), Design(5, 2), **options)


def test_a_rate_has_the_columns_in_order_and_the_mean_and_sample_sd_of_its_trials() -> None:
    summary = summarized(sweep({0.2: [[0.8, 0.9, 1.0]]}, rows=210), Design(3, 1))
    assert tuple(summary) == COLUMNS
    row = summary.iloc[0]
    assert (row["n"], row["failed"], row["mean"], row["sd"]) == (3, 0, pytest.approx(0.9), pytest.approx(0.1))
    half = 4.302653 * np.sqrt(1 / 3 + 1 / 2) * 0.1
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.9 - half, 0.9 + half), rel=1e-4)


def test_points_with_other_numbers_of_training_rows_have_their_own_intervals_and_differences_the_wider_ones() -> None:
    """Each point alone gives its interval; 20 rows are held out of 100, and learnt from are 80 of them, or 10."""
    values = {0.0: [[0.8, 0.9, 1.0, 0.7, 0.6]], 0.5: [[0.7, 0.7, 0.9, 0.6, 0.8]]}
    many = sweep(values, rows=100, axis={"dataset.train_rows": 80})
    few = sweep(values, rows=100, axis={"dataset.train_rows": 10}).assign(train_rows=10)
    by = ("rate", "dataset.train_rows")
    both = summarized(pd.concat([many, few]), Design(5, 1), columns=by, baseline=(0.0, 80))
    for alone, rows in ((few, [0, 2]), (many, [1, 3])):
        own = summarized(alone, Design(5, 1))
        assert both.loc[rows, ["ci_low", "ci_high"]].to_numpy() == pytest.approx(own[["ci_low", "ci_high"]].to_numpy())
    narrow, wide = (summarized(each, Design(5, 1)).loc[1, ["diff_low", "diff_high"]].tolist() for each in (many, few))
    assert both.loc[3, ["diff_low", "diff_high"]].tolist() == pytest.approx(narrow)
    assert both.loc[2, ["diff_low", "diff_high"]].tolist() == pytest.approx(wide)
    other = summarized(pd.concat([many, few]), Design(5, 1), columns=by, baseline=(0.0, 10))
    assert other.loc[3, ["diff_low", "diff_high"]].tolist() == pytest.approx(wide)


def test_failed_trials_are_counted_not_averaged_and_have_no_pair() -> None:
    values = {0.0: [[0.8, np.nan, 0.6, 0.7]], 0.5: [[0.9, 0.9, np.nan, 0.9]], 0.9: [[np.nan] * 4]}
    summary = summarized(sweep(values), Design(4, 1))
    assert summary[["n", "failed", "pairs"]].to_numpy().tolist() == [[3, 1, 0], [3, 1, 2], [0, 4, 0]]
    assert summary["mean"].tolist()[:2] == pytest.approx([0.7, 0.9])
    assert summary["diff"][1] == pytest.approx((0.1 + 0.2) / 2)
    assert summary.iloc[2][["mean", "sd", "ci_low", *DIFFERENCE]].drop("pairs").isna().all()


def test_a_trial_that_lacks_only_the_metric_has_not_failed() -> None:
    trials = sweep({0.0: [[0.8, np.nan, np.nan, 0.7]]}, metric="r2")
    trials.loc[1, "status"] = "ok"
    assert summarized(trials, Design(4, 1), metric="r2")[["n", "failed"]].to_numpy().tolist() == [[2, 1]]


def test_the_baseline_has_no_difference_from_itself_and_without_one_nothing_has() -> None:
    summary = summarized(sweep({0.0: [[0.8, 0.9]], 0.5: [[0.7, 0.7]]}), Design(2, 1))
    assert summary["diff"].isna().tolist() == [True, False]
    bare = summarized(sweep({0.1: [[0.8, 0.9]], 0.5: [[0.7, 0.7]]}), Design(2, 1))
    assert bare[DIFFERENCE].drop(columns="pairs").isna().all(axis=None)
    assert bare["pairs"].tolist() == [0, 0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (3, 1)])
def test_a_single_value_has_no_interval(shape: tuple[int, int]) -> None:
    values = {0.0: np.full(shape, 0.8), 0.5: np.full(shape, 0.9)}
    summary = summarized(sweep(values), design(values))
    intervals = summary.loc[1, ["sd", "ci_low", "ci_high", "diff_low", "diff_high", "p", "prob_same"]]
    assert intervals.isna().all() == (shape == (1, 1))
    assert summary["diff"][1] == pytest.approx(0.1)


def test_seeds_on_a_fixed_split_are_not_corrected() -> None:
    seeds = np.array([0.1, 0.2, 0.4])
    values = {0.0: np.zeros((3, 1)), 0.5: seeds[:, np.newaxis]}
    row = summarized(sweep(values), Design(1, 3)).iloc[1]
    assert row["t"] == pytest.approx(seeds.mean() / (seeds.std(ddof=1) / np.sqrt(3)))


@given(tables)
def test_the_order_of_the_rows_changes_nothing(table: Values) -> None:
    trials = sweep(_values(table))
    shuffled = trials.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        summarized(trials, Design(5, 2)), summarized(shuffled, Design(5, 2)), check_exact=True
    )


@given(tables)
def test_adding_a_constant_shifts_the_means_and_nothing_else(table: Values) -> None:
    before, after = _summary(table), _summary(table + 1)
    means = ["mean", "ci_low", "ci_high"]
    np.testing.assert_allclose(after[means], before[means] + 1, atol=1e-9)
    rest = before.columns.difference(means)
    np.testing.assert_allclose(after[rest], before[rest], rtol=1e-6, atol=1e-9)


@given(tables)
def test_swapping_the_baseline_turns_the_signs_round(table: Values) -> None:
    forth = _summary(table, baseline=(0.0,)).loc[1]
    back = _summary(table, baseline=(0.2,)).loc[0]
    signed = ["diff", "diff_low", "diff_high", "t"]
    np.testing.assert_allclose(forth[signed], -back[["diff", "diff_high", "diff_low", "t"]].to_numpy())
    chances = ["p", "prob_better", "prob_same", "prob_worse"]
    np.testing.assert_allclose(forth[chances], back[["p", "prob_worse", "prob_same", "prob_better"]], atol=1e-12)


@given(tables)
def test_a_lower_loss_is_a_better_one(table: Values) -> None:
    values = _values(table)
    gain = summarized(sweep(values), Design(5, 2)).loc[1:]
    loss = summarized(sweep(values, metric="loss"), Design(5, 2), metric="loss").loc[1:]
    assert gain["diff"].tolist() == loss["diff"].tolist()
    assert gain["prob_better"].tolist() == loss["prob_worse"].tolist()
    assert gain["prob_worse"].tolist() == loss["prob_better"].tolist()


def test_points_are_told_apart_by_every_axis_of_the_sweep() -> None:
    slow = sweep({0.0: [[0.1, 0.3]], 0.5: [[0.2, 0.2]]}, axis={"training.optimizer.learning_rate": 0.01})
    fast = sweep({0.5: [[0.6, 0.8]]}, axis={"training.optimizer.learning_rate": 0.1})
    by = ("rate", "training.optimizer.learning_rate")
    trials = pd.concat([fast, slow])
    summary = summarized(trials, Design(2, 1), columns=by)
    assert summary[list(by)].to_numpy().tolist() == [[0, 0.01], [0.5, 0.01], [0.5, 0.1]]
    assert summary["diff"].tolist()[1:] == pytest.approx([0, 0.5])
    chosen = summarized(trials, Design(2, 1), columns=by, baseline=(0.5, 0.1))
    assert chosen["diff"].tolist()[:2] == pytest.approx([-0.5, -0.5])
    with pytest.raises(ResultsError, match="name every axis of the sweep"):
        summarized(trials, Design(2, 1))


def test_several_points_at_rate_0_are_no_baseline_and_a_rate_may_be_missing() -> None:
    none = sweep({0.0: [[0.1, 0.3]]}, axis={"training.epochs": 5})
    more = sweep({0.0: [[0.2, 0.3]], np.nan: [[0.5, 0.6]]}, axis={"training.epochs": 9})
    summary = summarized(pd.concat([none, more]), Design(2, 1), columns=("rate", "training.epochs"))
    assert summary["n"].tolist() == [2, 2, 2]
    assert summary["diff"].isna().all()


def test_a_baseline_may_differ_from_the_files_number_in_its_last_digit() -> None:
    summary = summarized(sweep({0.1 * 3: [[0.1, 0.3]], 0.5: [[0.2, 0.3]]}), Design(2, 1), baseline=(0.3,))
    assert summary["diff"].isna().tolist() == [True, False]


def test_a_point_without_a_rate_can_be_the_baseline() -> None:
    summary = summarized(sweep({0.2: [[0.1, 0.3]], np.nan: [[0.2, 0.3]]}), Design(2, 1), baseline=(np.nan,))
    assert summary["diff"].isna().tolist() == [False, True]


def test_what_is_not_there_is_refused() -> None:
    trials = sweep({0.0: [[0.1, 0.3]]})
    with pytest.raises(ResultsError, match=r"no point 0\.3 of rate"):
        summarized(trials, Design(2, 1), baseline=(0.3,))
    with pytest.raises(ResultsError, match="expected one of accuracy, loss"):
        summarized(trials, Design(2, 1), metric="speed")


def test_a_planned_point_without_trials_has_a_row_that_says_so() -> None:
    planned = plan(builders.experiment({"sweep": {"dropout.rate": [0, 0.1, 0.3]}, "evaluation.folds": 2}))
    trials = pd.DataFrame([(each.id, each.repeat, each.fold, "ok", 18, 9, 0.5) for each in planned[4:-1]])
    trials.columns = pd.Index(["trial", "repeat", "fold", "status", "train_rows", "test_rows", "accuracy"])
    rates = {each.id: each.experiment.dropout.rate for each in planned}
    for some, counts in ((trials, [0, 4, 3]), (trials.iloc[:0], [0, 0, 0])):
        everything = completed(some, planned)
        summary = summarized(everything.assign(rate=everything["trial"].map(rates)), Design(2, 2))
        assert summary["rate"].tolist() == [0, 0.1, 0.3]
        assert summary["n"].tolist() == counts
        assert summary["failed"].tolist() == [0, 0, 0]
        assert summary.loc[0, ["mean", "sd", "ci_low", "diff", "p", "prob_same"]].isna().all()


def test_a_finished_sweep_is_complete_as_it_is() -> None:
    planned = plan(builders.experiment())
    trials = pd.DataFrame({"trial": [each.id for each in planned]})
    assert completed(trials, planned) is trials


@pytest.mark.parametrize("column", ["repeat", "fold"])
def test_a_trial_that_is_not_planned_is_refused(column: str) -> None:
    trials = sweep({0.0: [[0.1, 0.3]]})
    trials.loc[1, column] = 7
    with pytest.raises(ResultsError, match=rf"{column} 7.* is not planned: expected repeats from 0 to 0 and folds"):
        summarized(trials, Design(2, 1))


def test_no_trials_make_no_rows() -> None:
    assert summarized(sweep({0.0: [[0.1, 0.3]]}).iloc[:0], Design(2, 1)).empty
