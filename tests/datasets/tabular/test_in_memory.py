"""Data frames and arrays become files that read as the same data set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config.dataset import SOURCES, Parquet
from dropout_lab.datasets import Dataset, checksum, load_dataset
from dropout_lab.datasets.tabular.in_memory import DataFile, to_file
from dropout_lab.errors import DatasetError

ROWS = range(24)
FRAME = pd.DataFrame(
    {
        "age": [row % 7 + 0.5 if row % 5 else np.nan for row in ROWS],
        "single": np.array([row % 9 / 8 for row in ROWS], np.float32),
        "count": pd.array([row % 4 if row % 6 else None for row in ROWS], dtype="Int64"),
        "city": pd.Categorical([("Bern", "Basel", None)[row % 3] for row in ROWS]),
        "name": pd.array([("ann", "bob", None)[row % 3] for row in ROWS], dtype="string"),
        "day": pd.to_datetime([f"2026-01-{row % 9 + 1:02}" for row in ROWS]),
        "old": [row % 3 == 0 for row in ROWS],
        "paid": pd.array([row % 4 == 0 if row % 5 else None for row in ROWS], dtype="boolean"),
        "object": pd.Series([row % 5 if row % 7 else None for row in ROWS], dtype=object),
        2019: [row % 6 for row in ROWS],
        "outcome": [("ill", "well")[row // 3 % 2] for row in ROWS],
    }
)


def loaded(file: DataFile) -> Dataset:
    return load_dataset(SOURCES[file.source].model_validate(file.section), Path(), file.content)  # type: ignore[arg-type]


def kinds(data: Dataset) -> dict[str, str]:
    return {column.name: column.kind for column in data.table.columns} if data.table else {}


def test_columns_of_every_type_are_what_they_are_in_a_parquet_file(tmp_path: Path) -> None:
    FRAME.rename(columns=str).to_parquet(tmp_path / "my.parquet")
    file = to_file(FRAME, "outcome", "day")
    assert file.section == {"parquet": "data.parquet", "target": "outcome", "group": "day"}
    there = Parquet(parquet=str(tmp_path / "my.parquet"), target="outcome", group="old")
    assert checksum(loaded(to_file(FRAME, "outcome", "old"))) == checksum(load_dataset(there, tmp_path))


def test_what_parquet_has_no_type_for_is_text_and_what_is_sparse_is_dense() -> None:
    others = FRAME[["age", "outcome"]].assign(
        part=pd.cut(FRAME["single"], 3),
        code=pd.Categorical([row % 3 for row in ROWS]),
        month=pd.PeriodIndex([f"2026-{row % 4 + 1:02}" for row in ROWS], freq="M"),
        span=pd.arrays.IntervalArray.from_breaks(range(25)),
        sparse=pd.arrays.SparseArray([float(row % 2) for row in ROWS]),
    )
    others.loc[3, "month"] = pd.NaT
    data = loaded(to_file(others, "outcome"))
    expected = {"age": "number", "sparse": "number", "part": "category", "code": "category", "month": "category"}
    assert kinds(data) == expected
    assert data.table is not None
    by_name = {column.name: column for column in data.table.columns}
    assert by_name["month"].categories == ("2026-01", "2026-02", "2026-03", "2026-04")
    assert (by_name["month"].missing, by_name["code"].categories) == (1, ("0", "1", "2"))
    assert [column.name for column in data.table.excluded] == ["span"]


@given(st.integers(2, 4), st.sampled_from(["f8", "f4", "i4", "u1", "?"]), st.booleans())
def test_arrays_are_the_same_data_set_as_the_data_frame_of_them(inputs: int, dtype: str, named: bool) -> None:
    random = np.random.default_rng(inputs)
    features = random.integers(0, 2, (24, inputs)).astype(dtype)
    target = np.array(["no", "yes"])[random.integers(0, 2, 24)]
    target[:2] = "no", "yes"
    group = np.arange(24) // 6
    plain = to_file(features, target.tolist() if named else target, group)
    table = pd.DataFrame(features.astype(np.float64), columns=[f"x{number + 1}" for number in range(inputs)])
    framed = to_file(table.assign(y=target, group=group), "y", "group")
    assert (plain.source, framed.source) == ("npz", "parquet")
    first, second = loaded(plain), loaded(framed)
    assert first.classes == second.classes == ("no", "yes")
    assert first.features.tobytes() == second.features.tobytes()
    assert first.groups is not None and second.groups is not None  # noqa: PT018 - for mypy
    assert (first.groups == second.groups).all()


def test_a_target_and_groups_may_be_given_beside_the_columns() -> None:
    inputs = FRAME.drop(columns="outcome")
    file = to_file(inputs, FRAME["outcome"], np.array([f"g{row % 5}" for row in ROWS]))
    assert file.columns == {"target": "outcome", "group": "group"}
    assert checksum(loaded(file)) == checksum(
        loaded(to_file(FRAME.assign(group=[f"g{row % 5}" for row in ROWS]), "outcome", "group"))
    )
    mixed = to_file(FRAME[["age", "single"]].to_numpy(), pd.Series([*"ab"] * 11 + ["a", None]))
    assert (mixed.source, loaded(mixed).classes, len(loaded(mixed).labels)) == ("parquet", ("a", "b"), 23)


@pytest.mark.parametrize(
    ("data", "target", "problem"),
    [
        (FRAME, "outcom", r"target: the data frame has no column outcom; did you mean outcome\?"),
        (FRAME, None, r"target: name the column to predict, or give its values \(columns: age, single, count"),
        (FRAME, FRAME["outcome"], "has a column outcome already: if it is the same, name it: target='outcome'"),
        (FRAME, FRAME["outcome"].rename("y")[::-1], r"rows are matched by position: call reset_index\(drop=True\)"),
        (FRAME, [1, 2], r"expected a column's name, or an array of shape \(24,\), got shape \(2,\)"),
        (pd.concat([FRAME, FRAME], axis=1), "outcome", "data: several columns are called age, single, count, city"),
        (FRAME[[]], "y", "data: has no columns"),
        (np.zeros((24, 2)), "y", "target: an array has no column y: give the values, one for each row"),
        (
            np.zeros(24),
            np.zeros(24),
            r"expected numbers of shape \(rows, inputs\), .* got shape \(24,\) and type float64",
        ),
        (np.zeros((4, 3, 3), complex), np.zeros(4), r"got shape \(4, 3, 3\) and type complex128"),
        ([[1, 2], [3, 4]], [0, 1], r"expected a pandas DataFrame or a NumPy array .*, got a list"),
        (
            FRAME.assign(bad=[1, "a"] * 12),
            "outcome",
            r"column bad cannot be stored: .*: convert it, e\.g\.",
        ),
    ],
    ids=range(12),
)
def test_what_cannot_be_used_is_told_with_what_to_do(data: Any, target: Any, problem: str) -> None:
    with pytest.raises(DatasetError, match=problem):
        to_file(data, target)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(DatasetError) as caught:
        to_file(FRAME, "outcom", "cty")
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["target", "group"]


def test_without_pyarrow_arrays_of_numbers_still_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert to_file(np.eye(4), [0, 1, 0, 1]).source == "npz"
    with pytest.raises(DatasetError, match=r"pip install 'dropout-lab\[parquet\]', or give arrays of numbers"):
        to_file(FRAME, "outcome")
