"""The config that ``init`` writes: it loads, whatever the columns are called, and its sizes follow the rules."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from builders import texts
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config import load
from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.starter_config import (
    batch_size_for,
    config_for,
    epochs_for,
    folds_for,
    target_candidates,
    units_for,
)

names = st.one_of(texts, st.text(max_size=30)).filter(
    lambda name: name and not any("\ud800" <= c <= "\udfff" for c in name)
)


def data(labels: list[int], groups: list[int] | None = None) -> Dataset:
    codes = np.array(labels)
    return Dataset(
        "my", np.zeros((len(labels), 3)), codes, ("a", "b"), "", groups=None if groups is None else np.array(groups)
    )


@given(names, names, names)
def test_names_are_read_as_they_are_whatever_they_hold(target: str, group: str, file: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "my.yaml"
        text = config_for(data([0, 1] * 20), file, "csv", "my.csv", {"target": target, "group": group})
        config.write_text(text, encoding="utf-8", newline="")
        dataset = load(config).dataset
    assert isinstance(dataset, CSV)
    assert (dataset.target, dataset.group, Path(dataset.csv).name) == (target, group, "my.csv")


@pytest.mark.parametrize(
    ("rows", "inputs", "batch", "units", "epochs"),
    [(60, 4, 16, 16, 100), (300, 25, 16, 32, 100), (2000, 30, 32, 32, 90), (100_000, 100, 256, 128, 10)],
)
def test_sizes_follow_from_rows_and_inputs(rows: int, inputs: int, batch: int, units: int, epochs: int) -> None:
    assert (batch_size_for(rows), units_for(rows, inputs, 2), epochs_for(rows, batch_size_for(rows))) == (
        batch,
        units,
        epochs,
    )


def test_there_are_ten_folds_or_as_many_as_the_smallest_class_or_the_groups_allow() -> None:
    assert folds_for(data([0, 1] * 20)) == 10
    assert folds_for(data([0] * 20 + [1] * 4)) == 4
    assert folds_for(data([0, 1] * 20, [row // 8 for row in range(40)])) == 5
    assert folds_for(data([0, 0, 0, 1])) == 2


@pytest.mark.parametrize(("rows", "folds"), [(15, 2), (34, 3), (99, 9), (1000, 10)])
def test_for_a_number_to_predict_each_fold_holds_out_some_ten_rows(rows: int, folds: int) -> None:
    numbers = Dataset("my", np.zeros((rows, 3)), np.zeros(rows, int), (), "", values=np.arange(rows) / 7)
    assert folds_for(numbers) == folds


def test_columns_that_look_like_classes_are_suggested_the_likeliest_first() -> None:
    rows = [f"{row},{row / 7},{'uv'[row % 2]},{row % 3},{'xyz'[row % 3]},k{row}" for row in range(30)]
    content = "\n".join(["id,size,first,class,last,code", *rows]).encode()
    table = parse_csv(content, "my.csv", CSV(csv="my.csv", target="\0"))
    assert target_candidates(table) == ["class", "last", "first", "size"]
