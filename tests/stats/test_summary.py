from __future__ import annotations

import math
from collections.abc import Iterator

import builders
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from stats.sweeps import (
    arranged,
    arranged_by_row,
    design,
    summarized,
    summarized_by_row,
    sweep,
    trials_with_predictions,
)

from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.stats import Design, completed, decide, summarize

COLUMNS = (
    *("rate", "n", "failed", "mean", "sd", "ci_low", "ci_high", "diff", "diff_low", "diff_high", "diff_error"),
    *("diff_row_error", "pairs", "t", "p", "p_adjusted", "joint_low", "joint_high"),
    *("prob_better", "prob_same", "prob_worse", "p_best", "dummy", "p_dummy", "collapsed"),
)
DIFFERENCE = list(COLUMNS[COLUMNS.index("diff") : COLUMNS.index("p_best")])
Values = np.ndarray[tuple[int, int, int], np.dtype[np.float64]]

# Accuracies of three rates, two repeats, five folds, in whole percent: sums and differences are far from rounding.
tables = arrays(int, (3, 2, 5), elements=st.integers(0, 100)).map(lambda table: table / 100)

# Row values of three rates, two repeats, twenty rows: right or wrong answers, or losses in quarters.
rights = arrays(int, (3, 2, 20), elements=st.integers(0, 1))
losses = arrays(int, (3, 2, 20), elements=st.integers(0, 8)).map(lambda table: table / 4)


@pytest.fixture(autouse=True, scope="module")
def _fewer_draws() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dropout_lab.stats.simultaneous._DRAWS", 2000)
        yield


def _values(table: Values) -> dict[float, Values]:
    return dict(zip((0.0, 0.2, 0.5), table, strict=False))


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


@settings(max_examples=25)
@given(tables)
def test_the_order_of_the_rows_changes_nothing(table: Values) -> None:
    trials = sweep(_values(table))
    shuffled = trials.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        summarized(trials, Design(5, 2)), summarized(shuffled, Design(5, 2)), check_exact=True
    )


@settings(max_examples=25)
@given(tables)
def test_adding_a_constant_shifts_the_means_and_nothing_else(table: Values) -> None:
    before, after = _summary(table), _summary(table + 1)
    means = ["mean", "ci_low", "ci_high"]
    np.testing.assert_allclose(after[means], before[means] + 1, atol=1e-9)
    rest = before.columns.difference(means)
    np.testing.assert_allclose(after[rest], before[rest], rtol=1e-6, atol=1e-9)


@settings(max_examples=25)
@given(tables)
def test_swapping_the_baseline_turns_the_signs_round(table: Values) -> None:
    forth = _summary(table, baseline=(0.0,)).loc[1]
    back = _summary(table, baseline=(0.2,)).loc[0]
    signed = ["diff", "diff_low", "diff_high", "t"]
    np.testing.assert_allclose(forth[signed], -back[["diff", "diff_high", "diff_low", "t"]].to_numpy())
    chances = ["p", "prob_better", "prob_same", "prob_worse"]
    np.testing.assert_allclose(forth[chances], back[["p", "prob_worse", "prob_same", "prob_better"]], atol=1e-12)


@settings(max_examples=25)
@given(tables)
def test_a_lower_loss_is_a_better_one(table: Values) -> None:
    values = _values(table)
    gain = summarized(sweep(values, metric="r2"), Design(5, 2), metric="r2").loc[1:]
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


