"""Predictions of rows that are held out by group, by this version and by one that did not store the groups."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from builders import experiment, files
from report.made import GROUPED, GROUPS, SWEEP, result, without_groups

from dropout_lab import results
from dropout_lab.errors import ResultsError

FILE = "predictions.csv.gz"


def text(folder: Path) -> str:
    return gzip.decompress((folder / FILE).read_bytes()).decode()


def repair(folder: Path) -> None:
    with results.open_store(folder, experiment({**SWEEP, **GROUPED}), 3, groups=GROUPS) as store:
        store.repair()


def damage(folder: Path, old: str, new: str) -> None:
    assert old in text(folder)
    (folder / FILE).write_bytes(gzip.compress(text(folder).replace(old, new, 1).encode()))


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize(("group", "columns"), [(None, "row,label"), ("patient", "row,group,label")])
def test_only_predictions_of_grouped_rows_have_a_group(
    task: str, group: str | None, columns: str, tmp_path: Path
) -> None:
    made = experiment({"dataset": {"csv": "my.csv", "target": "y", "task": task, "group": group}})
    with results.open_store(tmp_path, made, 3, groups=GROUPS if group else None) as store:
        store.repair()
    assert f",fold,{columns},p" in text(tmp_path)
    assert results.read_rows(tmp_path)[FILE] == {}


def test_groups_that_an_earlier_version_did_not_store_are_added_once_it_goes_on(tmp_path: Path) -> None:
    folder = result(tmp_path / "out", GROUPED)
    repair(folder)
    before, new = files(folder), text(folder)
    without_groups(folder)
    assert ",row,label," in text(folder)
    repair(folder)
    assert text(folder) == new
    assert files(folder)[FILE] == before[FILE]


def test_without_the_groups_of_an_earlier_version_a_result_is_read_but_not_merged(tmp_path: Path) -> None:
    folder = result(tmp_path / "out", GROUPED)
    trials = results.read_trials(folder)
    new = results.read_predictions(folder, trials)
    without_groups(folder)
    old = results.read_predictions(folder, trials)
    assert new is not None
    assert old is not None
    assert old.equals(new.drop(columns="group"))
    with pytest.raises(ResultsError, match=r"without the group of each row.*: run the same command again"):
        results.read_rows(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",0,0,0,0,", ",0,0,999,0,", "row: expected one of the 200 rows of the data, got 999"),
        (",0,0,0,0,", ",0,0,x,0,", f"{FILE}:2: row: expected a whole number, got 'x'"),
        ("label", "class", f"{FILE}:1: column 6: expected group, got 'class'"),
        (",p2", "", f"{FILE}:2: expected 8 cells, got 9"),
    ],
)
def test_damaged_predictions_of_an_earlier_version_get_no_groups_and_are_left_as_they_are(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    folder = result(tmp_path / "out", GROUPED)
    without_groups(folder)
    damage(folder, old, new)
    before = files(folder)
    with pytest.raises(ResultsError) as caught:
        repair(folder)
    assert message in str(caught.value)
    assert files(folder)[FILE] == before[FILE]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",0,0,1,2,1,", ",0,0,1,x,1,", f"{FILE}:3: group: expected a whole number, got 'x'"),
        (",0,0,1,2,1,", ",0,0,1,,1,", f"{FILE}:3: group: expected a whole number, got ''"),
        (",0,0,1,2,1,", ",0,0,1,1,", f"{FILE}:3: expected 10 cells, got 9"),
        ("group", "groups", f"{FILE}:1: column 6: expected label, got 'groups'"),
        ("row,group", "group,row", f"{FILE}:1: column 5: expected row, got 'group'"),
    ],
)
def test_a_damaged_group_is_told_with_its_place(old: str, new: str, message: str, tmp_path: Path) -> None:
    folder = result(tmp_path / "out", GROUPED)
    damage(folder, old, new)
    with pytest.raises(ResultsError) as caught:
        results.read_predictions(folder, results.read_trials(folder))
    assert message in str(caught.value)
