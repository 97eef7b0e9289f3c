"""A table's columns as a net's inputs: fitted on training rows only, of the same width in all folds, finite."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from dropout_lab.config.dataset import CSV
from dropout_lab.config.evaluation import CrossValidation
from dropout_lab.datasets import Dataset, splits
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.encoding import encoding
from dropout_lab.datasets.tabular.table_dataset import to_dataset
from dropout_lab.errors import DataError

SCALES = ("standard", "minmax", "none")


def dataset(content: str | bytes, **keys: Any) -> Dataset:
    spec = CSV.model_validate({"csv": "my.csv", "target": "outcome", **keys})
    raw = parse_csv(content if isinstance(content, bytes) else content.encode(), "my.csv", spec)
    return to_dataset(raw, spec, spec.target)


def encoded(data: Dataset, train: np.ndarray[Any, Any], scale: str = "standard") -> np.ndarray[Any, Any]:
    assert data.table is not None
    return encoding(data.table, data.features, train, scale)(data.features, "float32")


CITIES = ("Bern", "Basel", "", "Chur", "Basel")
MIXED = "a,city,b,outcome\n" + "\n".join(
    f"{'' if row % 7 == 3 else row * row % 11},{CITIES[row % 5]},{row % 3 / 4},{'xy'[row % 2]}" for row in range(60)
)


@pytest.mark.parametrize(("scale", "scaler"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
def test_inputs_are_scikit_learns_own_fitted_on_the_training_rows_the_numbers_first(
    scale: str, scaler: StandardScaler | MinMaxScaler
) -> None:
    data = dataset(MIXED)
    assert data.table is not None
    assert [each.name for each in data.table.columns] == ["a", "b", "city"]
    train = np.arange(0, 60, 2)
    theirs = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), scaler), [0, 1]),
            ("texts", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False)), [2]),
        ]
    ).fit(data.features[train])
    np.testing.assert_allclose(encoded(data, train, scale), theirs.transform(data.features), rtol=1e-6)


def test_rare_texts_of_a_column_with_many_share_an_input_and_so_do_those_no_training_row_has() -> None:
    words = ["a"] * 8 + ["b"] * 6 + ["c"] * 2 + ["d"] * 2 + ["e", "e"]
    data = dataset(
        "w,outcome\n" + "\n".join(f"{word},{'xy'[at % 2]}" for at, word in enumerate(words)), most_categories=3
    )
    made = encoded(data, np.arange(18))
    assert made.shape == (20, 3)
    assert made[[0, 8, 14, 16, 18]].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]


def test_a_text_that_no_training_row_has_is_0_everywhere() -> None:
    data = dataset("w,outcome\na,x\nb,y\na,y\nb,x\nc,x\nc,y\n")
    assert encoded(data, np.arange(4))[4:].tolist() == [[0, 0, 0]] * 2


@pytest.mark.parametrize("scale", SCALES)
def test_a_column_without_a_value_in_any_training_row_stays_finite(scale: str) -> None:
    data = dataset("a,w,outcome\n" + ",,x\n,,y\n" * 3 + "1,u,x\n2,v,y\n3,u,x\n")
    assert np.isfinite(encoded(data, np.arange(6), scale)).all()


numbers = st.one_of(
    st.integers(-5, 5).map(str),
    st.floats(-1e30, 1e30, allow_nan=False).map(repr),
    st.sampled_from(["", "NA", "1e-320", "-1e30", "1e-29", "?"]),
)
texts = st.sampled_from(["", "a", "b", "c", "Zürich", "NA"])


@st.composite
def tables(draw: st.DrawFn) -> str:
    kinds = draw(st.lists(st.sampled_from([numbers, texts]), min_size=1, max_size=4))
    rows = draw(st.lists(st.tuples(*kinds, st.sampled_from("xyz")), min_size=6, max_size=24))
    names = [f"n{at}" for at in range(len(kinds))]
    return "\n".join(",".join(row) for row in [[*names, "outcome"], *rows]) + "\n"


@given(tables(), st.sampled_from(SCALES), st.integers(2, 3))
@settings(max_examples=60)
def test_inputs_are_finite_and_as_many_in_every_fold_whatever_the_table_holds(
    content: str, scale: str, folds: int
) -> None:
    try:
        data = dataset(content, most_categories=2)
        made = splits(data, CrossValidation(folds=folds), None, 0)
    except DataError:
        return
    for split in made:
        inputs = encoded(data, split.train, scale)
        assert inputs.shape == (len(data.labels), data.inputs)
        assert np.isfinite(inputs).all()


@given(tables(), st.sampled_from(SCALES), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_no_training_row_depends_on_what_held_out_rows_hold(content: str, scale: str, random: random.Random) -> None:
    """Among the held-out rows the cells of each column change places, so that the columns stay what they are."""
    head, *rows = [line.split(",") for line in content.splitlines()]
    train = np.array(sorted(random.sample(range(len(rows)), len(rows) // 2)))
    test = sorted({*range(len(rows))} - {*train.tolist()})
    other = [list(row) for row in rows]
    for column in range(len(head) - 1):
        for to, of in zip(test, random.sample(test, len(test)), strict=True):
            other[to][column] = rows[of][column]
    try:
        before = dataset(content, most_categories=2)
    except DataError:
        return
    after = dataset("\n".join(map(",".join, [head, *other])), most_categories=2)
    assert encoded(before, train, scale)[train].tobytes() == encoded(after, train, scale)[train].tobytes()


PIECES = (
    *(b",", b";", b"\t", b"\n", b"\r\n", b"\r", b'"', b"a", b"b", b"1", b"2.5", b"1,5", b"-", b"e", b"NA", b"inf"),
    *(
        b"\xe9",
        b"\xc3\xbc",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\0",
        b" ",
        b"#",
        b"sep=;\n",
        b"outcome",
        b"x,y\n",
        b"1;2;x\n",
        b"9" * 400,
    ),
)
pieces = st.sampled_from(PIECES)
files = st.one_of(st.binary(max_size=80), st.lists(pieces, max_size=40).map(b"".join))
said = st.fixed_dictionaries(
    {},
    optional={
        "target": st.sampled_from(["outcome", "c1", "c2", "a"]),
        "header": st.booleans(),
        "separator": st.sampled_from([",", ";", "\t", "é", " ", "whitespace"]),
        "encoding": st.sampled_from(["utf-8", "cp1250", "utf-16-le", "utf-32", "utf-7", "idna"]),
        "comment": st.sampled_from(["", "#", "a"]),
        "skip_rows": st.integers(0, 3),
        "quoting": st.sampled_from(["double", "single", "none"]),
        "decimal": st.sampled_from([".", ","]),
        "group": st.sampled_from(["a", "c2"]),
        "drop": st.lists(st.sampled_from(["a", "b", "c1"]), max_size=2),
        "keep": st.lists(st.sampled_from(["a", "c1"]), max_size=1),
        "category": st.lists(st.sampled_from(["a", "c1"]), max_size=1),
        "missing": st.lists(st.sampled_from(["-", "1", "x"]), max_size=1),
    },
)


@given(files, said)
@settings(max_examples=1000)
def test_any_bytes_give_a_data_set_or_a_data_error(content: bytes, keys: dict[str, Any]) -> None:
    try:
        data = dataset(content, **keys)
        made = splits(data, CrossValidation(folds=2), None, 0)
    except DataError:
        return
    for split in made:
        assert np.isfinite(encoded(data, split.train)).all()


@given(tables())
@settings(max_examples=30)
def test_the_same_file_is_the_same_data_set(content: str) -> None:
    try:
        one = dataset(content)
    except DataError:
        return
    other = dataset(content.replace(",", ";"))
    assert one.features.tobytes() == other.features.tobytes()
    assert one.classes == other.classes


def test_a_file_below_the_current_directory_has_a_relative_path_in_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dropout_lab.datasets.message_text import relative_path

    monkeypatch.chdir(tmp_path)
    assert relative_path(str(tmp_path / "data" / "my.csv")) == "data/my.csv"
    assert relative_path(str(tmp_path.parent / "my.csv")) == str(tmp_path.parent / "my.csv")