def test_with_predictions_errors_are_those_of_rows_and_without_those_of_folds() -> None:
    """One repeat: 3 of 60 rows are right at rate 0.5 only and 1 at 0 only, which is 2 of 60 more.

    The squares of the differences are 4, so their variance is (4 - 4 / 60) / 59, and the variance of their mean that
    over 60; to it the square of one row is added.
    """
    right = np.arange(60) % 4 > 0
    other = right ^ np.isin(np.arange(60), [0, 4, 8, 1])
    values = {0.0: [right], 0.5: [other]}
    row = summarized_by_row(values, folds=1, margin=0.05).loc[1]
    error = math.sqrt((4 - 4 / 60) / 59 / 60 + 1 / 60**2)
    assert (row["diff"], row["diff_error"]) == (pytest.approx(2 / 60), pytest.approx(error))
    half = stats.t.ppf(0.975, 59) * error
    assert (row["diff_low"], row["diff_high"]) == pytest.approx((2 / 60 - half, 2 / 60 + half))
    assert (row["t"], row["p"]) == pytest.approx((2 / 60 / error, 2 * stats.t.sf(2 / 60 / error, 59)))
    assert row["prob_better"] == pytest.approx(stats.t.sf((0.05 - 2 / 60) / error, 59))
    assert math.isnan(row["diff_row_error"])
    trials, _ = trials_with_predictions(values)
    assert summarized(trials, Design(1, 1)).loc[1, ["diff_error", "diff_low", "p", "p_best"]].isna().all()


def test_of_ten_differences_by_row_the_intervals_are_narrower_than_of_ten_folds() -> None:
    rng = np.random.default_rng(4)
    ease = rng.random(200)
    values = {rate: (rng.random((3, 200)) < 0.6 + 0.4 * ease) * 1 for rate in np.arange(10) / 10}
    trials, answers = trials_with_predictions(values, folds=10)
    by_row = summarize(arranged(trials, Design(10, 3), predictions=answers)).loc[1:]
    by_fold = summarized(trials, Design(10, 3)).loc[1:]
    for columns in (["diff", "mean", "sd", "n", "pairs"],):
        pd.testing.assert_frame_equal(by_row[columns], by_fold[columns])
    for low, high in (("diff_low", "diff_high"), ("joint_low", "joint_high"), ("ci_low", "ci_high")):
        widths = (by_row[high] - by_row[low]) / (by_fold[high] - by_fold[low])
        assert widths.median() < 0.7
    assert (by_row["diff_row_error"] < by_row["diff_error"]).all()
    assert by_fold["diff_row_error"].isna().all()


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
@settings(max_examples=25)
@given(table=rights, random=st.randoms(use_true_random=False))
def test_with_predictions_the_order_of_the_rows_changes_nothing(metric: str, table: Values, random: object) -> None:
    seed = random.randrange(100)  # type: ignore[attr-defined]
    trials, answers = trials_with_predictions(_values(table), folds=5, metric=metric)
    plain = summarize(arranged(trials, Design(5, 2), metric=metric, predictions=answers))
    frames = (frame.sample(frac=1, random_state=seed) for frame in (trials, answers))
    shuffled = summarize(arranged(next(frames), Design(5, 2), metric=metric, predictions=next(frames)))
    pd.testing.assert_frame_equal(plain, shuffled, check_exact=True)


@settings(max_examples=25)
@given(losses)
def test_losses_times_a_constant_have_differences_and_errors_times_that(table: Values) -> None:
    before, after = (summarized_by_row(_values(each), folds=5, metric="loss") for each in (table, 4 * table))
    scaled = ["mean", "sd", "ci_low", "ci_high", *COLUMNS[COLUMNS.index("diff") : COLUMNS.index("pairs")]]
    np.testing.assert_allclose(after[scaled], 4 * before[scaled], rtol=1e-6, atol=1e-6)
    if (before["diff_error"][1:] > 1e-6).all():
        np.testing.assert_allclose(after["p"], before["p"], atol=1e-6)
        np.testing.assert_allclose(after["p_adjusted"], before["p_adjusted"], atol=0.05)


@settings(max_examples=25)
@given(rights)
def test_with_predictions_swapping_the_baseline_turns_the_signs_round(table: Values) -> None:
    forth = summarized_by_row(_values(table), folds=5, baseline=(0.0,)).loc[1]
    back = summarized_by_row(_values(table), folds=5, baseline=(0.2,)).loc[0]
    signed = ["diff", "diff_low", "diff_high", "t"]
    np.testing.assert_allclose(
        forth[signed].to_numpy(float), -back[["diff", "diff_high", "diff_low", "t"]].to_numpy(float), atol=1e-9
    )
    same = ["diff_error", "diff_row_error", "p", "prob_same"]
    np.testing.assert_allclose(forth[same].to_numpy(float), back[same].to_numpy(float), atol=1e-9)
    assert forth["prob_better"] == pytest.approx(back["prob_worse"], abs=1e-9)


