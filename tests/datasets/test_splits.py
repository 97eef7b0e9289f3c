import hashlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from dropout_lab.config.dataset import CSV
from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout, OfficialTest
from dropout_lab.datasets import Dataset, Split, folds, load_builtin, splits
from dropout_lab.datasets.folds import grouped_part
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.table_dataset import to_dataset
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


def table(labels: Labels, test_rows: int = 0) -> Dataset:
    """Return a data set with these labels."""
    classes = tuple(str(code) for code in range(int(labels.max()) + 1))
    return Dataset("made", np.zeros((len(labels), 2)), labels, classes, "made", test_rows=test_rows)


@given(labels(), st.integers(0, 10))
def test_more_folds_than_rows_of_a_class_are_refused_with_the_most_there_can_be(labels: Labels, beyond: int) -> None:
    smallest = int(np.bincount(labels).min())
    assert len(splits(table(labels), CrossValidation(folds=smallest), None, 0)) == smallest
    with pytest.raises(DataError, match=rf"take evaluation.folds <= {smallest}$"):
        splits(table(labels), CrossValidation(folds=smallest + 1 + beyond), None, 0)


def test_the_refusal_names_the_key_and_both_numbers() -> None:
    with pytest.raises(DataError) as caught:
        splits(table(np.array([0, 0, 0, 1, 1])), CrossValidation(folds=3), None, 0)
    assert str(caught.value) == (
        "evaluation.folds: 3 folds need 3 rows of each class, but the smallest class has 2: take evaluation.folds <= 2"
    )


def test_rows_of_one_class_are_refused() -> None:
    with pytest.raises(DataError, match="all rows are of one class"):
        splits(table(np.zeros(10, dtype=np.int64)), CrossValidation(folds=2), None, 0)


@given(labels(), st.integers(1, 5), repeats)
def test_the_official_test_set_is_held_out_by_its_split_and_left_alone_by_the_others(
    labels: Labels, test_rows: int, repeat: int
) -> None:
    data = table(np.concatenate([labels, labels[:test_rows]]), test_rows)
    official = set(range(len(labels), len(labels) + test_rows))
    [split] = splits(data, OfficialTest(), None, repeat)
    assert set(split.test.tolist()) == official
    assert split.train.tolist() == list(range(len(labels)))
    for evaluation in (CrossValidation(folds=2), Holdout(test_share=0.4)):
        for split in splits(data, evaluation, None, repeat):
            assert not official & {*split.train.tolist(), *split.test.tolist()}


def test_a_split_that_the_data_set_does_not_have_is_refused() -> None:
    with pytest.raises(DataError, match=r"made has no official test set: take evaluation\.split folds or holdout"):
        splits(table(np.repeat([0, 1], 10)), OfficialTest(), None, 0)


@given(labels(), st.floats(0.2, 0.8), seeds, repeats)
def test_a_hold_out_is_stratified_and_the_same_in_every_repeat(
    labels: Labels, share: float, seed: int, repeat: int
) -> None:
    evaluation = Holdout(test_share=share, split_seed=seed)
    first, other = (splits(table(labels), evaluation, None, number) for number in (0, repeat))
    assert rows(first) == rows(other)
    [split] = first
    assert sorted([*split.train, *split.test]) == list(range(len(labels)))
    held_out = np.bincount(labels[split.test], minlength=int(labels.max()) + 1)
    assert (abs(held_out - share * np.bincount(labels)) <= 1 + 1e-9).all()


def test_a_hold_out_too_small_for_the_classes_is_refused() -> None:
    with pytest.raises(DataError, match=r"evaluation.test_share: 0.01 of 20 rows"):
        splits(table(np.repeat([0, 1], 10)), Holdout(test_share=0.01), None, 0)


evaluations: st.SearchStrategy[Evaluation] = st.one_of(
    st.builds(CrossValidation, folds=st.integers(2, 5), split_seed=seeds), st.builds(Holdout, split_seed=seeds)
)


@given(labels(), evaluations, repeats, st.data())
def test_a_part_of_the_training_rows_is_stratified_and_a_larger_part_holds_a_smaller(
    labels: Labels, evaluation: Evaluation, repeat: int, data: st.DataObject
) -> None:
    made = table(labels)
    whole = splits(made, evaluation, None, repeat)
    most = min(len(split.train) for split in whole)
    small, large = sorted(data.draw(st.integers(len(made.classes), most)) for _ in range(2))
    for full, less, more in zip(
        whole, splits(made, evaluation, small, repeat), splits(made, evaluation, large, repeat), strict=True
    ):
        assert full.test.tolist() == less.test.tolist() == more.test.tolist()
        assert (len(less.train), len(more.train)) == (small, large)
        assert set(less.train) <= set(more.train) <= set(full.train)
        taken = np.bincount(labels[less.train], minlength=len(made.classes))
        there = np.bincount(labels[full.train], minlength=len(made.classes))
        assert (abs(taken - there * small / len(full.train)) <= len(made.classes)).all()
        assert taken.all()


