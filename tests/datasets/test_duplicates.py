"""Rows with equal inputs: counted by kind, and held out together, kept or dropped."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config.dataset import CSV, NPZ
from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout, Predefined, TimeSeries
from dropout_lab.datasets import Dataset, Split, checksum, folds_found, load_dataset, splits
from dropout_lab.datasets.distinct_rows import distinct_rows
from dropout_lab.datasets.equal_rows import first_equal_rows
from dropout_lab.datasets.roles import Roles
from dropout_lab.datasets.tabular.column_types import Column
from dropout_lab.datasets.tabular.describe import summary_lines
from dropout_lab.datasets.tabular.duplicate_rows import treat_duplicates, under_evaluation
from dropout_lab.datasets.tabular.table import Table
from dropout_lab.errors import DataError

EVALUATIONS: list[Evaluation] = [CrossValidation(folds=4), Holdout(test_share=0.3)]
evaluations = pytest.mark.parametrize("evaluation", EVALUATIONS, ids=["folds", "holdout"])
tasks = pytest.mark.parametrize("regression", [False, True], ids=["classes", "numbers"])


def table(inputs: Any, target: Any, *, regression: bool = False, groups: Any = None) -> Dataset:
    """Return a user's table of one column."""
    features = np.asarray(inputs, np.float64)[:, None]
    classes = () if regression else tuple("abcdef"[: int(np.max(target)) + 1])
    group = "" if groups is None else "patient"
    return Dataset(
        "my",
        features,
        np.zeros(len(features), np.int64) if regression else np.asarray(target),
        classes,
        "",
        table=Table((Column("x", "number"),), ()),
        roles=Roles("y", group),
        groups=None if groups is None else np.asarray(groups),
        values=np.asarray(target, np.float64) if regression else None,
    )


def copied(rows: int = 40, *, regression: bool = False) -> Dataset:
    """Return a table in which each row comes once to four times, in any order, with the same target."""
    rng = np.random.default_rng(rows)
    order = rng.permutation(np.repeat(np.arange(rows), rng.integers(1, 5, rows)))
    return table(order, order % 2 if not regression else order * 0.5, regression=regression)


def note(data: Dataset) -> str:
    return "\n".join(data.notes)


@tasks
def test_where_all_inputs_differ_nothing_changes(regression: bool) -> None:
    data = table(np.arange(30), np.arange(30) % 2, regression=regression)
    for treatment in ("group", "keep", "drop"):
        assert treat_duplicates(data, treatment) is data


@evaluations
@tasks
def test_rows_with_equal_inputs_are_never_on_two_sides_of_a_split(evaluation: Evaluation, regression: bool) -> None:
    data = treat_duplicates(copied(regression=regression), "group")
    first = first_equal_rows(data.features)
    for split in splits(data, evaluation, None, 0, 0.2):
        sides = [set(first[rows].tolist()) for rows in (split.train, split.test, split.validation)]
        assert all(sides)
        assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2]
        assert np.sort(np.concatenate([split.train, split.test, split.validation])).tolist() == [*range(len(first))]


@evaluations
@tasks
@pytest.mark.parametrize("repeat", [0, 3])
def test_the_splits_are_those_of_the_table_without_its_copies(
    evaluation: Evaluation, regression: bool, repeat: int
) -> None:
    data = copied(regression=regression)
    together, without = treat_duplicates(data, "group"), treat_duplicates(data, "drop")
    assert without.groups is None
    assert len(without.labels) == 40 < len(together.labels)

    def inputs(data: Dataset, split: Split) -> list[list[float]]:
        return [np.unique(data.features[rows]).tolist() for rows in (split.train, split.test, split.validation)]

    made = [splits(each, evaluation, None, repeat, 0.2) for each in (together, without)]
    for one, other in zip(*made, strict=True):
        assert inputs(together, one)[1] == inputs(without, other)[1]
        assert inputs(together, one) == inputs(without, other)


def test_kept_rows_count_as_any_rows() -> None:
    data = copied()
    kept = treat_duplicates(data, "keep")
    assert checksum(kept) == checksum(data)
    assert kept.groups is None
    both = [splits(each, EVALUATIONS[0], None, 0) for each in (data, kept)]
    assert [split.test.tolist() for split in both[0]] == [split.test.tolist() for split in both[1]]
    first = first_equal_rows(data.features)
    assert any(set(first[split.train]) & set(first[split.test]) for split in both[0])


def test_of_rows_with_equal_inputs_and_targets_the_first_is_left_and_those_with_another_target_stay() -> None:
    data = treat_duplicates(table([5, 7, 5, 5, 9, 7, 8], [0, 1, 0, 1, 0, 1, 1]), "drop")
    assert data.features[:, 0].tolist() == [5, 7, 5, 9, 8]
    assert data.labels.tolist() == [0, 1, 1, 0, 1]
    assert data.groups is not None
    assert data.groups.tolist() == [0, 1, 0, 2, 3]
    assert note(data) == (
        "2 of 7 rows are copies of an earlier row; 3 rows have the inputs of another row and another target: copies "
        "are left out, and rows with equal inputs are held out together (dataset.duplicates: drop)"
    )