@settings(max_examples=25)
@given(rights, st.lists(st.integers(0, 29), max_size=12), st.sampled_from(["accuracy", "loss", "mae", "brier"]))
def test_whatever_trials_are_lost_there_are_numbers_or_nothing_and_no_warning(
    table: Values, lost: list[int], metric: str
) -> None:
    trials, answers = trials_with_predictions(_values(table), folds=5, metric=metric)
    gone = trials["trial"].isin(trials["trial"].iloc[lost])
    trials.loc[gone, [metric, "status"]] = np.nan, "diverged"
    matrix = arranged(trials, Design(5, 2), metric=metric, predictions=answers)
    summary = summarize(matrix)
    assert decide(matrix, summary).outcome in ("winner", "same", "unclear")
    for name in ("p", "p_adjusted", "p_best", "prob_better", "prob_same", "prob_worse"):
        assert (summary[name].isna() | summary[name].between(0, 1)).all()
    compared = summary[summary["p"].notna()]
    assert (compared["p_adjusted"] >= compared["p"]).all()
    assert (compared["joint_low"] <= compared["diff_low"]).all()
    assert (compared["diff_low"] <= compared["diff"]).all()
    assert (compared["diff"] <= compared["diff_high"]).all()
    assert not (compared["diff_row_error"] > compared["diff_error"] * (1 + 1e-9)).any()
    assert summary.loc[summary["n"] == 0, ["mean", "diff_error", "diff_row_error", "p_best"]].isna().all(axis=None)


@settings(max_examples=25)
@given(rights, st.lists(st.integers(0, 9), max_size=5), st.lists(st.integers(0, 9), max_size=5))
def test_points_that_lack_trials_are_compared_on_the_pairs_that_both_have(
    table: Values, of_baseline: list[int], of_point: list[int]
) -> None:
    """As if neither had the others, of which nothing is used."""
    trials, answers = trials_with_predictions(_values(table[:2]), folds=5)
    either = [*of_baseline, *(10 + trial for trial in of_point)]
    both = [*of_baseline, *of_point, *(10 + trial for trial in (*of_baseline, *of_point))]
    found = []
    for lost in (either, both):
        lacking = trials.copy()
        lacking.loc[lost, "accuracy"] = np.nan
        found.append(summarize(arranged(lacking, Design(5, 2), predictions=answers)).loc[1, DIFFERENCE].astype(float))
    pd.testing.assert_series_equal(*found)


def test_answers_that_agree_everywhere_may_differ_by_a_row_all_the_same() -> None:
    """The error is that of one of twenty rows, and all of it is the rows'."""
    right = np.arange(20) % 3 > 0
    row = summarized_by_row({0.0: [right, right], 0.5: [right, right]}, folds=5).loc[1]
    assert (row["diff"], row["diff_error"], row["diff_row_error"], row["p"]) == (0, 0.05, 0.05, 1)
    assert row["p_adjusted"] == row["p_best"] == 1
    losses = {rate: [right * 1.0 + rate, right * 1.0 + rate] for rate in (0.0, 0.5)}
    row = summarized_by_row(losses, folds=5, metric="loss").loc[1]
    assert (row["diff_low"], row["diff_high"], row["diff_error"]) == (pytest.approx(0.5), pytest.approx(0.5), 0)
    assert (row["p"], row["prob_worse"]) == (pytest.approx(0.5**19), 1)


def test_without_predictions_equal_accuracies_may_differ_by_a_row_and_equal_losses_do_not() -> None:
    values = {0.0: np.full((1, 10), 0.8), 0.5: np.full((1, 10), 0.8)}
    accuracy, loss = (
        summarized(sweep(values, metric=name), Design(10, 1), metric=name) for name in ("accuracy", "loss")
    )
    assert (accuracy["diff_error"][1], loss["diff_error"][1]) == (1 / 200, 0)
    assert (accuracy["p"][1], loss["p"][1]) == (1, 1)
    assert (accuracy["ci_low"] == accuracy["ci_high"]).all()


