"""A second file whose rows are the test set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dropout_lab.config.dataset import CSV, NPZ
from dropout_lab.config.evaluation import CrossValidation, Holdout, LeaveOneGroupOut, OfficialTest, Predefined
from dropout_lab.datasets import Dataset, checksum, encoding, load_dataset, splits
from dropout_lab.datasets.distinct_rows import class_counts
from dropout_lab.datasets.tabular.duplicate_rows import under_evaluation
from dropout_lab.errors import DataError, DatasetError

TRAIN = "size,city,outcome\n1.5,Bern,no\n2,Wien,yes\n3,Bern,no\n4,Wien,yes\n5.5,Bern,yes\n6,Wien,no\n"
TEST = "outcome,size,city\nyes,7,Rom\nno,8.25,Bern\n"


def load(folder: Path, train: str = TRAIN, test: str = TEST, **keys: object) -> Dataset:
    (folder / "train.csv").write_text(train)
    (folder / "test.csv").write_text(test)
    spec = {"csv": str(folder / "train.csv"), "test": str(folder / "test.csv"), "target": "outcome", **keys}
    return load_dataset(CSV.model_validate(spec), folder)


def refused(folder: Path, train: str = TRAIN, test: str = TEST, **keys: object) -> str:
    with pytest.raises(DatasetError) as caught:
        load(folder, train, test, **keys)
    return str(caught.value).replace(f"{folder}/", "")


def test_its_rows_follow_those_of_the_first_file_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    data = load(tmp_path)
    assert (len(data.labels), data.test_rows, data.classes) == (8, 2, ("no", "yes"))
    assert data.features[:, 0].tolist() == [1.5, 2, 3, 4, 5.5, 6, 7, 8.25]
    assert data.labels.tolist() == [0, 1, 0, 1, 1, 0, 1, 0]
    assert data.source.startswith("train.csv and test.csv (")
    [split] = splits(data, OfficialTest(), None, 0)
    assert (split.train.tolist(), split.test.tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7])
    for split in splits(data, CrossValidation(folds=3), None, 0):
        assert max(*split.train, *split.test) < 6, "other splits divide the first file"


def test_what_is_fitted_knows_the_training_rows_only_and_a_new_category_is_none_of_theirs(tmp_path: Path) -> None:
    data = load(tmp_path)
    assert data.table is not None
    fitted = encoding(data.table, data.features, np.arange(6), "standard")
    inputs = fitted(data.features, "float64")
    trained = data.features[:6, 0]
    np.testing.assert_allclose(inputs[:, 0], (data.features[:, 0] - trained.mean()) / trained.std())
    assert [column.categories for column in data.table.columns] == [(), ("Bern", "Rom", "Wien")]
    assert inputs[6, 1:].tolist() == [0, 0, 0], "Rom, which no training row has"
    assert inputs[7, 1:].tolist() == [1, 0, 0]


def test_a_column_of_numbers_that_is_text_in_one_file_keeps_its_values(tmp_path: Path) -> None:
    """Where commas are decimal signs, a whole file of points would be other numbers."""
    train = "size;outcome\n1,5;no\n2,25;yes\n3,5;no\n4;yes\n"
    data = load(tmp_path, train, "size;outcome\n5,5 kg;no\n7 kg;yes\n", category=["size"], keep=["size"])
    assert data.table is not None
    assert data.table.columns[0].categories == ("1,5", "2,25", "3,5", "4", "5,5 kg", "7 kg")
    plain = load(tmp_path, train, "size;outcome\n7;no\n8;yes\n")
    assert plain.features[:, 0].tolist() == [1.5, 2.25, 3.5, 4, 7, 8]


def test_missing_targets_are_left_out_of_each_file_and_the_rows_of_both_are_located(tmp_path: Path) -> None:
    data = load(tmp_path, f"{TRAIN}9,Bern,\n", f"{TEST},9,Wien\n")
    assert (len(data.labels), data.test_rows) == (8, 2)
    assert "test.csv:3: size is 1e+99" in refused(tmp_path, test=TEST.replace("8.25", "1e99"))


@pytest.mark.parametrize(
    ("test", "keys", "message"),
    [
        (
            "size,city\n1,Bern\n",
            {},
            "dataset.test: test.csv has no column outcome, so that nothing can be measured on it: leave dataset.test "
            "out, and predict these rows with 'dropout-lab predict' after 'dropout-lab refit'",
        ),
        (
            "outcome,town\nno,Bern\n",
            {},
            "dataset.test: test.csv lacks size, city, which train.csv has: add them there, or to dataset.drop",
        ),
        ("outcome,size,city\n", {}, "dataset.test: test.csv: has no rows below its column names"),
        (
            "outcome,size,city\nperhaps,1,Bern\n",
            {},
            "dataset.test: test.csv has classes that train.csv has not, so that no network can learn them: perhaps: "
            "leave these rows out, or merge classes, in the files",
        ),
        ("outcome,size,city\n,1,Bern\n", {}, "dataset.test: test.csv: no row has a target"),
    ],
)
def test_a_file_that_cannot_be_the_test_set_is_refused(
    tmp_path: Path, test: str, keys: dict[str, object], message: str
) -> None:
    assert refused(tmp_path, test=test, **keys) == message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(TRAIN)
    with pytest.raises(DatasetError, match=r"nowhere\.csv: no such file"):
        load_dataset(
            CSV(csv=str(tmp_path / "train.csv"), test=str(tmp_path / "nowhere.csv"), target="outcome"), tmp_path
        )


def test_columns_that_one_file_has_are_told_or_not_needed(tmp_path: Path) -> None:
    data = load(tmp_path, test="outcome,size,more\nyes,7,1\nno,8,2\n", drop=["city"])
    assert data.table is not None
    notes = [note.replace(f"{tmp_path}/", "") for note in data.notes]
    assert notes == ["test.csv: more left out, as train.csv has no such column"]
    assert data.inputs == 1


def test_groups_and_folds_of_the_first_file_are_those_that_are_held_out(tmp_path: Path) -> None:
    train = "x,who,cv,outcome\n1,a,1,no\n2,a,1,yes\n3,b,2,no\n4,b,2,yes\n5,c,2,no\n6,c,1,yes\n"
    test = "x,who,outcome\n7,d,yes\n8,a,no\n"
    grouped = load(tmp_path, train, test, group="who", drop=["cv"])
    found = splits(grouped, LeaveOneGroupOut(), None, 0)
    assert [split.test.tolist() for split in found] == [[0, 1], [2, 3], [4, 5]]
    assert grouped.table is not None
    [note] = [note.replace(f"{tmp_path}/", "") for note in grouped.notes]
    assert note.startswith("1 of 2 groups in test.csv have rows in train.csv, too")
    given = splits(load(tmp_path, train, test, fold="cv", drop=["who"]), Predefined(), None, 0)
    assert [split.test.tolist() for split in given] == [[0, 1, 5], [2, 3, 4]]


def test_the_same_rows_divided_elsewhere_are_other_data(tmp_path: Path) -> None:
    lines = TRAIN.splitlines(keepends=True)
    sums = {checksum(load(tmp_path, "".join(lines[:cut]), "".join([lines[0], *lines[cut:]]))) for cut in (4, 5, 6)}
    assert len(sums) == 3


def test_arrays_can_be_in_two_files_too(tmp_path: Path) -> None:
    for name, first in (("train", 0), ("test", 20)):
        rows = np.arange(first, first + 8.0).reshape(4, 2)
        np.savez(tmp_path / f"{name}.npz", X=rows, y=np.array(["a", "b"] * 2))
    data = load_dataset(NPZ(npz=str(tmp_path / "train.npz"), test=str(tmp_path / "test.npz")), tmp_path)
    assert (data.test_rows, data.features[4].tolist(), data.labels.tolist()) == (4, [20, 21], [0, 1] * 4)


def test_a_table_of_one_file_has_no_test_set_and_the_error_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(TRAIN)
    data = load_dataset(CSV(csv=str(tmp_path / "train.csv"), target="outcome"), tmp_path)
    with pytest.raises(DataError, match=r"or name the file with the test rows: dataset\.test$"):
        splits(data, OfficialTest(), None, 0)


def test_copies_are_dropped_from_each_file_and_from_the_test_set_if_they_are_trained_on(tmp_path: Path) -> None:
    train = "x,day,cv,outcome\n1,1,1,no\n1,2,2,no\n2,3,1,yes\n3,4,2,no\n4,5,1,yes\n5,6,2,yes\n"
    test = "x,outcome\n2,yes\n9,no\n9,no\n8,yes\n"
    data = load(tmp_path, train, test, duplicates="drop", fold="cv", time="day")
    assert (data.features[:, 0].tolist(), data.test_rows) == ([1, 2, 3, 4, 5, 9, 8], 2)
    assert data.test_fold is not None
    assert data.time is not None
    assert (data.test_fold.tolist(), data.time.tolist()) == ([0, 0, 1, 0, 1], [0, 2, 3, 4, 5])
    [split] = splits(data, OfficialTest(), None, 0)
    assert (split.train.tolist(), split.test.tolist()) == ([0, 1, 2, 3, 4], [5, 6])


def test_rows_that_are_in_both_files_are_told_and_neither_file_loses_any(tmp_path: Path) -> None:
    train = "x,outcome\n1,no\n1,no\n2,yes\n3,no\n4,yes\n5,yes\n"
    data = under_evaluation(load(tmp_path, train, "x,outcome\n2,yes\n9,no\n"), OfficialTest())
    [split] = splits(data, OfficialTest(), None, 0)
    assert (split.train.tolist(), split.test.tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7])
    assert data.table is not None
    assert any("copies of an earlier row" in note or "copies of earlier rows" in note for note in data.notes)


@pytest.mark.parametrize("treatment", ["group", "drop"])
@pytest.mark.parametrize("evaluation", [CrossValidation(folds=3), CrossValidation(folds=2, repeats=2), Holdout()])
def test_rows_of_the_test_file_that_are_copies_are_in_no_other_split(
    treatment: str, evaluation: CrossValidation | Holdout, tmp_path: Path
) -> None:
    rows = [f"{row % 15},{'BW'[row % 2]},{('no', 'yes')[row % 15 // 4 % 2]}" for row in range(60)]
    train, test = "\n".join(["size,city,outcome", *rows]), "\n".join(["size,city,outcome", *rows[:9], "99,B,no"])
    data = load(tmp_path, train, test, duplicates=treatment)
    first = len(data.split_labels)
    assert (data.test_rows, first) == ((10, 60) if treatment == "group" else (1, 30))
    assert int(class_counts(data).sum()) == len({tuple(row) for row in data.features[:first].tolist()})
    for repeat in range(2):
        made = splits(data, evaluation, None, repeat, 0.2)
        for split in made:
            parts = np.concatenate([split.train, split.test, split.validation])
            assert sorted(parts.tolist()) == list(range(first))
            held = {tuple(row) for row in data.features[split.test].tolist()}
            assert held.isdisjoint(tuple(row) for row in data.features[split.train].tolist())


def test_codes_that_begin_with_zeros_are_those_of_the_first_file(tmp_path: Path) -> None:
    train = "code,size,outcome\n" + "".join(
        f"{('A1', '007', '10')[row % 3]},{row},{'xy'[row % 2]}\n" for row in range(30)
    )
    test = "code,size,outcome\n007,40,x\n10,41,y\n"
    data = load(tmp_path, train, test)
    assert data.table is not None
    code = next(column for column in data.table.columns if column.name == "code")
    assert code.categories == ("007", "10", "A1")
    amounts = load(tmp_path, train.replace("A1", "005"), test)
    assert amounts.table is not None
    assert "code: cells that begin with zeros are read as amounts, 005 as 5" in "".join(amounts.notes)
