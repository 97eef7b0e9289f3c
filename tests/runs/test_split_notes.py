"""Folds that lack a class are told before training, with what that does to the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import experiment

from dropout_lab.datasets import Dataset, load_builtin, splits
from dropout_lab.errors import DataError
from dropout_lab.runs.split_notes import split_notes

OWN: dict[str, Any] = {"dataset": {"csv": "my.csv", "target": "y", "group": "who", "task": "classification"}}


def grouped(classes: Sequence[Sequence[int]], rows: int = 10) -> Dataset:
    """Return a data set of groups, each with rows of these classes in turn."""
    labels = np.concatenate([np.resize(each, rows) for each in classes])
    groups = np.repeat(np.arange(len(classes)), rows)
    return Dataset("my", np.zeros((len(labels), 1)), labels, tuple("abc"[: labels.max() + 1]), "", groups=groups)


def told(data: Dataset, **evaluation: Any) -> list[str]:
    changes = {f"evaluation.{key}": value for key, value in evaluation.items()}
    return list(split_notes(experiment({**OWN, "evaluation.repeats": 1, **changes}), data))


def test_where_every_fold_trains_on_each_class_and_holds_it_out_nothing_is_told() -> None:
    assert told(grouped([[0, 1]] * 6), folds=3) == []
    assert split_notes(experiment(), load_builtin("iris", Path())) == ()


def test_held_out_rows_that_lack_a_class_are_told_with_the_metrics_that_they_leave_undefined() -> None:
    data = grouped([[0], [0], [0], [0], [0, 1], [0, 1]])
    (note,) = told(data, folds=3)
    assert note.startswith("1 of 3 folds (fold ")
    assert note.endswith(
        ") holds out no row of class b: the accuracy there is that of the other classes alone, a single one"
    )
    (note,) = told(data, folds=3, metrics=["auc", "mcc", "f1"])
    assert note.endswith("a single one; AUC and MCC have no value there")


def test_training_rows_that_lack_a_class_are_told_with_the_rows_that_are_lost() -> None:
    data = grouped([[0, 1], [0, 1], [0, 1], [0, 1], [0, 1, 2], [0, 1]])
    notes = told(data, folds=3)
    assert len(notes) == 2
    assert notes[0].startswith("1 of 3 folds (fold ")
    assert notes[0].endswith(
        ") trains on no row of class c: 3 rows of it held out there can only be predicted wrong, which lowers the "
        "accuracy whatever is learned"
    )
    assert notes[1].startswith("2 of 3 folds (fold ")
    assert "hold out no row of class c: the accuracy there is that of the other classes alone" in notes[1]


def test_what_is_told_is_what_the_splits_are() -> None:
    data = grouped([[0], [0], [0], [0, 1], [0, 1], [1, 2], [2]], rows=6)
    setup = experiment({**OWN, "evaluation.repeats": 4, "evaluation.folds": 3})
    lacking = {"on no row": 0, "out no row": 0}
    for repeat in range(4):
        for split in splits(data, setup.evaluation, None, repeat):
            lacking["on no row"] += len(np.unique(data.labels[split.train])) < 3
            lacking["out no row"] += len(np.unique(data.labels[split.test])) < 3
    notes = split_notes(setup, data)
    for words, count in lacking.items():
        found = [note for note in notes if words in note]
        assert [note.split(" (")[0] for note in found] == [f"{count} of 12 folds"] * bool(count)
    assert min(lacking.values()) > 0


def test_of_very_many_repeats_the_first_are_looked_at_and_it_is_said_so() -> None:
    (note,) = told(grouped([[0], [0], [0], [0], [0, 1], [0, 1]]), folds=3, repeats=50)
    assert note.startswith("10 of the first 30 folds (repeat 0, fold ")
    assert " and 5 more) hold out no row of class b" in note


def test_a_fold_whose_training_rows_are_of_one_class_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        told(grouped([[0], [1]]), folds=2)
    assert str(caught.value) == (
        "evaluation: all training rows of fold 0 are of one class, so there is nothing to learn: take other folds "
        "(evaluation.folds, evaluation.split_seed) or another dataset.group"
    )


@pytest.mark.parametrize(("largest", "said"), [(40, []), (41, ["41 of 100 rows are of one group, and are held out"])])
def test_a_group_that_makes_a_fold_far_larger_than_the_others_is_told(largest: int, said: list[str]) -> None:
    groups = np.concatenate([np.zeros(largest, np.int64), 1 + np.arange(100 - largest)])
    labels = np.arange(100) % 2
    data = Dataset("my", np.zeros((100, 1)), labels, ("a", "b"), "", groups=groups)
    amounts = Dataset("my", np.zeros((100, 1)), labels * 0, (), "", groups=groups, values=labels / 2)
    sizes = sorted(
        len(split.test) for split in splits(data, experiment({**OWN, "evaluation.folds": 5}).evaluation, None, 0)
    )
    assert sizes[-1] >= largest > sizes[-2] * 2
    for each in (data, amounts):
        notes = told(each, folds=5)
        assert [note.split(" in one fold")[0] for note in notes] == said


def test_a_part_of_the_training_rows_that_is_of_one_class_is_refused() -> None:
    labels = np.array([0, 1] * 22 + [1] * 6 + [0, 1] * 5)
    data = Dataset("my", np.zeros((60, 1)), labels, ("a", "b"), "", time=np.arange(60))
    own = {"csv": "my.csv", "target": "y", "time": "day", "task": "classification"}
    in_time = {"dataset": own, "evaluation": {"split": "time_series", "folds": 5}}
    assert split_notes(experiment({**in_time, "dataset.train_rows": 10}), data) == ()
    with pytest.raises(
        DataError, match=r"^evaluation: all training rows of fold 4 .* take a larger dataset\.train_rows, "
    ):
        split_notes(experiment({**in_time, "sweep": {"dataset.train_rows": [10, 5]}}), data)
