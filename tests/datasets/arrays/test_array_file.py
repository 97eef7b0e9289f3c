"""Files of arrays: what is mapped, what is read, and what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from dropout_lab.datasets.arrays.array_file import npy_file, open_hdf5, open_npz
from dropout_lab.datasets.user_file import map_bytes
from dropout_lab.errors import DatasetError

PICTURES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def is_in(array: Any, content: memoryview) -> bool:
    """Return whether an array is a part of some content, not a copy of it."""
    whole = np.frombuffer(content, np.uint8)
    return bool(np.shares_memory(array, whole))


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_an_archive_that_is_not_compressed_stays_in_its_file(order: Any, tmp_path: Path) -> None:
    stored = np.asarray(PICTURES.astype(np.float32), order=order)
    np.savez(tmp_path / "my.npz", X=stored, y=np.array(["a", "b"]))
    content = map_bytes(str(tmp_path / "my.npz"))
    with open_npz(content, "my.npz") as file:
        found, labels = file.read("X"), file.read("y")
    assert is_in(found, content)
    assert found.tolist() == stored.tolist()
    assert labels.tolist() == ["a", "b"]


def test_a_compressed_array_is_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "my.npz", X=PICTURES)
    with open_npz(map_bytes(str(tmp_path / "my.npz")), "my.npz") as file:
        assert file.read("X").tolist() == PICTURES.tolist()


def test_a_damaged_array_is_refused_whether_it_is_mapped_or_read(tmp_path: Path) -> None:
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, X=np.arange(1000))
        content = bytearray(stream.getvalue())
        start = zipfile.ZipFile(stream).getinfo("X.npy").compress_size // 2
        content[start : start + 8] = b"\xff" * 8
        with (
            pytest.raises(DatasetError, match=r"my.npz: X cannot be read as a NumPy array: (Bad CRC-32|Error -3)"),
            open_npz(bytes(content), "my.npz") as file,
        ):
            file.read("X")


def test_arrays_in_a_file_each_stay_there(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", PICTURES)
    np.save(tmp_path / "y.npy", np.array([b"no", b"yes"]))
    files = {name: map_bytes(str(tmp_path / name)) for name in ("X.npy", "y.npy")}
    file = npy_file(files)
    assert is_in(file.read("X.npy"), files["X.npy"])
    assert file.read("y.npy").tolist() == ["no", "yes"]


def test_arrays_of_an_hdf5_file_are_called_by_their_paths_and_mapped_if_they_are_in_one_piece(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "my.h5", "w") as written:
        written["train/X"] = PICTURES
        written.create_dataset("packed", data=PICTURES, compression="gzip")
        written["y"] = np.array(["é", "b"], h5py.string_dtype())
        written["yes"] = np.array([True, False])
    with open_hdf5(str(tmp_path / "my.h5"), "my.h5") as file:
        assert set(file.names) == {"train/X", "packed", "y", "yes"}
        mapped, packed = file.read("train/X"), file.read("packed")
        assert (file.read("y").tolist(), file.read("yes").tolist()) == (["é", "b"], [True, False])
    assert mapped.base is not None
    assert mapped.tolist() == packed.tolist() == PICTURES.tolist()


def test_objects_which_only_a_pickle_holds_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", np.array([{"a": 1}, None], object))
    np.savez(tmp_path / "X.npz", X=np.array([{"a": 1}, None], object))
    expected = r"Object arrays cannot be loaded .*: save it as numbers or text"
    with pytest.raises(DatasetError, match=expected):
        npy_file({"X.npy": map_bytes(str(tmp_path / "X.npy"))}).read("X.npy")
    with open_npz(map_bytes(str(tmp_path / "X.npz")), "X.npz") as file, pytest.raises(DatasetError, match=expected):
        file.read("X")
    with h5py.File(tmp_path / "X.h5", "w") as written:
        written.create_dataset("X", (2,), h5py.vlen_dtype(np.int64))
    with (
        open_hdf5(str(tmp_path / "X.h5"), "X.h5") as file,
        pytest.raises(DatasetError, match=r"X.h5: X cannot be read .*: it holds objects"),
    ):
        file.read("X")


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"hello"])
def test_a_file_that_is_not_hdf5_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "my.h5").write_bytes(content)
    with (
        pytest.raises(DatasetError, match=r"my.h5: cannot be read as HDF5"),
        open_hdf5(str(tmp_path / "my.h5"), "my.h5"),
    ):
        pass


def test_nothing_is_said_of_how_to_load_a_pickle() -> None:
    with (
        pytest.raises(
            DatasetError, match=r"my.npz: cannot be read as NumPy arrays: it is no such file, or holds pickled"
        ),
        open_npz(b"hello", "my.npz"),
    ):
        pass


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"my\.npy: no such file"):
        map_bytes(str(tmp_path / "my.npy"))
    with pytest.raises(DatasetError, match="is a directory: name a file"):
        map_bytes(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"1,2\n"])
def test_a_file_that_is_no_array_is_refused(content: bytes) -> None:
    with pytest.raises(DatasetError, match=r"X.npy cannot be read as a NumPy array"):
        npy_file({"X.npy": memoryview(content)}).read("X.npy")