def test_groups_that_share_inputs_become_one() -> None:
    inputs, groups = [1, 2, 3, 4, 2, 6, 7, 8, 8], [0, 0, 1, 1, 2, 2, 3, 3, 3]
    data = treat_duplicates(table(inputs, [0, 1] * 4 + [0], groups=groups), "group")
    assert data.groups is not None
    assert data.groups.tolist() == [0, 0, 1, 1, 0, 0, 2, 2, 2]
    assert not data.grouped_by_inputs
    assert note(data).endswith(
        "held out together, and with them their groups, so that 4 groups become 3 (dataset.duplicates: group); to hold "
        "out each group by itself, set dataset.duplicates: keep"
    )
    within = treat_duplicates(table([1, 1, 2, 3], [0, 1, 0, 1], groups=[5, 5, 6, 7]), "group")
    assert within.groups is not None
    assert within.groups.tolist() == [5, 5, 6, 7]
    assert "groups" not in note(within)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=30))
def test_joined_groups_are_the_finest_in_which_neither_a_group_nor_equal_inputs_are_split(
    rows: list[tuple[int, int]],
) -> None:
    inputs, groups = (np.array(each) for each in zip(*rows, strict=True))
    joined = treat_duplicates(table(inputs, np.arange(len(rows)) % 2, groups=groups), "group").groups
    assert joined is not None
    component = groups.copy()
    for _ in rows:  # until nothing changes: each row takes the least number among those it is linked to
        for key in (inputs, groups):
            component = np.array([component[key == each].min() for each in key])
    pairs = set(zip(joined.tolist(), component.tolist(), strict=True))
    assert len(pairs) == len(set(joined.tolist())) == len(set(component.tolist()))


@pytest.mark.parametrize(
    ("inputs", "labels", "expected"),
    [
        ([1, 2, 2, 3, 4], [0, 1, 1, 0, 1], "1 of 5 rows is a copy of an earlier row: rows with"),
        ([1, 2, 2, 3, 4], [0, 1, 0, 0, 1], "2 of 5 rows have the inputs of another row and another target: rows with"),
        (
            [*range(20), *[20, 21] * 10],
            [0] * 20 + [1] * 20,
            "18 of 40 rows are copies of an earlier row; 18 of 20 rows of class b are copies, as if it had been "
            "oversampled: rows with equal inputs are held out together (dataset.duplicates: group)",
        ),
        (
            [0, 1] * 10,
            [0, 0, 1, 1] * 5,
            "there are only 2 different inputs: if equal ones are separate observations, of which new ones will be "
            "predicted, set dataset.duplicates: keep",
        ),
    ],
    ids=["a copy", "another label", "oversampled", "few combinations"],
)
def test_the_kinds_of_duplicates_are_counted_and_told(inputs: list[int], labels: list[int], expected: str) -> None:
    assert expected in note(treat_duplicates(table(inputs, labels), "group"))


def test_where_duplicates_are_kept_it_is_told_what_that_favors() -> None:
    assert note(treat_duplicates(copied(), "keep")).endswith(
        "rows that are trained on may be held out again, which rewards memorizing and so favors low rates "
        "(dataset.duplicates: keep)"
    )


def test_inputs_are_what_is_left_after_columns_are_dropped_and_missing_is_equal_to_missing(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "note": [f"text {row}" for row in range(12)],
            "a": [1.5, None, 2.5, 3.5, None, 4.5] * 2,
            "b": ["x", "y", "x", None, "y", None] * 2,
            "y": ["no", "yes"] * 6,
        }
    )
    frame.to_csv(tmp_path / "my.csv", index=False)
    data = load_dataset(CSV(csv=os.fspath(tmp_path / "my.csv"), target="y"), tmp_path)
    assert data.groups is not None
    assert data.groups.tolist() == [0, 1, 2, 3, 1, 4] * 2
    assert data.grouped_by_inputs
    own = load_dataset(CSV(csv=os.fspath(tmp_path / "my.csv"), target="y", keep=("note",)), tmp_path)
    assert own.duplicates is None
    np.savez(tmp_path / "my.npz", X=np.arange(24).reshape(12, 2) // 4, y=np.arange(12) % 2)
    arrays = load_dataset(NPZ(npz=os.fspath(tmp_path / "my.npz")), tmp_path)
    assert (arrays.duplicates is None, arrays.groups is None) == (False, False)


def test_a_stratum_is_the_most_frequent_class_of_equal_rows_and_of_equally_frequent_ones_the_rarest() -> None:
    inputs, labels = [1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7], [0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0]
    distinct = distinct_rows(treat_duplicates(table(inputs, labels), "group"), np.arange(len(labels)))
    assert distinct.data.labels.tolist() == [0, 1, 1, 0, 0, 1, 0]
    assert distinct.code.tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6]


