"""Dates are recognized, told, and read as numbers on request."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from csv_files import left_out, notes, problems, read, suggested
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.datasets.tabular.dates import DATE_PARTS, date_orders, read_date

FORMS = {
    "%Y-%m-%d": "year month day",
    "%Y/%m/%d %H:%M": "year month day",
    "%Y-%m-%dT%H:%M:%SZ": "year month day",
    "%d.%m.%Y": "day month year",
    "%d/%m/%Y %H:%M:%S": "day month year",
    "%m/%d/%Y": "month day year",
    "%m/%d/%y %I:%M %p": "month day year",
    "%d-%b-%Y": "day name year",
    "%d %B %Y": "day name year",
    "%B %d, %Y": "name day year",
    "%Y%m%d": "digits",
}
MONTHS = {
    "%Y-%m": "year month",
    "%Y/%m": "year month",
    "%m/%Y": "month year",
    "%b %Y": "name year",
    "%B-%Y": "name year",
}
DAYS = [datetime(2024, 1 + row % 12, 1 + row * 5 % 28, row % 24) for row in range(60)]


def table(texts: list[str]) -> str:
    rows = (f"{text};{row % 7};{'xy'[row % 2]}" for row, text in enumerate(texts))
    return "\n".join(["sold on;a;outcome", *rows])


@given(st.datetimes(datetime(1970, 1, 1), datetime(2060, 1, 1)), st.sampled_from(list(FORMS)))
def test_a_date_is_read_back_as_it_was_written(date: datetime, form: str) -> None:
    text = date.strftime(form)
    assert FORMS[form] in date_orders([text], digits=True)
    assert read_date(text, FORMS[form]) == datetime.strptime(text, form)


@given(st.datetimes(datetime(1000, 1, 1), datetime(2060, 1, 1)), st.sampled_from(list(MONTHS)))
def test_a_month_is_its_first_day(date: datetime, form: str) -> None:
    text = date.strftime(form)
    assert date_orders([text], digits=True) == (MONTHS[form],)
    assert read_date(text, MONTHS[form]) == datetime(date.year, date.month, 1)


@pytest.mark.parametrize("text", ["2024-13-01", "31.02.2024", "1.2.3", "12:30", "2024", "x", "192.168.10.20", "1-2"])
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert date_orders([text], digits=True) == ()


def test_the_parts_of_a_date_are_those_of_pandas(tmp_path: Path) -> None:
    data = read(tmp_path, table([f"{day:%d.%m.%Y %H:%M}" for day in DAYS]), dates={"sold on": list(DATE_PARTS)})
    assert data.table is not None
    names = [column.name.removeprefix("sold on_") for column in data.table.columns if column.name != "a"]
    assert set(names) == {*DATE_PARTS} - {"year"}
    assert left_out(data) == {"sold on_year": "the same in every row: 2024"}
    of_pandas = pd.Series(DAYS).dt
    expected = {
        "month": of_pandas.month,
        "day": of_pandas.day,
        "weekday": of_pandas.day_of_week,
        "hour": of_pandas.hour,
        "elapsed_days": (pd.Series(DAYS) - pd.Timestamp(0)) / pd.Timedelta(days=1),
    }
    columns = [column.name for column in data.table.columns]
    for name in names:
        found = data.features[:, columns.index(f"sold on_{name}")]
        np.testing.assert_allclose(found, expected[name].to_numpy(), rtol=1e-15)
    assert "sold on: 01.05.2024 04:00 is read as the date 2024-05-01; its inputs are sold on_year" in notes(data)


def test_dates_are_told_with_the_key_that_reads_them(tmp_path: Path) -> None:
    repeated = table([f"{day:%Y-%m-%d}" for day in DAYS[:20]] * 3)
    data = read(tmp_path, repeated)
    assert notes(data) == "sold on: looks like dates (2024-01-01), but each is a category: set dataset.dates: [sold on]"
    (setting,) = suggested(notes(data))
    assert data.table is not None
    read_as_dates = read(tmp_path, repeated, **setting).table
    assert read_as_dates is not None
    assert [(each.name, each.kind) for each in read_as_dates.columns] == [
        ("sold on_month", "number"),
        ("sold on_weekday", "number"),
        ("sold on_elapsed_days", "number"),
        ("a", "number"),
    ]
    different = read(tmp_path, table([f"{day:%Y-%m-%d %H:%M}" for day in DAYS]))
    assert left_out(different) == {"sold on": "dates: a different one in every row"}
    assert "a different one in every row, and is left out: set dataset.dates: [sold on]" in notes(different)
    digits = read(tmp_path, table([f"{day:%Y%m%d}" for day in DAYS[:20]] * 3))
    assert "sold on: looks like dates (20240101), but each is one number: set dataset.dates" in notes(digits)


def test_a_suggestion_keeps_the_dates_that_are_read_already(tmp_path: Path) -> None:
    content = "a;b: 1;outcome\n" + "\n".join(f"{day:%Y-%m-%d};{day:%Y/%m/%d};{'xy'[day.day % 2]}" for day in DAYS)
    said = notes(read(tmp_path, content, dates={"a": ["month"]}))
    assert 'set dataset.dates: {a: [month], "b: 1": [year, month, weekday, elapsed_days]}' in said


def test_where_only_dates_are_left_the_error_says_how_they_become_inputs(tmp_path: Path) -> None:
    content = "month,outcome\n" + "\n".join(f"{1950 + row // 12}-{row % 12 + 1:02},{row % 7}.5" for row in range(48))
    (problem,) = problems(tmp_path, content)
    assert problem.startswith("my.csv: no column is left to learn from (month: dates: a different one in every row); ")
    (setting,) = suggested(problem)
    data = read(tmp_path, content, **setting)
    assert data.table is not None
    assert [column.name for column in data.table.columns][:2] == ["month_year", "month_month"]
    np.testing.assert_array_equal(data.features[:13, 1], [*range(1, 13), 1])


def test_the_day_or_the_month_comes_first_as_the_dates_tell_or_the_config_says(tmp_path: Path) -> None:
    unclear = table([f"{row % 12 + 1}/{row % 5 + 1}/2024" for row in range(60)])
    (problem,) = problems(tmp_path, unclear, dates=["sold on"])
    assert problem == (
        "dataset.dates: sold on: the day or the month may come first in 1/1/2024: set dataset.day_first: true, or "
        "dataset.day_first: false"
    )
    dates = {"sold on": ["month"]}
    assert read(tmp_path, unclear, dates=dates, day_first=True).features[:5, 0].tolist() == [1, 2, 3, 4, 5]
    assert read(tmp_path, unclear, dates=dates, day_first=False).features[:5, 0].tolist() == [1, 2, 3, 4, 5]
    assert read(tmp_path, unclear, dates=dates, day_first=False).features[:, 0].max() == 12
    assert read(tmp_path, unclear, dates=dates, day_first=True).features[:, 0].max() == 5
    clear = table([f"{row % 12 + 1}/{row % 25 + 1}/2024" for row in range(60)])
    assert read(tmp_path, clear, dates=dates).features[:, 0].max() == 12


@pytest.mark.parametrize(
    ("texts", "keys", "expected"),
    [
        (["2024-01-05", "soon"] * 9, {}, "my.csv:3: sold on: 'soon' is not a date like the others, and 8 more"),
        (["red", "blue"] * 9, {}, "dataset.dates: sold on holds no dates (blue, red)"),
        (["2024-01-05"] * 9, {"dates": ["sold"]}, "dataset.dates: my.csv has no column sold; did you mean sold on?"),
        (["2024-01-05"] * 9, {"dates": ["outcome"]}, "dataset.dates: outcome is the target"),
    ],
)
def test_what_is_wrong_with_dates_is_said(
    texts: list[str], keys: dict[str, list[str]], expected: str, tmp_path: Path
) -> None:
    found = problems(tmp_path, table(texts), **{"dates": ["sold on"], **keys})
    assert expected in "\n".join(found)


def test_missing_dates_are_missing_in_every_part(tmp_path: Path) -> None:
    texts = [f"{day:%Y-%m-%d}" if row % 5 else ("" if row % 2 else "NA") for row, day in enumerate(DAYS)]
    data = read(tmp_path, table(texts), dates={"sold on": ["month", "day"]})
    assert np.isnan(data.features[::5, :2]).all()
    assert np.isfinite(data.features[1::5]).all()


def test_a_date_that_is_written_in_another_way_than_as_many_others_is_refused(tmp_path: Path) -> None:
    texts = ["2024-01-31", "31/01/2024"] * 20
    (problem,) = problems(tmp_path, table(texts), dates=["sold on"])
    assert problem.startswith("my.csv:3: sold on: '31/01/2024' is not a date like the others, and 19 more: correct it")


def test_rows_in_the_order_of_dates_are_told_until_the_config_says_what_the_dates_are_for(tmp_path: Path) -> None:
    texts = [f"{day:%d.%m.%Y %H:%M}" for day in sorted(DAYS)]
    told = next(
        note for note in notes(read(tmp_path, table(texts), dates=["sold on"])).splitlines() if "order of" in note
    )
    assert told == (
        "the rows are in the order of sold on: if later ones are to be predicted from earlier ones, set evaluation."
        "split: time_series, and dataset.time: sold on"
    )
    data = read(tmp_path, table(texts), dates=["sold on"], time="sold on")
    assert data.time is not None
    assert data.time.tolist() == sorted(data.time.tolist())
    gap = f"{table(texts)}\n1.1.2030;3;\n"
    assert "the rows are in the order of sold on" in notes(read(tmp_path, gap, dates=["sold on"]))
    mixed = [texts[1], texts[0], *texts[2:]]
    for others, keys in ((mixed, {}), (texts[:19], {}), (texts, {"time": "sold on"})):
        assert "order of" not in notes(read(tmp_path, table(others), dates=["sold on"], **keys))
