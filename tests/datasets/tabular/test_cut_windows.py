"""Windows of a user's file: what is cut, what is said of it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from csv_files import notes, problems
from series import lines, text, windows

from dropout_lab.config.dataset import Parquet
from dropout_lab.datasets import Dataset, load_dataset
from dropout_lab.datasets.tabular.describe import summary_lines

WEEK = {"window": 5, "horizon": 2, "drop": ["station"]}


def test_windows_of_a_file_are_sequences_of_all_inputs_the_targets_own_past_among_them(tmp_path: Path) -> None:
    data = windows(tmp_path)
    assert data.windows is not None
    assert data.values is not None
    assert data.table is not None
    assert [column.name for column in data.table.columns] == ["outcome", "wind", "sky"]
    assert (data.row, data.inputs, len(data.labels)) == ((5, 5), 25, 200 - 5 - 2 + 1)
    table = pd.read_csv(tmp_path / "my.csv")
    assert data.values.tolist() == table["outcome"][6:].tolist()
    assert data.windows.last_value.tolist() == table["outcome"][4:-2].tolist()
    assert "  windows: 5 consecutive rows of 200 in all; every row starts one; to predict: 2 rows later" in (
        summary_lines(data)
    )


def test_without_its_history_the_target_is_no_input_and_may_be_that_of_the_last_row(tmp_path: Path) -> None:
    data = windows(tmp_path, horizon=0, target_history=False)
    assert data.table is not None
    assert data.values is not None
    assert [column.name for column in data.table.columns] == ["wind", "sky"]
    assert data.values.tolist() == pd.read_csv(tmp_path / "my.csv")["outcome"][4:].tolist()
    assert "to predict: its last row" in "\n".join(summary_lines(data))


def test_classes_are_predicted_some_rows_later_too(tmp_path: Path) -> None:
    data = windows(tmp_path, target="sky")
    assert data.classes == ("clear", "grey", "rain")
    table = pd.read_csv(tmp_path / "my.csv")
    assert [data.classes[code] for code in data.labels] == table["sky"][6:].tolist()
    assert data.windows is not None
    assert [data.classes[int(code)] for code in data.windows.last_value] == table["sky"][4:-2].tolist()


def test_rows_are_ordered_by_the_time_column_whatever_their_order_in_the_file(tmp_path: Path) -> None:
    in_order = windows(tmp_path)
    made = lines(200)
    made[10], made[50], made[51] = made[50], made[51], made[10]
    data = windows(tmp_path, text(made))
    assert data.windows is not None
    assert in_order.windows is not None
    assert data.table is not None
    assert np.array_equal(data.windows.flat(data.features), in_order.windows.flat(in_order.features))
    assert "day: 2 rows are earlier than the row before, first " in notes(data)
    assert "my.csv:13: rows are sorted by it" in notes(data)


def test_without_a_time_column_rows_are_in_the_order_of_the_file_which_is_told(tmp_path: Path) -> None:
    data = windows(tmp_path, time=None, drop=["station", "day"])
    assert len(data.labels) == 194
    assert "rows follow one another as in the file, which is taken for the order of time" in notes(data)


def test_rows_of_one_time_and_gaps_are_told_with_their_number_and_first_line(tmp_path: Path) -> None:
    made = lines(200)
    twice, gap = [*made[:30], made[29], *made[30:]], [*made[:100], *made[107:150], *made[155:]]
    assert "day: 1 row has the time of another row, first " in notes(windows(tmp_path, text(twice)))
    assert "my.csv:32: they follow one another as in the file: if they are of several series" in (
        notes(windows(tmp_path, text(twice)))
    )
    said = notes(windows(tmp_path, text(gap)))
    assert "day: 2 gaps, where rows are up to 8 times as far apart as usual, first before " in said
    assert "my.csv:102: windows go across them as if there were none" in said


def test_months_and_working_days_of_dates_are_read_as_times(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-01-01", periods=200).strftime("%d.%m.%Y")
    made = [
        line.replace(f"{day},", f"{date},", 1) for day, (line, date) in enumerate(zip(lines(200), days, strict=True))
    ]
    assert "day: 39 gaps, where rows are up to 3 times as far apart" in notes(windows(tmp_path, text(made)))
    months = pd.date_range("2004-01-01", periods=200, freq="MS").strftime("%Y-%m")
    made = [
        line.replace(f"{day},", f"{month},", 1)
        for day, (line, month) in enumerate(zip(lines(200), months, strict=True))
    ]
    assert "gap" not in notes(windows(tmp_path, text(made)))


def test_windows_do_not_cross_series_and_are_in_the_order_of_time(tmp_path: Path) -> None:
    parts = lines(40, "b"), lines(30, "a", 5, seed=8), lines(4, "c")
    data = windows(tmp_path, text(*parts), series="station", drop=[])
    assert data.windows is not None
    assert data.values is not None
    assert data.time is not None
    assert len(data.values) == 34 + 24
    assert (np.diff(data.time) >= 0).all()
    table = pd.read_csv(tmp_path / "my.csv")
    ends = table.groupby("station").apply(lambda each: each.iloc[6:])
    assert sorted(data.values) == sorted(ends["outcome"])
    assert "1 of 3 series is shorter than the 7 rows from the start of a window to its target" in notes(data)
    assert "c (4 rows)" in notes(data)


def test_missing_values_within_windows_are_told_and_windows_without_a_target_left_out(tmp_path: Path) -> None:
    made = lines(200)
    for row in (40, 41):
        day, station, _, wind, sky = made[row].split(",")
        made[row] = f"{day},{station},,{wind},{sky}"
    data = windows(tmp_path, text(made))
    assert len(data.labels) == 194 - 2
    said = notes(data)
    assert "2 windows left out, as outcome is missing where their target is" in said
    assert "my.csv:42: outcome in 2 rows: they become the median" in said
    assert "2 rows without outcome left out" not in said


def test_a_test_file_has_windows_of_its_own_after_the_others(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(text(lines(30, first_day=200, seed=8)))
    data = windows(tmp_path, test=str(tmp_path / "test.csv"))
    assert data.windows is not None
    assert data.values is not None
    assert data.test_rows == 30 - 5 - 2 + 1
    held_out = np.arange(len(data.values) - data.test_rows, len(data.values))
    assert data.windows.rows(held_out).min() >= 200
    assert data.values[held_out].tolist() == pd.read_csv(tmp_path / "test.csv")["outcome"][6:].tolist()


def test_classes_of_a_test_file_that_no_window_to_train_on_predicts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(text(lines(30, first_day=200)).replace("grey", "storm"))
    found = problems(tmp_path, text(lines(200)), **WEEK, target="sky", test=str(tmp_path / "test.csv"))
    assert found == [
        "dataset.test: test.csv: targets of its windows are of classes that no window of my.csv predicts, so that no "
        "network can learn them: storm"
    ]


def test_a_parquet_file_has_the_same_windows(tmp_path: Path) -> None:
    by_csv = windows(tmp_path)
    pd.read_csv(tmp_path / "my.csv").to_parquet(tmp_path / "my.parquet")
    spec = {"parquet": str(tmp_path / "my.parquet"), "target": "outcome", "time": "day", **WEEK}
    data = load_dataset(Parquet.model_validate(spec), tmp_path)
    assert isinstance(data, Dataset)
    assert data.windows is not None
    assert by_csv.windows is not None
    assert np.array_equal(data.windows.flat(data.features), by_csv.windows.flat(by_csv.features))


@pytest.mark.parametrize(
    ("content", "keys", "expected"),
    [
        (
            text(lines(6)),
            {},
            "dataset.window: my.csv: a window of 5 rows and a target 2 later need 7 rows that follow one another, but "
            "there are 6: take a smaller window or horizon",
        ),
        (
            text(lines(6, "a"), lines(5, "b")),
            {"series": "station", "drop": []},
            "dataset.window: my.csv: a window of 5 rows and a target 2 later need 7 rows that follow one another, but "
            "the longest series (station a) has 6: take a smaller window or horizon",
        ),
        (text(lines(20)), {"horizon": 16}, "a target 16 later need 21 rows that follow one another, but there are 20"),
        (text(lines(20)), {"series": "city"}, "dataset.series: my.csv has no column city"),
        (text(lines(20)), {"time": "hour"}, "dataset.time: my.csv has no column hour"),
        (text(lines(20)), {"series": "outcome"}, "dataset.series: outcome is the target: name another column"),
        (
            text(lines(20)).replace("\n3,a,", "\n3,,"),
            {"series": "station", "drop": []},
            "my.csv:5: series station is missing, here and in 1 row in all: each row needs one",
        ),
        (text(lines(20)).replace("\n3,a,", "\n,a,"), {}, "my.csv:5: time day is missing, here and in 1 row in all"),
        (
            text([f"2024-01-{day + 10},a,{day * day},1.5,grey" for day in range(20)]).replace("-13,", "-33,"),
            {},
            "my.csv:5: time day is 2024-01-33: expected a number, or a date written like the others",
        ),
        (
            text(lines(20, "a"), lines(20, "b")),
            {"group": "station", "drop": []},
            "my.csv:22: the one series has rows of several groups, and so would windows",
        ),
        (
            text([f"{day},a,no number,1.5,grey" for day in range(20)]),
            {"task": "regression"},
            "my.csv: target outcome contains text (no number): dataset.task: regression needs numbers",
        ),
    ],
)
def test_what_no_windows_can_be_cut_of_is_refused(
    tmp_path: Path, content: str, keys: dict[str, object], expected: str
) -> None:
    found = problems(tmp_path, content, **{**WEEK, "time": "day", **keys})
    assert any(problem.startswith(expected) or expected in problem for problem in found), found


def test_a_group_of_whole_series_is_held_out_together(tmp_path: Path) -> None:
    parts = [lines(30, station, seed=seed) for seed, station in enumerate("abcd")]
    data = windows(tmp_path, text(*parts), series="station", group="station", drop=[])
    assert data.groups is not None
    assert np.bincount(data.groups).tolist() == [24] * 4