def test_one_row_per_group_is_as_rows_are_and_one_group_tells_nothing() -> None:
    rng = np.random.default_rng(6)
    values = {0.0: rng.integers(0, 2, (2, 20)), 0.5: rng.integers(0, 2, (2, 20))}
    own = summarized_by_row(values, folds=5, groups=np.arange(20))
    pd.testing.assert_frame_equal(own, summarized_by_row(values, folds=5))
    pairs = summarized_by_row(values, folds=5, groups=np.arange(20) // 2)
    assert not np.allclose(pairs["diff_error"][1], own["diff_error"][1])
    single = summarized_by_row(values, folds=1, groups=np.zeros(20, dtype=int)).loc[1]
    assert single["diff"] == pytest.approx(own["diff"][1])
    assert single[["diff_low", "diff_error", "diff_row_error", "p", "p_adjusted", "p_best"]].isna().all()


def test_a_metric_that_some_fold_does_not_have_is_compared_on_the_others() -> None:
    """Fold 0 holds rows of one class only, at every rate: so no rate has all results, and none is the best."""
    rng = np.random.default_rng(7)
    trials, answers = trials_with_predictions(
        {rate: rng.exponential(size=(2, 40)) for rate in (0.0, 0.5)}, folds=4, metric="loss"
    )
    answers = answers.assign(label=np.where(answers["fold"] == 0, 0, answers["row"] // 4 % 2))
    areas = {}
    for trial, each in answers.groupby("trial"):
        positive, negative = (each.loc[each["label"] == code, "p1"].to_numpy() for code in (1, 0))
        areas[trial] = (positive[:, np.newaxis] > negative).mean() if len(positive) else np.nan
    trials = trials.assign(auc=trials["trial"].map(areas))
    matrix = arranged(trials, Design(4, 2), metric="auc", predictions=answers)
    summary = summarize(matrix)
    assert summary["n"].tolist() == [6, 6]
    assert summary["failed"].tolist() == [0, 0]
    assert summary["pairs"][1] == 6
    assert summary.loc[1, ["diff_error", "diff_row_error", "p", "joint_low"]].notna().all()
    assert summary["p_best"].isna().all()
    assert decide(matrix, summary).without_metric == 4


def test_a_metric_that_no_trial_has_leaves_nothing_to_compare() -> None:
    trials, answers = trials_with_predictions({0.0: [[1, 0, 1]], 0.5: [[0, 1, 1]]})
    summary = summarize(arranged(trials.assign(accuracy=np.nan), Design(1, 1), predictions=answers))
    assert summary["n"].tolist() == [0, 0]
    assert summary.drop(columns=["rate", "n", "failed", "pairs", "collapsed"]).isna().all(axis=None)
    assert summary["collapsed"].tolist() == [1, 0]


def test_without_a_baseline_points_are_compared_with_the_best_only() -> None:
    rng = np.random.default_rng(8)
    values = {0.1: rng.random((2, 100)) < 0.5, 0.5: rng.random((2, 100)) < 0.9}
    summary = summarized_by_row(values, folds=5)
    assert summary[DIFFERENCE].drop(columns="pairs").isna().all(axis=None)
    assert summary["p_best"][0] < 0.001
    assert summary["p_best"][1] > 0.99


def test_one_point_has_an_interval_for_other_rows() -> None:
    matrix = arranged_by_row({0.2: [np.arange(50) % 5 > 0]})
    row = summarize(matrix).iloc[0]
    half = stats.t.ppf(0.975, 49) * math.sqrt(0.8 * 0.2 / 49 + 1 / 50**2)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.8 - half, 0.8 + half))
    assert (row["n"], math.isnan(row["sd"]), math.isnan(row["p_best"])) == (1, True, True)
