"""Splits that the data determine, against scikit-learn's own splitters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import model_selection

from dropout_lab.config.evaluation import Evaluation, LeaveOneGroupOut, LeaveOneOut, Predefined, TimeSeries
from dropout_lab.datasets import Dataset, folds_found, set_aside, splits
from dropout_lab.datasets.dataset import VALIDATION
from dropout_lab.datasets.folds import Split
from dropout_lab.errors import DataError

Rows = NDArray[np.int64]
Pairs = list[tuple[list[int], list[int]]]


def table(rows: int, *, groups: Rows | None = None, test_fold: Rows | None = None, time: Rows | None = None) -> Dataset:
    """Return a data set for regression, for which classes do not matter."""
    return Dataset(
        *("made", np.zeros((rows, 2)), np.zeros(rows, np.int64), (), "made"),
        values=np.arange(rows, dtype=np.float64),
        groups=groups,
        test_fold=test_fold,
        time=time,
    )


def pairs(found: Iterable[Split]) -> Pairs:
    return [(split.train.tolist(), split.test.tolist()) for split in found]


def expected(found: Iterable[tuple[Rows, Rows]]) -> Pairs:
    return [(train.tolist(), test.tolist()) for train, test in found]


def codes(count: int, *, at_least: int = 2) -> st.SearchStrategy[Rows]:
    """Draw a code from 0 for each row, each code in use."""
    lists = st.lists(st.integers(0, count - 1), min_size=4, max_size=40)
    drawn = lists.map(lambda values: np.unique(values, return_inverse=True)[1].astype(np.int64))
    return drawn.filter(lambda each: len(np.unique(each)) >= at_least)


@given(st.integers(4, 40), st.integers(0, 5))
def test_leave_one_out_is_scikit_learns_row_for_row(rows: int, repeat: int) -> None:
    kfold = model_selection.LeaveOneOut()
    assert pairs(splits(table(rows), LeaveOneOut(), None, repeat)) == expected(kfold.split(np.zeros(rows)))
    assert folds_found(table(rows), LeaveOneOut()) == rows


@given(codes(6), st.integers(0, 5))
def test_leave_one_group_out_is_scikit_learns_row_for_row(groups: Rows, repeat: int) -> None:
    assume(len(groups) - np.bincount(groups).max() >= 2)
    kfold = model_selection.LeaveOneGroupOut()
    found = splits(table(len(groups), groups=groups), LeaveOneGroupOut(), None, repeat)
    assert pairs(found) == expected(kfold.split(groups, groups=groups))
    assert folds_found(table(len(groups), groups=groups), LeaveOneGroupOut()) == len(found)


@given(codes(5), st.booleans(), st.integers(0, 5))
def test_given_folds_are_scikit_learns_predefined_split_row_for_row(fold: Rows, never: bool, repeat: int) -> None:
    fold = fold - never  # of which -1 is never held out
    assume(len(fold) - np.bincount(fold[fold >= 0]).max() >= 2)
    kfold = model_selection.PredefinedSplit(fold)
    found = splits(table(len(fold), test_fold=fold), Predefined(), None, repeat)
    assert pairs(found) == expected(kfold.split())
    assert folds_found(table(len(fold), test_fold=fold), Predefined()) == kfold.get_n_splits()


series = st.builds(TimeSeries, folds=st.integers(2, 5), gap=st.integers(0, 3), test_size=st.none() | st.integers(1, 4))


def fits(points: int, evaluation: TimeSeries) -> bool:
    size = evaluation.test_size or points // (evaluation.folds + 1)
    return points - evaluation.gap - size * evaluation.folds >= 2 and size > 0


@given(st.integers(6, 60), series, st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_time_series_is_scikit_learns_row_for_row_in_the_order_of_its_times(
    rows: int, evaluation: TimeSeries, repeat: int, random: np.random.RandomState
) -> None:
    assume(fits(rows, evaluation))
    time = np.arange(rows)
    random.shuffle(time)
    order = np.argsort(time)
    kfold = model_selection.TimeSeriesSplit(evaluation.folds, gap=evaluation.gap, test_size=evaluation.test_size)
    in_order = [(np.sort(order[train]), np.sort(order[test])) for train, test in kfold.split(order)]
    assert pairs(splits(table(rows, time=time), evaluation, None, repeat)) == expected(in_order)
    assert pairs(splits(table(rows), evaluation, None, repeat)) == expected(kfold.split(order))


@given(codes(30, at_least=8), series, st.floats(0, 0.6), st.none() | st.integers(2, 6))
def test_no_row_of_a_time_series_is_trained_on_that_is_as_late_as_one_that_decides_or_is_held_out(
    time: Rows, evaluation: TimeSeries, share: float, train_rows: int | None
) -> None:
    """Also with rows of one time, a part of the training rows, and early stopping, whose rows are the last."""
    assume(fits(len(np.unique(time)), evaluation))
    try:
        found = splits(table(len(time), time=time), evaluation, train_rows, 0, share)
    except DataError:
        assume(False)
    for split in found:
        assert time[split.train].max() + evaluation.gap < time[split.test].min()
        assert len(split.train) >= 1
        assert bool(len(split.validation)) is (share > 0)
        if share:
            assert time[split.train].max() < time[split.validation].min()
            assert time[split.validation].max() + evaluation.gap < time[split.test].min()


@given(codes(30, at_least=8), st.integers(2, 8))
def test_a_part_of_the_training_rows_of_a_time_series_is_the_last_and_a_larger_one_holds_a_smaller(
    time: Rows, count: int
) -> None:
    data, evaluation = table(len(time), time=time), TimeSeries(folds=2)
    whole = splits(data, evaluation, None, 0)
    assume(count < min(len(split.train) for split in whole))
    small, large = (splits(data, evaluation, rows, 0) for rows in (count, count + 1))
    for part, more, every in zip(small, large, whole, strict=True):
        assert (len(part.train), len(more.train)) == (count, count + 1)
        assert {*part.train.tolist()} < {*more.train.tolist()} <= {*every.train.tolist()}
        left = np.setdiff1d(every.train, part.train)
        assert time[left].max(initial=-1) <= time[part.train].min()


def test_rows_called_validation_decide_when_to_stop_and_nothing_else() -> None:
    fold = np.array([-1, -1, -1, 0, 0, VALIDATION, VALIDATION])
    data = table(len(fold), test_fold=fold)
    [plain] = splits(data, Predefined(), None, 0)
    [stopping] = splits(data, Predefined(), None, 0, 0.5)
    for split in (plain, stopping):
        assert (split.train.tolist(), split.test.tolist()) == ([0, 1, 2], [3, 4])
    assert (plain.validation.tolist(), stopping.validation.tolist()) == ([], [5, 6])
    whole = set_aside(Split(np.arange(7), np.array([0])), data, Predefined(), 0.5, 0)
    assert (whole.train.tolist(), whole.validation.tolist()) == ([0, 1, 2, 3, 4], [5, 6])


def test_the_last_rows_of_all_decide_when_a_final_model_of_a_time_series_stops() -> None:
    data = table(6, time=np.array([3, 0, 1, 2, 3, 2]))
    whole = set_aside(Split(np.arange(6), np.array([0])), data, TimeSeries(), 0.4, 0)
    assert (whole.train.tolist(), whole.validation.tolist()) == ([1, 2, 3, 5], [0, 4])


CLASSES = np.array([0, 0, 0, 0, 1, 1, 1, 1])
ONE = np.array([0, 0, 0, 0, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("evaluation", "labels", "keys", "message"),
    [
        (
            LeaveOneOut(),
            ONE,
            {},
            "evaluation.split: leave_one_out holds out the only row of the smallest class, which is then unknown in "
            "training: merge classes, or leave the row out, in the file",
        ),
        (
            LeaveOneOut(folds=9),
            CLASSES,
            {},
            "evaluation.folds: 9, but leave_one_out has 8 on these data: leave folds out",
        ),
        (
            LeaveOneGroupOut(),
            CLASSES,
            {"groups": np.zeros(8, np.int64)},
            "evaluation.split: leave_one_group_out needs at least 2 groups of rows, but dataset.group has 1: name "
            "another column, or set evaluation.split: folds and leave dataset.group out",
        ),
        (
            LeaveOneGroupOut(),
            CLASSES,
            {"groups": np.array([0, 0, 0, 0, 1, 1, 1, 1])},
            "evaluation.split: leave_one_group_out: fold 1 of 2 would be trained on 4 rows of one class only (yes): "
            "there is nothing to learn from them",
        ),
        (Predefined(), CLASSES, {}, "evaluation.split: predefined: made has no column dataset.fold"),
        (
            Predefined(),
            CLASSES,
            {"test_fold": np.array([0, 0, 0, 0, 0, 0, 0, -1])},
            "evaluation.split: predefined: fold 1 of 1 leaves one row to train on: take fewer folds, or other ones",
        ),
        (
            Predefined(),
            CLASSES,
            {"test_fold": np.array([0, 1] * 4), "groups": np.array([0, 0, 0, 0, 1, 2, 1, 2])},
            "dataset.fold: 1 of 3 groups have rows in several folds or parts, so that they are not held out whole: "
            "name another dataset.fold, or leave dataset.group out",
        ),
        (
            TimeSeries(folds=8),
            CLASSES,
            {},
            "evaluation.folds: 8 folds need at least 9 rows, but there are 8: take evaluation.folds <= 7",
        ),
        (
            TimeSeries(folds=3, gap=2),
            CLASSES,
            {},
            "evaluation.gap: 2: 3 blocks of 2 rows and a gap of 2 leave none of 8 to train the first fold on: take a "
            "smaller gap, or fewer folds",
        ),
        (
            TimeSeries(folds=2, test_size=2),
            CLASSES,
            {"time": np.arange(8) // 2},
            "evaluation.test_size: 2: 2 blocks of 2 points in time leave none of 4 to train the first fold on: take a "
            "smaller test_size, or fewer folds",
        ),
        (
            TimeSeries(folds=2),
            CLASSES,
            {},
            "evaluation.split: time_series: fold 1 of 2 would be trained on 4 rows of one class only (no): there is "
            "nothing to learn from them",
        ),
    ],
)
def test_what_the_data_do_not_allow_is_refused_with_what_to_do(
    evaluation: Evaluation, labels: Rows, keys: dict[str, Rows], message: str
) -> None:
    data = Dataset("made", np.zeros((8, 2)), labels, ("no", "yes"), "made", **keys)  # type: ignore[arg-type]
    with pytest.raises(DataError) as caught:
        splits(data, evaluation, None, 0)
    assert str(caught.value) == message


def test_more_single_rows_than_folds_can_be_are_refused() -> None:
    with pytest.raises(DataError, match=r"leave_one_out would train 1,001 networks at each point.*at most 1,000"):
        folds_found(table(1001), LeaveOneOut())


def test_training_rows_of_one_time_cannot_be_split_for_early_stopping() -> None:
    data = table(9, time=np.array([0, 0, 0, 1, 1, 1, 2, 2, 2]))
    with pytest.raises(DataError, match=r"training\.early_stopping: all training rows of a fold are of one time"):
        splits(data, TimeSeries(folds=2), None, 0, 0.2)