def test_few_inputs_with_rows_of_every_class_can_be_held_out_unstratified() -> None:
    data = treat_duplicates(table(np.tile(np.arange(6), 20), np.arange(120) // 6 % 3), "group")
    for evaluation in (CrossValidation(folds=6), Holdout(test_share=0.2)):
        for split in splits(data, evaluation, None, 0):
            assert not set(data.features[split.train, 0]) & set(data.features[split.test, 0])


@pytest.mark.parametrize(
    ("data", "evaluation", "expected"),
    [
        (
            table(np.tile(np.arange(6), 20), np.arange(120) % 2),
            CrossValidation(folds=10),
            "evaluation.folds: 10: needs at least 10 rows with different inputs, but there are 6: take "
            "evaluation.folds <= 6, or set dataset.duplicates: keep",
        ),
        (
            table([*range(30), *[30, 31, 32] * 10], [0] * 30 + [1] * 30),
            CrossValidation(folds=5),
            "evaluation.folds: 5 folds need 5 rows of each class, but the smallest class has 3: take evaluation.folds "
            "<= 3; or merge classes, or leave rows out, in the file. Classes with too few rows: b (3); rows with equal "
            "inputs count as one here, unless dataset.duplicates is keep",
        ),
        (
            table(np.tile(np.arange(10), 6), np.arange(60) % 2, groups=np.arange(60) // 5),
            CrossValidation(folds=4),
            "evaluation.folds: 4: needs at least 4 groups of rows, but dataset.group has 2, as those that share equal "
            "inputs count as one: take evaluation.folds <= 2, or set dataset.duplicates: keep",
        ),
    ],
    ids=["too few inputs", "too few of a class", "joined groups"],
)
def test_too_few_different_rows_are_refused_with_the_ways_out(
    data: Dataset, evaluation: Evaluation, expected: str
) -> None:
    with pytest.raises(DataError) as caught:
        splits(treat_duplicates(data, "group"), evaluation, None, 0)
    assert str(caught.value) == expected
    splits(replace(treat_duplicates(data, "keep"), groups=None), evaluation, None, 0)


def test_too_few_different_rows_to_stop_early_are_refused() -> None:
    data = treat_duplicates(table([*[0] * 10, *[1] * 10, *[2] * 10, *[3] * 10], [0] * 20 + [1] * 20), "group")
    with pytest.raises(DataError, match="early_stopping"):
        splits(data, CrossValidation(folds=2), None, 0, 0.2)


def test_a_split_that_the_data_determine_goes_on_as_without_a_word_of_duplicates_and_that_is_told() -> None:
    data = replace(copied(), test_fold=np.arange(len(copied().labels)) % 4)
    for treatment, together in (("group", True), ("keep", False), ("drop", False)):
        treated = treat_duplicates(data, treatment)  # type: ignore[arg-type]
        assert under_evaluation(treated, CrossValidation(folds=4)) is treated
        assert (treated.groups is not None) == together
        given = under_evaluation(treated, Predefined(folds=4))
        assert given.groups is None
        if treatment != "drop":
            assert checksum(given) == checksum(data)
            assert "favors low rates (evaluation.split: predefined)" in note(given)
        expected = [np.flatnonzero(given.test_fold == fold).tolist() for fold in range(4)]
        assert [split.test.tolist() for split in splits(given, Predefined(folds=4), None, 0)] == expected


def test_a_fold_or_time_of_dropped_copies_alone_is_none() -> None:
    inputs = [*range(10), *range(5), *range(20, 30)]
    fold = np.repeat([0, 1, 2], [10, 5, 10])
    data = replace(table(inputs, np.array(inputs) % 2), test_fold=fold, time=np.repeat([0, 1, 2, 3], [5, 5, 5, 10]))
    left = under_evaluation(treat_duplicates(data, "drop"), Predefined())
    assert folds_found(left, Predefined()) == len(splits(left, Predefined(), None, 0)) == 2
    said = "\n".join(summary_lines(left))
    assert "2 folds of 10 rows, each held out once" in said
    assert "3 different points in time" in said
    assert len(splits(left, TimeSeries(folds=2), None, 0)) == 2


def test_where_all_rows_to_hold_out_are_dropped_it_is_told_and_refused() -> None:
    data = replace(table([*range(10), *range(5)], np.arange(15) % 2), test_fold=np.repeat([-1, 0], [10, 5]))
    data = replace(data, labels=np.array([*range(10), *range(5)]) % 2)
    left = under_evaluation(treat_duplicates(data, "drop"), Predefined())
    assert "0 rows held out, 10 always trained on" in "\n".join(summary_lines(left))
    with pytest.raises(DataError, match=r"no row is left to hold out.*set dataset\.duplicates: keep"):
        splits(left, Predefined(), None, 0)
