"""Columns that say how rows are held out: in which fold, and in what order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dropout_lab.config.dataset import CSV, NPZ
from dropout_lab.config.evaluation import LeaveOneGroupOut
from dropout_lab.datasets import Dataset, checksum, folds_found, load_dataset, splits, under_evaluation
from dropout_lab.datasets.tabular.describe import summary_lines
from dropout_lab.errors import DatasetError


def read(folder: Path, values: list[str], key: str = "fold", **keys: object) -> Dataset:
    """Read a table whose column `it` has these values."""
    lines = [f"{row * 7 % 5},{value},{['no', 'yes'][row % 2]}" for row, value in enumerate(values)]
    (folder / "my.csv").write_text("\n".join(["x,it,outcome", *lines]) + "\n")
    spec = {"csv": str(folder / "my.csv"), "target": "outcome", key: "it", **keys}
    return load_dataset(CSV.model_validate(spec), folder)


def refused(folder: Path, values: list[str], key: str = "fold") -> str:
    with pytest.raises(DatasetError) as caught:
        read(folder, values, key)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("values", "folds", "line"),
    [
        (["2", "10", "2", "10"], [0, 1, 0, 1], "2 folds of 2 rows, each held out once"),
        (
            ["-1", "3", "3", "3", "7", "7", "-1"],
            [-1, 0, 0, 0, 1, 1, -1],
            "2 folds of 2 to 3 rows, each held out once, 2 always trained on",
        ),
        (["Wien", "Bern", "Bern", "Wien"], [1, 0, 0, 1], "2 folds of 2 rows, each held out once"),
        (["train", "TEST", "Train", "test"], [-1, 0, -1, 0], "2 rows held out, 2 always trained on"),
        (
            ["train", "test", "val", "train", "test"],
            [-1, 0, -2, -1, 0],
            "2 rows held out, 2 always trained on, 1 for early stopping only",
        ),
        (["train", "valid", "train", "valid"], [-1, 0, -1, 0], "2 rows held out, 2 always trained on"),
    ],
)
def test_a_column_names_folds_or_parts(tmp_path: Path, values: list[str], folds: list[int], line: str) -> None:
    data = read(tmp_path, values)
    assert data.test_fold is not None
    assert data.test_fold.tolist() == folds
    assert data.inputs == 1, "the column is no input"
    assert f"  fold: it, {line}" in summary_lines(data)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            ["1", "2", "", "2", ""],
            "my.csv:4: fold it is missing, here and in 2 rows in all: each row needs one",
        ),
        (
            ["a", "b", "a", "c", "b"],
            "my.csv:5: fold it is c in this row only: expected two rows or more in each fold; to hold each row out "
            "alone, set evaluation.split: leave_one_out",
        ),
        (["1", "1", "1"], "dataset.fold: it is 1 in every row: expected several folds"),
        (
            ["train", "test", "trian", "test"],
            "dataset.fold: it holds trian beside test, train: expected train, test and validation only, or other "
            "names, each of a fold",
        ),
        (["train", "train"], "dataset.fold: it holds train only: no row is called test"),
        (["test", "val"], "dataset.fold: it holds test, val only: no row is called train"),
    ],
)
def test_folds_that_cannot_be_are_refused_with_their_line(tmp_path: Path, values: list[str], message: str) -> None:
    assert refused(tmp_path, values) == message


@pytest.mark.parametrize(
    ("values", "ranks"),
    [
        (["3.5", "-1", "3.5", "20"], [1, 0, 1, 2]),
        (["2024-02-01", "2024-01-31", "2024-02-01", "1999-12-31"], [2, 1, 2, 0]),
        (["2024-02", "2024-01", "2024-02-02", "2024-02-01"], [1, 0, 2, 1]),
        (["2024-01-01 18:30", "2024-01-01T09:00:01", "2024-01-01"], [2, 1, 0]),
        (["31/1/2024", "1/2/2024", "28/12/2023 9:05"], [1, 2, 0]),
        (["Feb 2024", "January 2024", "Feb 2024"], [1, 0, 1]),
        (["2024-01-01T12:00:00+02:00", "2024-01-01T10:30:00Z", "2024-01-01T10:00:00+00:00"], [0, 1, 0]),
    ],
)
def test_numbers_and_dates_order_the_rows(tmp_path: Path, values: list[str], ranks: list[int]) -> None:
    data = read(tmp_path, values, "time")
    assert data.time is not None
    assert data.time.tolist() == ranks
    assert data.inputs == 1, "the column is no input"
    assert f"  time: it, {len({*ranks})} different points in time" in summary_lines(data)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            ["2024-01-31", "31.01.2024"],
            "my.csv:3: time it is 31.01.2024: expected a number, or a date written like the others, in every row, e.g. "
            "2024-01-31",
        ),
        (["31/01/2024", "2024-01-31", "5/2/2024"], "my.csv:3: time it is 2024-01-31: expected a number, or a date w"),
        (
            ["3/4/2024", "5/4/2024"],
            "dataset.time: it: the day or the month may come first in 3/4/2024: set dataset.day_first: true, or "
            "dataset.day_first: false",
        ),
        (["5", "", "6"], "my.csv:3: time it is missing, here and in 1 row in all: each row needs one"),
        (
            ["2024-01-31T10:00", "2024-01-31T10:00Z"],
            "dataset.time: it has a time zone in some rows only: expected it in all or in none",
        ),
    ],
)
def test_times_that_are_none_are_refused_with_their_line(tmp_path: Path, values: list[str], message: str) -> None:
    assert refused(tmp_path, values, "time").startswith(message)


def test_rows_without_a_target_need_no_fold_and_no_time(tmp_path: Path) -> None:
    text = "x,fold,day,outcome\n1,1,2024-01-01,no\n2,,,\n3,1,2024-01-02,yes\n4,2,2024-01-01,no\n5,2,2024-01-03,yes\n"
    (tmp_path / "my.csv").write_text(text)
    spec = CSV(csv=str(tmp_path / "my.csv"), target="outcome", fold="fold", time="day")
    data = load_dataset(spec, tmp_path)
    assert data.test_fold is not None
    assert data.time is not None
    assert (data.test_fold.tolist(), data.time.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 2])
    assert data.table is not None
    assert {key: data.roles.as_dict()[key] for key in ("fold", "time")} == {"fold": "fold", "time": "day"}


def test_an_unknown_column_and_the_target_are_refused_together(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("x,outcome\n1,no\n2,yes\n")
    spec = CSV(csv=str(tmp_path / "my.csv"), target="outcome", fold="fodl", time="outcome")
    with pytest.raises(DatasetError) as caught:
        load_dataset(spec, tmp_path)
    assert [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems] == [
        "dataset.fold: my.csv has no column fodl (columns: x, outcome)",
        "dataset.time: outcome is the target: name another column",
    ]


def test_other_folds_or_times_are_other_data(tmp_path: Path) -> None:
    found = {
        checksum(read(tmp_path, values, key))
        for values in (["1", "2", "1", "2"], ["1", "2", "2", "1"])
        for key in ("fold", "time")
    }
    assert len(found) == 4


def test_arrays_name_folds_and_times_too(tmp_path: Path) -> None:
    arrays = {"X": np.arange(8.0).reshape(4, 2), "y": np.array(list("abab")), "part": np.array([0, 1, 1, 0])}
    np.savez(tmp_path / "my.npz", **arrays, when=np.array([9, 8, 7, 6]))  # type: ignore[arg-type]
    data = load_dataset(NPZ(npz=str(tmp_path / "my.npz"), fold="part", time="when"), tmp_path)
    assert data.test_fold is not None
    assert data.time is not None
    assert (data.test_fold.tolist(), data.time.tolist(), data.inputs) == ([0, 1, 1, 0], [3, 2, 1, 0], 2)


def test_groups_that_share_inputs_are_still_held_out_one_by_one(tmp_path: Path) -> None:
    """As folds that are given: the rows that are equal are told, and nothing is joined."""
    text = "x,who,outcome\n1,a,no\n2,a,yes\n1,b,no\n3,b,yes\n2,c,no\n4,c,yes\n"
    (tmp_path / "my.csv").write_text(text)
    data = load_dataset(CSV(csv=str(tmp_path / "my.csv"), target="outcome", group="who"), tmp_path)
    evaluation = LeaveOneGroupOut()
    data = under_evaluation(data, evaluation)
    assert folds_found(data, evaluation) == 3
    assert [split.test.tolist() for split in splits(data, evaluation, None, 0)] == [[0, 1], [2, 3], [4, 5]]
    assert data.table is not None
    assert any("evaluation.split: leave_one_group_out" in note for note in data.notes)


def test_a_text_among_times_that_are_numbers_is_told_with_its_own_line(tmp_path: Path) -> None:
    assert refused(tmp_path, ["1", "2", "soon", "4"], "time").startswith("my.csv:4: time it is soon: expected a number")