@given(
    st.lists(st.integers(6, 200), min_size=2, max_size=5), evaluations.filter(lambda each: each.folds < 4), st.data()
)
def test_a_part_with_a_row_for_each_class_has_each_class_however_unequal_they_are(
    sizes: list[int], evaluation: Evaluation, data: st.DataObject
) -> None:
    made = table(np.repeat(np.arange(len(sizes)), sizes))
    if isinstance(evaluation, Holdout):
        evaluation = Holdout(test_share=0.5, split_seed=evaluation.split_seed)
    rows = data.draw(st.integers(len(sizes), len(sizes) + 3))
    for split in splits(made, evaluation, rows, 0):
        assert set(made.labels[split.train]) == set(range(len(sizes)))
        assert len(split.train) == rows


def test_a_part_stays_the_same_from_version_to_version() -> None:
    digits = load_builtin("digits", Path())
    parts = [split.train.tolist() for split in splits(digits, CrossValidation(folds=3), 200, 1)]
    assert hashlib.sha256(repr(parts).encode()).hexdigest()[:16] == "d7945fd42f2bac41"


@pytest.mark.parametrize("count", [1, 17])
def test_a_part_that_is_too_small_or_larger_than_the_whole_is_refused_with_both_ends(count: int) -> None:
    with pytest.raises(DataError, match=rf"dataset.train_rows: {count}: expected 2 .* to 16 "):
        splits(table(np.repeat([0, 1], 10)), CrossValidation(folds=5), count, 0)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=12, max_size=40), counts, repeats, seeds)
