"""Parquet files, NumPy's archives and OpenML as the user's own data."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from dropout_lab.config.dataset import CSV, NPZ, OpenML, Parquet
from dropout_lab.datasets import Dataset, checksum, load_dataset
from dropout_lab.errors import DataError, DatasetError

Answer = Callable[[BaseHTTPRequestHandler], None]

FRAME = pd.DataFrame(
    {
        "age": [row % 7 + 0.5 if row % 5 else np.nan for row in range(24)],
        "count": pd.array([row % 4 if row % 6 else None for row in range(24)], dtype="Int64"),
        "city": pd.Categorical([("Bern", "Basel", None)[row % 3] for row in range(24)]),
        "day": pd.to_datetime([f"2026-01-{row % 9 + 1:02}" for row in range(24)]),
        "old": [row % 3 == 0 for row in range(24)],
        "outcome": [("ill", "well")[row // 3 % 2] for row in range(24)],
    }
)


def names(data: Dataset) -> list[tuple[str, str]]:
    return [(each.name, each.kind) for each in data.table.columns] if data.table else []


def test_a_parquet_file_is_the_same_data_set_as_its_csv(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "my.parquet")
    FRAME.astype({"day": str}).to_csv(tmp_path / "my.csv", index=False)
    there = load_dataset(Parquet(parquet=str(tmp_path / "my.parquet"), target="outcome", drop=("day", "old")), tmp_path)
    same = load_dataset(CSV(csv=str(tmp_path / "my.csv"), target="outcome", drop=("day", "old")), tmp_path)
    assert names(there) == [("age", "number"), ("count", "number"), ("city", "category")]
    assert checksum(there) == checksum(same)
    whole = load_dataset(Parquet(parquet=str(tmp_path / "my.parquet"), target="outcome"), tmp_path)
    assert names(whole)[-2:] == [("day", "category"), ("old", "category")]


def test_without_pyarrow_the_error_names_the_extra_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FRAME.to_parquet(tmp_path / "my.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DatasetError, match=r"need the extra parquet: pip install 'dropout-lab\[parquet\]'"):
        load_dataset(Parquet(parquet=str(tmp_path / "my.parquet"), target="outcome"), tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 20, b"a,b\n1,2\n"])
def test_a_file_that_is_not_parquet_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "my.parquet").write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read as Parquet"):
        load_dataset(Parquet(parquet=str(tmp_path / "my.parquet"), target="outcome"), tmp_path)


ROWS = np.arange(60.0).reshape(20, 3) % 7


def npz(folder: Path, arrays: Mapping[str, Any], **keys: Any) -> Dataset:
    np.savez(folder / "my.npz", **arrays)
    return load_dataset(NPZ.model_validate({"npz": str(folder / "my.npz"), **keys}), folder)


@pytest.mark.parametrize("labels", [np.arange(20) % 2, np.array(["no", "yes"] * 10), np.array([True, False] * 10)])
def test_an_npz_file_gives_its_arrays_rows_and_classes(labels: Any, tmp_path: Path) -> None:
    data = npz(tmp_path, {"X": ROWS, "y": labels})
    assert data.features.tolist() == ROWS.tolist()
    assert names(data) == [("x1", "number"), ("x2", "number"), ("x3", "number")]
    assert data.labels.tolist() == np.unique(labels, return_inverse=True)[1].tolist()
    other = npz(tmp_path, {"a": ROWS, "b": labels, "who": np.arange(20) // 4}, inputs="a", target="b", group="who")
    assert other.groups is not None
    assert other.labels.tolist() == data.labels.tolist()


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"Z": ROWS, "y": np.arange(20)}, r"dataset.inputs: my.npz has no array X \(arrays: Z, y\)"),
        ({"X": ROWS[:, 0], "y": np.arange(20) % 2}, r"X has shape \(20,\) and type float64: expected numbers of shape"),
        (
            {"X": ROWS, "y": np.arange(19) % 2},
            r"y has shape \(19,\) and type int64: expected numbers or text of shape",
        ),
        ({"X": np.array([["a"]] * 20), "y": np.arange(20) % 2}, "X has shape"),
        (
            {"X": ROWS, "y": np.array([None] * 20)},
            r"y cannot be read as a NumPy array: Object arrays cannot be .*: save it as numbers or text",
        ),
        ({"X": np.where(ROWS > 5, np.inf, ROWS), "y": np.arange(20) % 2}, "my.npz, row 3: x1 is inf"),
    ],
)
def test_unsuitable_arrays_are_refused(
    arrays: dict[str, Any], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match=expected):
        npz(tmp_path, arrays)


@pytest.mark.parametrize("mark", ["-999", "-999.0"])
def test_a_marker_of_missing_values_works_in_every_kind_of_file(mark: str, tmp_path: Path) -> None:
    rows = np.where(ROWS == 5, -999, ROWS)
    data = npz(tmp_path, {"X": rows, "y": np.array(["no", "yes", "x", "None"] * 5)}, missing=[mark, "x"])
    assert np.array_equal(np.isnan(data.features), ROWS[np.arange(20) % 4 < 2] == 5)
    assert data.classes == ("no", "yes")
    frame = pd.DataFrame({"a": [1.5, -999, 2.5] * 8, "b": ["u", "None", "x", "v"] * 6, "outcome": ["y", "z"] * 12})
    frame.to_parquet(tmp_path / "my.parquet")
    keys = {"target": "outcome", "missing": [mark, "x"], "not_missing": ["None"]}
    there = load_dataset(Parquet.model_validate({"parquet": str(tmp_path / "my.parquet"), **keys}), tmp_path)
    frame.to_csv(tmp_path / "my.csv", index=False)
    same = load_dataset(CSV.model_validate({"csv": str(tmp_path / "my.csv"), **keys}), tmp_path)
    assert checksum(there) == checksum(same)
    assert there.table is not None
    assert [(each.name, each.missing, each.categories) for each in there.table.columns] == [
        ("a", 8, ()),
        ("b", 6, ("None", "u", "v")),
    ]


def test_a_marker_matches_numbers_of_single_precision(tmp_path: Path) -> None:
    rows = np.where(ROWS == 5, -99.9, ROWS).astype(np.float32)
    data = npz(tmp_path, {"X": rows, "y": np.arange(20) % 2}, missing=[-99.9])
    assert np.array_equal(np.isnan(data.features), ROWS == 5)


def test_other_arrays_are_not_read(tmp_path: Path) -> None:
    with_objects = {"X": ROWS, "y": np.arange(20) % 2, "meta": np.array([{"a": 1}, None], object)}
    assert npz(tmp_path, with_objects).features.tolist() == ROWS.tolist()


def stored(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def claiming(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"X.npy": claiming((10**12, 4)), "y.npy": stored(np.arange(20) % 2)}, "X cannot be read .*: Unable to alloc"),
        ({"X.npy": stored(ROWS), "y.npy": claiming((2**70,))}, "y cannot be read as a NumPy array"),
        ({"X": b"1,2\n3,4\n", "y.npy": stored(np.arange(20) % 2)}, "X is not a NumPy array: save it with"),
        ({"X.npy": b"1,2\n3,4\n", "y.npy": b""}, "X is not a NumPy array"),
    ],
)
def test_an_array_that_cannot_be_read_is_named(members: dict[str, bytes], expected: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "my.npz", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(DatasetError, match=expected):
        load_dataset(NPZ(npz=str(tmp_path / "my.npz")), tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x03\x04" * 30, b"\x93NUMPY\x01\x00", b"hello"])
def test_a_file_that_is_not_an_archive_of_arrays_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "my.npz").write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read as NumPy arrays"):
        load_dataset(NPZ(npz=str(tmp_path / "my.npz")), tmp_path)


def answering(content: bytes, kind: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(gzip.compress(content))

    return answer


ARFF = (
    "@relation toy\n@attribute age numeric\n@attribute city {Bern,Basel}\n@attribute class {bad,good}\n@data\n"
    + "".join(f"{row % 7},{('Bern', 'Basel', '?')[row % 3]},{('bad', 'good')[row % 2]}\n" for row in range(24))
)
FEATURES = [
    {"index": str(at), "name": name, "data_type": kind, "is_ignore": "false", "is_row_identifier": "false"}
    | {"is_target": str(name == "class").lower(), "number_of_missing_values": "0"}
    for at, (name, kind) in enumerate([("age", "numeric"), ("city", "nominal"), ("class", "nominal")])
]


def test_a_data_set_of_openml_is_downloaded_once_by_name_or_number_and_verified(
    serve: Callable[[Mapping[str, Answer]], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = ARFF.encode()
    description: dict[str, Any] = {
        "id": "9901",
        "name": "toy",
        "version": "1",
        "format": "ARFF",
        "file_id": "77",
        "description": "a toy",
        "status": "active",
        "default_target_attribute": "class",
        "md5_checksum": hashlib.md5(content).hexdigest(),  # noqa: S324 - OpenML's own
    }
    found = {"data": {"dataset": [{"did": 9901, "name": "toy", "version": 1, "status": "active"}]}}
    pages: dict[str, tuple[bytes, str]] = {
        "/list/toy/status/active/": (json.dumps(found).encode(), "application/json"),
        "/data/9901": (b"", "application/json"),
        "/features/9901": (json.dumps({"data_features": {"feature": FEATURES}}).encode(), "application/json"),
        "/qualities/9901": (json.dumps({"data_qualities": {"quality": []}}).encode(), "application/json"),
        "/toy.arff": (content, "text/plain"),
    }
    asked: list[str] = []

    def page(path: str) -> Answer:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            asked.append(path)
            answering(*pages[path])(handler)

        return answer

    address = serve({path: page(path) for path in pages})
    pages["/data/9901"] = (
        json.dumps({"data_set_description": {**description, "url": f"{address}/toy.arff"}}).encode(),
        "application/json",
    )
    for name, path in (("_SEARCH_NAME", "/list/{}"), ("_DATA_INFO", "/data/{}"), ("_DATA_FEATURES", "/features/{}")):
        monkeypatch.setattr(f"sklearn.datasets._openml.{name}", address + path)
    monkeypatch.setattr("sklearn.datasets._openml._DATA_QUALITIES", f"{address}/qualities/{{}}")
    by_name = load_dataset(OpenML(openml="toy"), tmp_path)
    assert names(by_name) == [("age", "number"), ("city", "category")]
    assert (by_name.classes, len(by_name.labels)) == (("bad", "good"), 24)
    assert by_name.source == "OpenML's toy (number 9901, version 1)"
    before = list(asked)
    by_number = load_dataset(OpenML(openml="9901"), tmp_path)
    assert checksum(by_number) == checksum(by_name)
    assert asked == before
    assert list((tmp_path / "openml").rglob("*.gz"))


def test_a_data_set_that_openml_does_not_deliver_is_reported_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("sklearn.datasets._openml._DATA_INFO", "http://127.0.0.1:1/{}")
    with pytest.raises(DataError, match=r"OpenML's 9902 could not be downloaded: .*refused.*\n.*save it as CSV"):
        load_dataset(OpenML(openml="9902"), tmp_path)
