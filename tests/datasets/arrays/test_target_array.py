"""What arrays are to be predicted as."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dropout_lab.datasets.arrays.target_array import class_names, one_value_each, read_target
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.targets import Target
from dropout_lab.errors import DatasetError


def read(values: Any, task: str | None = None) -> tuple[Target, list[str]]:
    array = np.asarray(values)
    raw = RawTable("my.npz", (RawColumn("y", np.zeros(len(array))),))
    return read_target(array, "y", raw, task)


@pytest.mark.parametrize("kind", [bool, np.uint8, float])
def test_one_hot_targets_become_classes_which_is_told(kind: Any) -> None:
    values, notes = one_value_each(np.eye(3, dtype=kind)[[2, 0, 1, 2]], "my.npz: y")
    assert values.tolist() == [2, 0, 1, 2]
    assert notes == ("my.npz: y is one-hot: its 3 columns are classes, counted from 0",)


def test_a_column_is_a_vector() -> None:
    assert one_value_each(np.array([[3], [4]]), "y")[0].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [[1, 0], [1, 1], [0, 0]],
            "y has 2 classes in row 2, and not exactly one in 2 rows in all: targets of several",
        ),
        ([[0, 0], [1, 0]], "y has no class in row 1, and not exactly one in 1 row in all"),
        ([[0.2, 0.8], [1, 0]], r"y has shape \(2, 2\): expected one value for each row, or one-hot"),
        ([["a", "b"], ["a", "c"]], "expected one value for each row"),
    ],
)
def test_targets_of_several_labels_or_numbers_are_refused(rows: Any, expected: str) -> None:
    with pytest.raises(DatasetError, match=expected):
        one_value_each(np.array(rows), "y")


def test_classes_can_be_given_names_and_labels_out_of_their_range_are_refused() -> None:
    assert class_names(np.array([1, 0]), ("cat", "dog"), "y").tolist() == ["dog", "cat"]
    for values, expected in (
        (
            [0, 1, 2],
            "y is 2 in row 3, and out of range in 1 row in all: expected 0 to 1, for dataset.classes has 2 names",
        ),
        ([0, -1], "y is -1 in row 2"),
        ([0.5, 1], "y is 0.5 in row 1"),
        (["cat"], "dataset.classes: y holds text"),
    ):
        with pytest.raises(DatasetError, match=expected):
            class_names(np.array(values), ("cat", "dog"), "y")


def test_texts_whole_numbers_and_booleans_are_classes() -> None:
    for values, classes in (([10, 9, 10], ("9", "10")), (["b", "None", "b"], ("None", "b")), ([2.0, 1.0], ("1", "2"))):
        target, problems = read(values)
        assert (target.classes, problems) == (classes, [])
    assert read([True, False])[0].classes == ("False", "True")


def test_other_numbers_are_predicted_as_such() -> None:
    target, problems = read([0.5, 1.5])
    assert target.values is not None
    assert (target.values.tolist(), problems) == ([0.5, 1.5], [])
    assert read([1, 2, 1], "regression")[0].values is not None


@pytest.mark.parametrize(
    ("values", "task", "expected"),
    [
        ([0, 1.5, 1], "classification", "my.npz, row 2: y is 1.5: expected whole numbers or texts as classes"),
        ([0, np.nan, np.inf], None, "my.npz, row 2: y is nan, and 2 in all are no finite number"),
        (["a", "b"], "regression", r"my.npz: target y holds text \(a\): dataset.task: regression needs numbers"),
        ([1, 1], None, "my.npz: target y is 1 in every row that has it: there is nothing to classify"),
        (["a", "a"], None, "my.npz: target y is a in every row: there is nothing to classify"),
        (np.arange(1001), "classification", "my.npz: target y has 1,001 distinct values"),
    ],
)
def test_what_cannot_be_predicted_is_refused(values: Any, task: str | None, expected: str) -> None:
    _, (problem,) = read(values, task)
    assert problem.startswith(expected.replace("\\", ""))
