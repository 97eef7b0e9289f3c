from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from stats.sweeps import (
    arranged,
    arranged_by_row,
    predictions,
    summarized_by_row,
    sweep,
    trials_with_predictions,
)

from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats import Design, decide, summarize
from dropout_lab.stats.row_matrix import RowMatrix, cells_for, few_per_class, paired_rows, row_values
from dropout_lab.stats.wording import Wording

RNG = np.random.default_rng(4)
RIGHT = {0.0: RNG.integers(0, 2, (2, 12)), 0.5: RNG.integers(0, 2, (2, 12))}
LOSSES = {rate: RNG.exponential(size=(2, 12)) for rate in (0.0, 0.5)}
DESIGN = Design(3, 2)


def rows_of(trials: pd.DataFrame, answers: pd.DataFrame, metric: str = "accuracy") -> RowMatrix | None:
    return arranged(trials, DESIGN, metric=metric, predictions=answers).rows


def found(trials: pd.DataFrame, answers: pd.DataFrame, metric: str = "accuracy") -> RowMatrix:
    rows = rows_of(trials, answers, metric)
    assert rows is not None
    return rows


@pytest.mark.parametrize(
    ("metric", "values"), [("accuracy", RIGHT), ("loss", LOSSES), ("mae", LOSSES), ("brier", RIGHT)]
)
def test_a_column_is_a_held_out_row_of_a_repeat_and_fold_and_holds_its_value_of_the_metric(
    metric: str, values: dict[float, np.ndarray]
) -> None:  # type: ignore[type-arg]
    rows = found(*trials_with_predictions(values, folds=3, metric=metric), metric)
    places = list(zip((rows.cells.network // 3).tolist(), rows.row.tolist(), strict=True))
    assert sorted(places) == [(repeat, row) for repeat in range(2) for row in range(12)]
    assert rows.cells.network.tolist() == [3 * repeat + row % 3 for repeat, row in places]
    assert rows.cells.unit.tolist() == rows.row.tolist()
    for point, table in enumerate(values.values()):
        assert rows.values[point] == pytest.approx([table[place] for place in places])
    assert (rows.units, rows.basis) == (12, "rows")


@pytest.mark.parametrize("metric", ["accuracy", "auc", "f1", "mcc", "ece", "brier", "log_loss"])
def test_the_mean_over_a_trials_rows_is_its_metric(metric: str) -> None:
    answers = predictions(LOSSES, folds=3, metric="loss")
    measure = METRICS[metric]
    trials = sweep({rate: np.empty((2, 3)) for rate in LOSSES}, metric=metric).set_index("trial")
    for trial, each in answers.groupby("trial"):
        trials.loc[trial, metric] = measure.compute(each[["p0", "p1"]].to_numpy(), each["label"].to_numpy())
    matrix = arranged(trials.reset_index(), DESIGN, metric=metric, predictions=answers)
    assert matrix.rows is not None
    for pair in range(6):
        means = matrix.rows.values[:, matrix.rows.cells.network == pair].mean(axis=1)
        assert means == pytest.approx(matrix.values[:, pair])
    assert matrix.means().mean == pytest.approx(matrix.values.mean(axis=1))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_predictions_and_trials_changes_nothing(seed: int) -> None:
    trials, answers = trials_with_predictions(LOSSES, folds=3, metric="loss")
    plain = found(trials, answers, "loss")
    shuffled = found(*(frame.sample(frac=1, random_state=seed) for frame in (trials, answers)), "loss")
    for one, other in ((plain.values, shuffled.values), (plain.row, shuffled.row)):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(plain.cells.unit, shuffled.cells.unit)
    np.testing.assert_array_equal(plain.cells.network, shuffled.cells.network)


def test_predictions_missing_for_one_trial_that_has_the_metric_leave_only_trials_to_go_by() -> None:
    trials, answers = trials_with_predictions(RIGHT, folds=3)
    assert rows_of(trials, answers[answers["trial"] != "0.5/1/2"]) is None
    assert rows_of(trials, answers.iloc[:0]) is None
    diverged = answers.assign(p1=answers["p1"].where(answers["trial"] != "0.5/1/2"))
    assert rows_of(trials, diverged) is None
    matrix = arranged(trials, DESIGN, predictions=answers.iloc[12:])
    assert matrix.basis == "trials"
    pd.testing.assert_series_equal(pd.Series(matrix.means().error), pd.Series(arranged(trials, DESIGN).means().error))


@pytest.mark.parametrize("kept", [True, False])
def test_a_trial_without_the_metric_has_no_row_values_whether_it_has_predictions_or_not(kept: bool) -> None:
    trials, answers = trials_with_predictions(RIGHT, folds=3)
    trials.loc[trials["trial"] == "0.5/1/2", "accuracy"] = np.nan
    rows = found(trials, answers if kept else answers[answers["trial"] != "0.5/1/2"])
    lost = rows.cells.network == 5
    assert np.isnan(rows.values[1, lost]).all()
    assert np.isfinite(rows.values[1, ~lost]).all()
    assert np.isfinite(rows.values[0]).all()


def test_predictions_of_trials_that_are_not_there_do_not_matter() -> None:
    trials, answers = trials_with_predictions(RIGHT, folds=3)
    half = found(trials[trials["rate"] == 0], answers)
    np.testing.assert_array_equal(half.values, found(trials, answers).values[:1])


def test_results_without_any_value_have_no_columns_and_those_without_trials_no_points() -> None:
    trials, answers = trials_with_predictions(RIGHT, folds=3)
    for metrics_only, expected in ((trials.assign(accuracy=np.nan), (2, 0)), (trials.iloc[:0], (0, 0))):
        matrix = arranged(metrics_only, DESIGN, predictions=answers.iloc[:0])
        assert matrix.rows is not None
        assert (matrix.rows.values.shape, matrix.rows.units) == (expected, 0)
        assert np.isnan(matrix.means().error).all()


def test_a_metric_without_row_values_has_no_matrix() -> None:
    trials, answers = trials_with_predictions(LOSSES, folds=3, metric="mae")
    assert rows_of(trials.rename(columns={"mae": "median_ae"}), answers, "median_ae") is None


def test_a_metric_that_a_fold_does_not_have_is_missing_there() -> None:
    """Fold 0 of each repeat holds rows of the first class only, so there is no curve and no area under it."""
    answers = predictions(LOSSES, folds=2, metric="loss")
    trials = sweep({rate: np.full((2, 2), 0.5) for rate in LOSSES}, metric="auc")
    trials.loc[trials["fold"] == 0, "auc"] = np.nan
    assert np.isnan(row_values(answers, METRICS["auc"])).all()  # rows of even numbers are of the first class
    answers = answers.assign(label=np.where(answers["fold"] == 0, 0, answers["row"] // 2 % 2))
    measured = row_values(answers, METRICS["auc"])
    assert np.isnan(measured).tolist() == (answers["fold"] == 0).tolist()
    rows = arranged(trials, Design(2, 2), metric="auc", predictions=answers).rows
    assert rows is not None
    assert np.isnan(rows.values).tolist() == [(rows.cells.network % 2 == 0).tolist()] * 2


def test_rows_of_a_diverged_trial_have_no_value() -> None:
    values = {0.0: [[1, 0, 1, 1], [np.nan] * 4]}
    found = row_values(predictions(values, folds=2), METRICS["accuracy"])
    np.testing.assert_array_equal(found, [1, 0, 1, 1, *[np.nan] * 4])


def test_groups_are_the_units_where_rows_are_held_out_by_group() -> None:
    groups = np.array([7, 7, 4, 4, 4, 9, 9, 2, 2, 2, 2, 7])
    matrix = arranged_by_row(RIGHT, folds=2, groups=groups)
    assert matrix.rows is not None
    assert (matrix.basis, matrix.rows.units) == ("groups", 4)
    names = np.array([2, 4, 7, 9])
    assert names[matrix.rows.cells.unit].tolist() == groups[matrix.rows.row].tolist()
    assert matrix.rows.cells.minimum_error == pytest.approx(1 / 12), "a step is a row's"


@pytest.mark.parametrize("groups", [None, np.arange(12) % 3])
def test_a_fold_is_the_unit_where_its_rows_are_neighbors_in_time_or_one_group(groups: np.ndarray | None) -> None:  # type: ignore[type-arg]
    """Also over repeats; and the mean of a whole fold moves in steps of a row."""
    trials, answers = trials_with_predictions(RIGHT, folds=3, groups=groups)
    matrix = arranged(trials, Design(3, 2, unit="fold"), predictions=answers)
    assert matrix.rows is not None
    assert (matrix.basis, matrix.rows.units) == ("blocks" if groups is None else "groups", 3)
    assert matrix.rows.cells.unit.tolist() == (matrix.rows.cells.network % 3).tolist()
    assert matrix.rows.cells.minimum_error == pytest.approx(1 / 12)
    assert matrix.means().df.tolist() == [2, 2]


def test_the_error_of_blocks_is_that_of_the_means_of_folds() -> None:
    """The textbook's: their standard deviation over the root of their number, with a step of a row added."""
    trials, answers = trials_with_predictions({rate: each[:1] for rate, each in RIGHT.items()}, folds=4)
    matrix = arranged(trials, Design(4, 1, unit="fold"), predictions=answers)
    expected = np.hypot(matrix.values.std(axis=1, ddof=1) / 2, 1 / 12)
    np.testing.assert_allclose(matrix.means().error, expected)


@pytest.mark.parametrize(
    ("metric", "minimum_error", "instability"),
    [
        ("accuracy", 1 / 3, 0),
        ("f1", 1 / 3, 0),
        ("auc", 1 / 6, 0.75),
        ("brier", 0, 0.75),
        ("loss", 0, 1.5),
        ("r2", 0, 1.5),
    ],
)
def test_errors_allow_for_what_the_metric_is_like(metric: str, minimum_error: float, instability: float) -> None:
    """Steps of one of three rows for predicted classes, half for ranks; how far one row can move the rest."""
    cells = cells_for(METRICS[metric], np.array([4, 9, 2, 4]), np.array([0, 0, 1, 1]))
    assert cells.unit.tolist() == [1, 2, 0, 1]
    assert (cells.minimum_error, cells.instability) == (pytest.approx(minimum_error), instability)


@pytest.mark.parametrize(
    ("metric", "classes", "rows", "expected"),
    [
        ("accuracy", 10, 20, 20),
        ("balanced_accuracy", 10, 50, 50),
        ("mcc", 6, 7, 7),
        ("accuracy", 10, 51, None),
        ("accuracy", 5, 10, None),
        ("brier", 10, 20, None),
        ("auc", 10, 20, None),
    ],
)
def test_errors_of_predicted_classes_allow_for_few_rows_of_each_of_many_classes(
    metric: str, classes: int, rows: int, expected: int | None
) -> None:
    """By as much as those of other metrics with bounds, and no more of metrics that have it anyway."""
    unit, network = np.arange(classes * rows).repeat(2), np.arange(classes * rows * 2) % 2
    found = few_per_class(METRICS[metric], unit, unit % classes)
    assert found == expected
    usual, allowing = (cells_for(METRICS[metric], unit, network, per_class=each) for each in (None, found))
    assert allowing.instability == (usual.instability if expected is None else 0.75)
    assert allowing.minimum_error == usual.minimum_error


def test_it_is_the_mean_over_classes_that_is_few_or_not_and_groups_with_a_row_of_the_class_count() -> None:
    metric, label = METRICS["accuracy"], np.repeat(np.arange(6), [200, 70, 15, 10, 10, 5])
    row = np.arange(len(label))
    assert few_per_class(metric, row, label) is None
    assert few_per_class(metric, row[10:], label[10:]) == 50
    assert few_per_class(metric, row // 5, label) == 62 / 6
    assert few_per_class(metric, row % 5, label) == 5, "each group has rows of each class"


LABELS = np.repeat(np.arange(8), 5)
MANY = {rate: RNG.integers(0, 2, (2, 40)) for rate in (0.0, 0.5)}


def test_an_interval_is_wider_where_each_of_many_classes_has_few_rows() -> None:
    """By the effect of rows in training, which is part of the rows' own: more repeats do not make up for it."""
    few, enough = (arranged_by_row(MANY, folds=4, labels=labels) for labels in (LABELS, LABELS // 2))
    assert few.rows is not None
    assert enough.rows is not None
    assert (few.rows.per_class, enough.rows.per_class) == (5, None)
    wide, narrow = few.differences(0), enough.differences(0)
    np.testing.assert_array_equal(wide.mean, narrow.mean)
    step = 1 / 40**2
    assert wide.row_error[1] ** 2 - step == pytest.approx(1.75 * (narrow.row_error[1] ** 2 - step))
    assert wide.error[1] ** 2 - narrow.error[1] ** 2 == pytest.approx(0.75 * (narrow.row_error[1] ** 2 - step))


def test_rows_of_an_unfinished_result_are_as_few_as_they_will_be_when_all_folds_are_done() -> None:
    """Nine rows of each class are trained on in each fold, though so far only one of each class is held out."""
    labels = np.tile(np.arange(6), 10)
    values = {0.0: np.ones((1, 60))}
    trials, answers = trials_with_predictions(values, folds=10, labels=np.sort(labels))
    first = answers["fold"] == 0
    rows = arranged(trials[trials["fold"] == 0], Design(10, 1), predictions=answers[first]).rows
    assert rows is not None
    assert rows.per_class == 10
    assert arranged(trials, Design(10, 1), predictions=answers).rows.per_class == 10  # type: ignore[union-attr]


@pytest.mark.parametrize("design", [Design(1, 2), Design(4, 2, unit="fold")])
def test_rows_of_a_test_set_or_of_blocks_of_time_are_not_counted_by_class(design: Design) -> None:
    """Those of a test set are not trained on; of blocks the fold is the unit, not the row."""
    trials, answers = trials_with_predictions(MANY, folds=design.folds, labels=LABELS)
    rows = arranged(trials, design, predictions=answers).rows
    assert rows is not None
    assert (rows.per_class, rows.cells.instability) == (None, 0)


def test_two_results_are_paired_by_row_where_both_hold_it_out() -> None:
    """The second has a repeat more, and only some of the rows."""
    first = arranged_by_row({0.2: LOSSES[0.0]}, folds=3, metric="loss").rows
    trials, answers = trials_with_predictions({0.3: np.vstack([LOSSES[0.5], LOSSES[0.5]])}, folds=3, metric="loss")
    second = arranged(trials, Design(3, 4), metric="loss", predictions=answers[answers["row"] > 2]).rows
    assert first is not None
    assert second is not None
    differences, cells = paired_rows(first, second)
    repeat, row = np.divmod(np.arange(24), 12)
    both = (row > 2)[np.lexsort((row, row % 3, repeat))]
    expected = (LOSSES[0.5] - LOSSES[0.0])[:, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]].ravel()[both]
    np.testing.assert_allclose(differences, [expected])
    assert cells.network.tolist() == np.repeat([0, 1, 2, 3, 4, 5], 3).tolist()
    assert np.bincount(cells.unit).tolist() == [2] * 9
    assert math.isclose(cells.instability, 1.5)


def test_rows_with_equal_inputs_that_are_held_out_together_are_distinct_rows() -> None:
    trials, answers = trials_with_predictions(RIGHT, folds=2, groups=np.arange(12) // 2)
    matrix = arranged(trials, Design(2, 2, named_groups=False), predictions=answers)
    decision = decide(matrix, summarize(matrix))
    assert (decision.basis, decision.units) == ("distinct rows", 6)
    assert matrix.rows is not None
    assert matrix.rows.cells.minimum_error == pytest.approx(1 / 6), "equal rows are predicted alike"
    assert Wording(decision).evidence == "these 6 distinct rows"


def test_a_few_copies_among_many_rows_hardly_change_an_interval() -> None:
    rng = np.random.default_rng(0)
    right = {rate: rng.random((2, 1000)) < 0.8 + rate / 10 for rate in (0.0, 0.5)}
    some = np.concatenate([np.arange(995), np.arange(5)])
    alone, copied = (summarized_by_row(right, folds=10, groups=groups) for groups in (np.arange(1000), some))
    widths = [(table["diff_high"] - table["diff_low"])[1] for table in (alone, copied)]
    assert 0.97 < widths[0] / widths[1] < 1.03
    assert abs(alone["diff"][1] - copied["diff"][1]) < 0.002
