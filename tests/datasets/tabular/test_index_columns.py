"""Columns that reach the network as indices: whole numbers, never scaled, learned from the training rows only."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from csv_files import notes, problems, read, suggested

from dropout_lab.datasets.named_inputs import NamedInput, RowShape
from dropout_lab.datasets.tabular.encoding import encoding

TOWNS = ("Bern", "Basel", "", "Chur")
ROWS = [f"{row % 5},{TOWNS[row % 4]},{'ab'[row % 2]},word{row % 3} and {row % 4}!,{'xy'[row % 2]}" for row in range(40)]
CONTENT = "\n".join(["a,town,letter,note,outcome", *ROWS])
ENCODE = {"town": "embedding", "note": {"kind": "text", "words": 6, "length": 4}}


def matrix(tmp_path: Path, train: Any, content: str = CONTENT, **keys: Any) -> np.ndarray[Any, Any]:
    data = read(tmp_path, content, encode=ENCODE, **keys)
    assert data.table is not None
    return encoding(data.table, data.features, np.asarray(train), "standard")(data.features, "float32")


def test_numbers_and_one_hot_categories_come_first_then_indices_whose_names_and_sizes_the_row_knows(
    tmp_path: Path,
) -> None:
    data = read(tmp_path, CONTENT, encode=ENCODE)
    assert data.row == RowShape(
        (NamedInput("numbers", (3,)), NamedInput("town", (), 5, 3), NamedInput("note", (4,), 6, 0))
    )
    assert tuple(data.row) == (8,)
    assert data.row != (8,)
    assert pickle.loads(pickle.dumps(data.row)) == data.row  # noqa: S301 - made here
    assert read(tmp_path, CONTENT, drop=["note"]).row == (6,)


def test_a_missing_category_and_an_unknown_one_have_indices_of_their_own(tmp_path: Path) -> None:
    train = [row for row in range(40) if TOWNS[row % 4] != "Chur"]
    towns = matrix(tmp_path, train)[:4, 3]
    assert towns.tolist() == [3, 2, 0, 1]  # Bern, Basel, missing, and Chur, which is in no training row
    assert matrix(tmp_path, range(40))[:4, 3].tolist() == [3, 2, 0, 4]


def test_words_have_an_index_if_they_are_among_the_most_frequent_of_the_training_rows(tmp_path: Path) -> None:
    inputs = matrix(tmp_path, [0, 4, 8])  # word0 and 0, word1 and 0, word2 and 0: of once, the last in order
    assert inputs[:4, 4:].tolist() == [[1, 2, 3, 0], [5, 2, 1, 0], [4, 2, 1, 0], [1, 2, 1, 0]]
    assert (inputs[:, 4:] < 6).all()


def test_a_missing_text_has_no_words_and_one_that_differs_in_every_row_is_read(tmp_path: Path) -> None:
    content = CONTENT.replace("word0 and 0!", "") + "\n1,Bern,a,of its own,x"
    inputs = matrix(tmp_path, range(40), content)
    assert (inputs[0, 4:] == 0).all()
    assert (inputs[-1, 4:] == [1, 1, 1, 0]).all()
    lines = "\n".join(f"text number {row} of all,{'xy'[row % 2]}" for row in range(20))
    data = read(tmp_path, f"note,outcome\n{lines}", encode={"note": "text"})
    assert data.table is not None
    assert [column.kind for column in data.table.columns] == ["text"]


def test_numbers_are_categories_where_they_have_an_embedding(tmp_path: Path) -> None:
    data = read(tmp_path, CONTENT, encode={"a": {"kind": "embedding", "size": 4}}, drop=["note"])
    assert data.table is not None
    assert data.table.columns[-1].categories == ("0", "1", "2", "3", "4")
    assert data.row.inputs[-1] == NamedInput("a", (), 7, 4)  # type: ignore[attr-defined]


def test_many_categories_are_told_with_the_embedding_that_keeps_them_apart(tmp_path: Path) -> None:
    lines = "\n".join(f"c{row % 30},{row % 7},{'xy'[row % 2]}" for row in range(90))
    told = notes(read(tmp_path, f"code,a,outcome\n{lines}"))
    assert "30 categories" in told
    assert suggested(told) == [{"encode": {"code": "embedding"}}]


def test_columns_that_cannot_be_encoded_are_refused_all_at_once(tmp_path: Path) -> None:
    encode = {"outcome": "text", "towns": "embedding", "letter": "embedding"}
    assert problems(tmp_path, CONTENT, encode=encode, drop=["letter"]) == [
        "dataset.encode: my.csv has no column towns; did you mean town?",
        "dataset.encode: outcome is in dataset.target, too: leave it out of one of them",
        "dataset.encode: letter is in dataset.drop, too: leave it out of one of them",
    ]


@pytest.mark.parametrize("other", [{"town": {"kind": "embedding", "size": 2}}, {"town": "embedding"}, {}])
def test_results_of_one_encoding_are_not_those_of_another(other: dict[str, Any], tmp_path: Path) -> None:
    from dropout_lab.datasets import checksum

    ours = checksum(read(tmp_path, CONTENT, encode={"town": {"kind": "embedding", "size": 3}}))
    assert ours != checksum(read(tmp_path, CONTENT, encode=other))
