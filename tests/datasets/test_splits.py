import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from dropout_lab.datasets import Split, folds
from dropout_lab.datasets.splits import check_folds
from dropout_lab.errors import DataError

Labels = NDArray[np.int64]
seeds = st.integers(0, 2**32 - 1)
counts = st.integers(2, 5)
repeats = st.integers(0, 1000)


@st.composite
def labels(draw: st.DrawFn) -> Labels:
    """Draw shuffled labels of two to four classes, each with five rows or more."""
    sizes = draw(st.lists(st.integers(5, 20), min_size=2, max_size=4))
    return np.array(draw(st.permutations(np.repeat(np.arange(len(sizes)), sizes).tolist())), dtype=np.int64)


def rows(splits: tuple[Split, ...]) -> list[tuple[list[int], list[int]]]:
    return [(split.train.tolist(), split.test.tolist()) for split in splits]


@given(labels(), counts, seeds)
def test_repeat_0_is_scikit_learns_stratified_k_fold_row_for_row(labels: Labels, count: int, seed: int) -> None:
    kfold = StratifiedKFold(count, shuffle=True, random_state=seed)
    expected = [(train.tolist(), test.tolist()) for train, test in kfold.split(np.zeros((len(labels), 3)), labels)]
    assert rows(folds(labels, count, 0, seed)) == expected


@given(labels(), counts, repeats, seeds)
def test_every_row_is_held_out_exactly_once_per_repeat(labels: Labels, count: int, repeat: int, seed: int) -> None:
    splits = folds(labels, count, repeat, seed)
    assert len(splits) == count
    assert np.sort(np.concatenate([split.test for split in splits])).tolist() == list(range(len(labels)))


@given(labels(), counts, repeats, seeds)
def test_no_row_is_trained_on_and_held_out_at_once(labels: Labels, count: int, repeat: int, seed: int) -> None:
    for split in folds(labels, count, repeat, seed):
        assert sorted([*split.train, *split.test]) == list(range(len(labels)))


@given(labels(), counts, repeats, seeds)
def test_each_class_is_spread_evenly_over_the_folds(labels: Labels, count: int, repeat: int, seed: int) -> None:
    held_out = np.array([np.bincount(labels[split.test]) for split in folds(labels, count, repeat, seed)])
    assert (held_out.max(axis=0) - held_out.min(axis=0) <= 1).all()


@given(labels(), counts, repeats, seeds)
def test_a_repeats_folds_are_the_same_whenever_they_are_asked_for(
    labels: Labels, count: int, repeat: int, seed: int
) -> None:
    """They cannot depend on how many repeats there are: a repeat is made alone, from its number."""
    first = rows(folds(labels, count, repeat, seed))
    for other in range(3):
        folds(labels, count, other, seed)
    assert rows(folds(labels, count, repeat, seed)) == first


def test_every_repeat_and_every_seed_has_its_own_folds() -> None:
    labels = np.repeat([0, 1], 20)
    made = [str(rows(folds(labels, 4, repeat, seed))) for repeat in range(20) for seed in (7, 8)]
    assert len(set(made)) == len(made)


@given(labels(), st.integers(0, 10))
def test_more_folds_than_rows_of_a_class_are_refused_with_the_most_there_can_be(labels: Labels, beyond: int) -> None:
    smallest = int(np.bincount(labels).min())
    assert len(folds(labels, smallest, 0, 7)) == smallest
    with pytest.raises(DataError, match=rf"take evaluation.folds <= {smallest}$"):
        folds(labels, smallest + 1 + beyond, 0, 7)


def test_the_refusal_names_the_key_and_both_numbers() -> None:
    with pytest.raises(DataError) as caught:
        check_folds(np.array([0, 0, 0, 1, 1]), 3)
    assert str(caught.value) == (
        "evaluation.folds: 3 folds need 3 rows of each class, but the smallest class has 2: take evaluation.folds <= 2"
    )


def test_rows_of_one_class_are_refused() -> None:
    with pytest.raises(DataError, match="all rows are of one class"):
        check_folds(np.zeros(10, dtype=np.int64), 2)