def test_rows_of_a_group_are_held_out_together_and_every_row_once(
    members: list[tuple[int, int]], count: int, repeat: int, seed: int
) -> None:
    groups = np.repeat(np.arange(len(members)), [size for _, size in members])
    classes = np.repeat([code for code, _ in members], [size for _, size in members]).astype(np.int64)
    assume(np.bincount(classes).max() >= count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of classes with fewer rows than folds, which we refuse
        try:
            made = folds(classes, count, repeat, seed, groups)
        except DataError:
            return
    assert np.sort(np.concatenate([split.test for split in made])).tolist() == list(range(len(groups)))
    for split in made:
        assert not {*groups[split.test]} & {*groups[split.train]}
        assert len(split.test)


def test_grouped_folds_are_scikit_learns_stratified_group_k_fold() -> None:
    classes, groups = np.arange(60) // 3 % 2, np.arange(60) // 3
    kfold = StratifiedGroupKFold(4, shuffle=True, random_state=7)
    expected = [(train.tolist(), test.tolist()) for train, test in kfold.split(np.zeros(60), classes, groups)]
    assert rows(folds(classes, 4, 0, 7, groups)) == expected


GROUPED = Dataset("my", np.zeros((60, 1)), np.arange(60) % 2, ("a", "b"), "", groups=np.arange(60) // 10)


def test_a_grouped_holdout_holds_out_whole_groups() -> None:
    (split,) = splits(GROUPED, Holdout(test_share=0.3), None, 0)
    assert {*GROUPED.groups[split.test]} & {*GROUPED.groups[split.train]} == set()  # type: ignore[index]
    assert len(split.test) == 20


@pytest.mark.parametrize(
    ("evaluation", "expected"),
    [
        (CrossValidation(folds=10), "evaluation.folds: 10: needs at least 10 groups of rows, but dataset.group has 6"),
        (Holdout(test_share=0.1), "evaluation.test_share: 0.1: needs at least 10 groups"),
    ],
)
def test_fewer_groups_than_folds_are_refused_with_the_way_out(evaluation: Evaluation, expected: str) -> None:
    with pytest.raises(DataError, match=f"{expected}.*take evaluation.folds <= 6"):
        splits(GROUPED, evaluation, None, 0)


def test_groups_so_unequal_that_a_fold_would_be_empty_are_refused() -> None:
    groups = np.repeat(np.arange(4), [16, 4, 8, 8])
    with pytest.raises(DataError, match="one of 4 folds would be empty"):
        folds(np.array([1, 0, 1, 0])[groups], 4, 0, 7, groups)


def test_classes_of_the_users_own_data_with_too_few_rows_are_named() -> None:
    content = "a,outcome\n" + "\n".join(f"{row * row},{'xy'[row % 2] if row > 2 else 'odd'}" for row in range(30))
    spec = CSV(csv="my.csv", target="outcome")
    data = to_dataset(parse_csv(content.encode(), "my.csv", spec), spec, "outcome")
    with pytest.raises(
        DataError, match=r"smallest class has 3: take evaluation.folds <= 3; or merge.*too few.*odd \(3\)"
    ):
        splits(data, CrossValidation(folds=10), None, 0)


@given(counts, repeats, seeds, st.booleans())
def test_folds_for_numbers_are_scikit_learns_plain_ones(count: int, repeat: int, seed: int, grouped: bool) -> None:
    values, groups = np.arange(40.0), np.arange(40) // 4 if grouped else None
    data = Dataset("my", np.zeros((40, 1)), np.zeros(40, np.int64), (), "", groups=groups, values=values)
    made = splits(data, CrossValidation(folds=count, split_seed=seed), None, repeat)
    assert np.sort(np.concatenate([split.test for split in made])).tolist() == list(range(40))
    if repeat == 0:
        kfold = (GroupKFold if grouped else KFold)(count, shuffle=True, random_state=seed)
        expected = kfold.split(values, groups=groups)
        assert rows(made) == [(train.tolist(), test.tolist()) for train, test in expected]


def test_more_folds_than_rows_of_numbers_are_refused() -> None:
    data = Dataset("my", np.zeros((5, 1)), np.zeros(5, np.int64), (), "", values=np.arange(5.0))
    with pytest.raises(DataError, match="10 folds need as many rows, but there are 5"):
        splits(data, CrossValidation(folds=10), None, 0)
    (split,) = splits(data, Holdout(test_share=0.4), None, 0)
    assert len(split.test) == 2


@given(labels(), counts, repeats, st.floats(0.01, 0.6))
def test_rows_set_aside_are_of_the_training_rows_and_leave_each_class_to_learn_from(
    labels: Labels, count: int, repeat: int, share: float
) -> None:
    evaluation = CrossValidation(folds=count)
    pairs = zip(
        splits(table(labels), evaluation, None, repeat),
        splits(table(labels), evaluation, None, repeat, share),
        strict=True,
    )
    for whole, split in pairs:
        assert split.test.tolist() == whole.test.tolist()
        assert sorted([*split.train, *split.validation]) == whole.train.tolist()
        assert set(labels[split.train]) == set(labels)
        assert len(split.validation) == max(1, round(len(whole.train) * share))


def test_whole_groups_are_set_aside() -> None:
    for split in splits(GROUPED, CrossValidation(folds=2), None, 0, 0.3):
        assert GROUPED.groups is not None
        told = [set(GROUPED.groups[rows].tolist()) for rows in (split.train, split.test, split.validation)]
        assert all(told)
        assert not told[0] & told[1]
        assert not told[0] & told[2]
        assert not told[1] & told[2]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), min_size=2, max_size=40),
    st.floats(0.001, 0.999),
    seeds,
    st.booleans(),
)
def test_of_any_groups_some_are_held_out_and_some_are_left_and_none_is_cut(
    members: list[tuple[int, int]], share: float, seed: int, stratified: bool
) -> None:
    sizes = [size for _, size in members]
    classes, groups = np.repeat([code for code, _ in members], sizes), np.repeat(np.arange(len(members)), sizes)
    split = grouped_part(classes, groups, share, seed, stratified=stratified)
    assert np.sort([*split.train, *split.test]).tolist() == list(range(len(groups)))
    assert len(split.train)
    assert len(split.test)
    assert not {*groups[split.test]} & {*groups[split.train]}


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.35, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("values", [None, np.arange(80.0)])
def test_a_grouped_part_has_the_share_that_is_asked_for(share: float, values: NDArray[np.float64] | None) -> None:
    classes = np.arange(80) % 2 if values is None else np.zeros(80, np.int64)
    data = Dataset("my", np.zeros((80, 1)), classes, ("a", "b"), "", groups=np.arange(80) // 4, values=values)
    (split,) = splits(data, Holdout(test_share=share), None, 0)
    assert len(split.test) == pytest.approx(80 * share)
    (split,) = splits(data, Holdout(test_share=0.5), None, 0, share)
    assert len(split.validation) == pytest.approx(40 * share, abs=4)


def test_a_fifth_of_the_groups_is_one_of_scikit_learns_five_folds() -> None:
    classes, groups = np.arange(60) // 3 % 2, np.arange(60) // 3
    kfold = StratifiedGroupKFold(5, shuffle=True, random_state=7)
    train, test = next(kfold.split(np.zeros(60), classes, groups))
    part = grouped_part(classes, groups, 0.2, 7)
    assert (part.train.tolist(), part.test.tolist()) == (train.tolist(), test.tolist())


def test_fewer_rows_of_a_class_than_parts_are_no_hindrance_to_holding_groups_out() -> None:
    data = Dataset("my", np.zeros((30, 1)), np.arange(30) % 2, ("a", "b"), "", groups=np.arange(30))
    (split,) = splits(data, Holdout(test_share=0.05), None, 0)
    assert len(split.test) == 2
    few = Dataset("my", np.zeros((16, 1)), np.arange(16) % 2, ("a", "b"), "", groups=np.arange(16))
    for split in splits(few, CrossValidation(folds=2), None, 0, 0.1):
        assert 1 <= len(split.validation) <= 2
