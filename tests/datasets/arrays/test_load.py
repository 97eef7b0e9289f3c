"""Arrays of three axes or more -> data sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from dropout_lab.config.dataset import HDF5, NPY, NPZ
from dropout_lab.config.evaluation import CrossValidation, OfficialTest, Predefined
from dropout_lab.datasets import Dataset, checksum, load_dataset, splits
from dropout_lab.errors import DatasetError

RNG = np.random.default_rng(7)
SEQUENCES = RNG.normal(size=(20, 5, 3)).astype(np.float32)
PICTURES = RNG.integers(0, 256, (20, 6, 6, 3), dtype=np.uint8)
CLASSES = np.arange(20) % 2


@pytest.fixture(autouse=True)
def _within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(arrays: dict[str, Any], **keys: Any) -> Dataset:
    np.savez("my.npz", **arrays)
    return load_dataset(NPZ.model_validate({"npz": "my.npz", **keys}), Path())


def problems(arrays: dict[str, Any], **keys: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        load(arrays, **keys)
    return "\n".join(caught.value.problems)


def test_three_axes_are_sequences_and_four_pictures() -> None:
    data = load({"X": SEQUENCES, "y": CLASSES})
    assert (data.row, data.features.dtype, data.table, data.channels) == ((5, 3), np.float32, None, 3)
    assert np.array_equal(data.features, SEQUENCES.reshape(20, 15))
    assert (data.labels.tolist(), data.classes, data.source) == (CLASSES.tolist(), ("0", "1"), "my.npz (NumPy arrays)")
    pictures = load({"X": PICTURES, "y": CLASSES})
    assert (pictures.row, pictures.features.dtype) == ((6, 6, 3), np.uint8)
    assert (
        load({"X": np.zeros((20, 2, 2, 2, 2)) + np.arange(20)[:, None, None, None, None], "y": CLASSES}).row == (2,) * 4
    )


def test_bytes_stay_bytes_in_their_file_and_how_they_are_scaled_is_told() -> None:
    data = load({"X": PICTURES, "y": CLASSES})
    assert data.features.base is not None
    assert not data.features.flags.writeable
    (note,) = data.notes
    assert note.startswith("X: bytes are scaled from 0..255 to 0..1 (preprocessing.scale: unit)")


def test_rows_of_two_axes_of_bytes_are_pictures_of_one_channel_unless_the_config_says_sequences() -> None:
    gray = {"X": PICTURES[..., 0], "y": CLASSES}
    assert load(gray).row == (6, 6, 1)
    assert any(
        "are pictures of one channel: if they are sequences, set dataset.pictures: false" in n for n in load(gray).notes
    )
    assert (load(gray, pictures=False).row, load(gray, pictures=False).notes) == ((6, 6), ())
    assert load({"X": SEQUENCES, "y": CLASSES}, pictures=True).row == (5, 3, 1)


def test_channels_that_seem_to_come_first_are_told() -> None:
    (note,) = load({"X": PICTURES.transpose(0, 3, 1, 2).astype(float), "y": CLASSES}).notes
    assert note.endswith("if channels come first, save X.transpose(0, 2, 3, 1)")


def test_every_kind_of_file_gives_the_same_data() -> None:
    expected = checksum(load({"X": SEQUENCES, "y": CLASSES}))
    np.save("X.npy", SEQUENCES)
    np.save("y.npy", CLASSES)
    with h5py.File("my.h5", "w") as written:
        written["data"], written["target"] = SEQUENCES, CLASSES
    apart = load_dataset(NPY(npy="X.npy", target="y.npy"), Path())
    assert (checksum(apart), apart.name, apart.source) == (expected, "X", "X.npy (NumPy arrays)")
    together = load_dataset(HDF5(hdf5="my.h5"), Path())
    assert (checksum(together), together.source) == (expected, "my.h5 (HDF5)")


def test_a_table_in_any_kind_of_file_is_one(tmp_path: Path) -> None:
    rows = SEQUENCES[:, 0].astype(float)
    expected = checksum(load({"X": rows, "y": CLASSES}))
    np.save("a.npy", rows)
    np.save("b.npy", np.eye(2)[CLASSES])
    data = load_dataset(NPY(npy="a.npy", target="b.npy"), Path())
    assert data.table is not None
    assert ([each.name for each in data.table.columns], data.roles.target) == (["x1", "x2", "x3"], "b")
    assert (checksum(data), data.notes) == (expected, ("b.npy is one-hot: its 2 columns are classes, counted from 0",))


def test_shape_is_a_part_of_the_checksum() -> None:
    data = load({"X": SEQUENCES, "y": CLASSES})
    assert checksum(data) != checksum(replace(data, shape=(3, 5)))


def test_a_test_set_in_the_file_is_held_out_by_the_split_for_it_only() -> None:
    arrays = {"x_train": PICTURES, "y_train": CLASSES, "x_test": PICTURES[:4] // 2, "y_test": CLASSES[:4]}
    data = load(arrays)
    assert (data.test_rows, len(data.labels)) == (4, 24)
    assert np.array_equal(data.features[20:], (PICTURES[:4] // 2).reshape(4, -1))
    (split,) = splits(data, OfficialTest(), None, 0)
    assert split.test.tolist() == [20, 21, 22, 23]
    assert max(max(each.test) for each in splits(data, CrossValidation(folds=2), None, 0)) == 19
    table = load(
        {name: array.reshape(len(array), -1)[:, :3] if "x" in name else array for name, array in arrays.items()}
    )
    assert (table.test_rows, len(table.labels)) == (4, 24)


def test_a_test_set_in_a_file_of_its_own_may_have_the_same_names_or_those_of_a_test_set() -> None:
    for names in (("X", "y"), ("X_test", "y_test")):
        np.savez("test.npz", **dict(zip(names, (SEQUENCES[:4] + 1, CLASSES[:4]), strict=True)))
        data = load({"X": SEQUENCES, "y": CLASSES}, test="test.npz")
        assert (data.test_rows, data.source) == (4, "my.npz and test.npz (NumPy arrays)")
    np.save("X.npy", SEQUENCES)
    np.save("y.npy", CLASSES)
    np.save("Xt.npy", SEQUENCES[:4] + 1)
    np.save("yt.npy", CLASSES[:4])
    apart = load_dataset(NPY(npy="X.npy", target="y.npy", test="Xt.npy", test_target="yt.npy"), Path())
    assert (apart.test_rows, len(apart.labels)) == (4, 24)


def test_groups_folds_and_times_are_further_arrays() -> None:
    arrays = {
        "X": SEQUENCES,
        "y": CLASSES,
        "who": np.arange(20) // 2,
        "part": np.arange(20) // 10,
        "day": -np.arange(20),
    }
    data = load(arrays, group="who", fold="part", time="day")
    assert data.groups is not None
    assert data.time is not None
    assert (data.groups.tolist(), data.time.tolist()) == ([*np.arange(20) // 2], [*range(19, -1, -1)])
    assert [split.test.tolist() for split in splits(data, Predefined(folds=2), None, 0)] == [
        [*range(10)],
        [*range(10, 20)],
    ]
    for name in ("X", "y", "who"):
        np.save(f"{name}.npy", arrays[name])
    apart = load_dataset(NPY(npy="X.npy", target="y.npy", group="who.npy"), Path())
    assert (apart.roles.group, apart.groups.tolist()) == ("who", data.groups.tolist())


def test_copies_are_held_out_together_as_in_a_table() -> None:
    twice = {"X": np.concatenate([PICTURES, PICTURES]), "y": np.concatenate([CLASSES, CLASSES])}
    data = load(twice)
    assert data.grouped_by_inputs
    assert "20 of 40 rows are copies of an earlier row" in data.notes[-1]
    for split in splits(data, CrossValidation(folds=4), None, 0):
        assert {*split.train % 20}.isdisjoint(split.test % 20)
    assert len(load(twice, duplicates="drop").labels) == 20


def test_names_of_classes_take_the_place_of_numbers() -> None:
    data = load({"X": SEQUENCES, "y": np.eye(2)[CLASSES]}, classes=["dog", "cat"])
    assert [data.classes[code] for code in data.labels[:2]] == ["dog", "cat"]


WRONG = SEQUENCES.copy()
WRONG[2, 1, 1] = np.nan
WRONG[4] = np.inf


@pytest.mark.parametrize(
    ("arrays", "keys", "expected"),
    [
        (
            {"X": SEQUENCES, "y": CLASSES[:19]},
            {},
            "my.npz: y has shape (19,) and type int64: expected numbers or text of",
        ),
        ({"X": WRONG, "y": CLASSES}, {}, "my.npz, row 3: X holds nan, and 2 rows have such values in all"),
        ({"X": SEQUENCES * 1e31, "y": CLASSES}, {}, "expected finite numbers below 1e+30 in magnitude"),
        (
            {"X": SEQUENCES[:0], "y": CLASSES[:0]},
            {},
            "my.npz: X has shape (0, 5, 3) and type float32: there is nothing",
        ),
        ({"X": SEQUENCES[:, :0], "y": CLASSES}, {}, "there is nothing in it to learn from"),
        (
            {"X": SEQUENCES * 1j, "y": CLASSES},
            {},
            "X has shape (20, 5, 3) and type complex64: expected numbers of shape",
        ),
        ({"X": SEQUENCES, "y": CLASSES + 0.5}, {"task": "classification"}, "row 1: y is 0.5: expected whole numbers"),
        ({"X": SEQUENCES, "y": CLASSES}, {"group": "who"}, "dataset.group: my.npz has no array who (arrays: X, y)"),
        (
            {"X": SEQUENCES, "y": CLASSES},
            {"drop": ["x1"]},
            "dataset.drop: rows of 2 axes have no columns: leave it out",
        ),
        (
            {"x_train": PICTURES, "y_train": CLASSES, "x_test": PICTURES[:, :5], "y_test": CLASSES},
            {},
            "x_test of my.npz: rows have shape (5, 6, 3), and those of my.npz (6, 6, 3): expected rows of one shape",
        ),
        (
            {"x_train": PICTURES, "y_train": CLASSES, "x_test": PICTURES, "y_test": CLASSES + 1},
            {},
            "dataset.test: x_test of my.npz has classes that my.npz has not",
        ),
        (
            {"X": SEQUENCES, "y": np.where(CLASSES, np.nan, 1)},
            {},
            "my.npz, row 2: y is nan, and 10 in all are no finite",
        ),
    ],
)
def test_arrays_that_cannot_be_used_are_refused(arrays: dict[str, Any], keys: dict[str, Any], expected: str) -> None:
    assert expected in problems(arrays, **keys)


def test_all_problems_are_told_at_once() -> None:
    told = problems({"X": WRONG, "y": CLASSES + 0.5}, task="classification", dates=["x"])
    assert told.count("\n") == 2
