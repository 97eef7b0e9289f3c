"""Rows of smaller classes are repeated until all classes are equally frequent."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation
from dropout_lab.datasets import Dataset, repeated_rows, rows_when_balanced, splits

seeds = st.integers(0, 2**60 - 1)


@st.composite
def unbalanced(draw: st.DrawFn) -> Dataset:
    """Draw a data set of two to four classes of different sizes, each with six rows or more."""
    sizes = draw(st.lists(st.integers(6, 30), min_size=2, max_size=4))
    labels = np.array(draw(st.permutations(np.repeat(np.arange(len(sizes)), sizes).tolist())), np.int64)
    features = np.arange(len(labels), dtype=np.float64)[:, None]
    return Dataset("drawn", features, labels, tuple("abcd"[: len(sizes)]), "")


def by_hand(rows: NDArray[np.int64], labels: NDArray[np.int64], seed: int) -> list[int]:
    """Draw what random oversampling draws, class by class, in plain NumPy."""
    random = np.random.default_rng(seed)
    of_class = [[row for row in rows if labels[row] == code] for code in sorted(set(labels[rows].tolist()))]
    most = max(map(len, of_class))
    return [
        own[index] for own in of_class for index in random.integers(0, len(own), most - len(own)) if len(own) < most
    ]


@given(unbalanced(), seeds, st.integers(0, 5), st.sampled_from([0.0, 0.2]))
def test_every_class_has_as_many_training_rows_as_the_largest_and_no_other_rows_are_drawn(
    data: Dataset, seed: int, repeat: int, validation_share: float
) -> None:
    for split in splits(data, CrossValidation(folds=3), None, repeat, validation_share):
        repeated = repeated_rows(split.train, data.labels, seed)
        assert set(repeated.tolist()) <= set(split.train.tolist())
        assert not {*repeated.tolist()} & {*split.test.tolist(), *split.validation.tolist()}
        rows = np.concatenate([split.train, repeated])
        assert len(set(np.bincount(data.labels[rows]).tolist())) == 1
        assert len(rows) == rows_when_balanced(split.train, data.labels)


@given(unbalanced(), seeds)
def test_the_rows_drawn_are_those_that_numpy_draws_by_hand(data: Dataset, seed: int) -> None:
    rows = np.arange(len(data.labels))
    assert repeated_rows(rows, data.labels, seed).tolist() == by_hand(rows, data.labels, seed)


def test_the_largest_class_is_left_as_it_is_and_equal_classes_need_nothing() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    drawn = labels[repeated_rows(np.arange(6), labels, 1)]
    assert drawn.tolist() == [1, 2, 2]
    assert repeated_rows(np.arange(4), np.array([0, 1, 0, 1]), 1).tolist() == []
