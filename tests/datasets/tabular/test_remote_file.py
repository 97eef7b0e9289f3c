"""A data set that is named by its address: downloaded once, and verified where its checksum is known."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from program import call

from dropout_lab.config import as_yaml, load
from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, checksum, load_dataset
from dropout_lab.errors import DataError
from dropout_lab.plan import plan

Answer = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Mapping[str, Answer]], str]
ROWS = [f"{row * row}.5,{('Bern', 'Chur')[row % 2]},{('no', 'yes')[row // 2 % 2]}" for row in range(48)]
TABLE = "\n".join(["size,city,outcome", *ROWS, ""]).encode()
PACKED = gzip.compress(TABLE)
SHA256 = hashlib.sha256(TABLE).hexdigest()


def sending(content: bytes) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(content)

    return answer


@pytest.fixture
def server(serve: Serve) -> str:
    pages = {"/my.csv": TABLE, "/my%20data.csv.gz": PACKED, "/page.csv": b"<!DOCTYPE html>"}
    return serve({path: sending(content) for path, content in pages.items()})


def read(address: str, folder: Path, **keys: Any) -> Dataset:
    return load_dataset(CSV.model_validate({"csv": address, "target": "outcome", **keys}), folder)


def test_an_address_is_downloaded_once_and_is_the_same_data_set_as_the_file(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        sending(TABLE)(request)

    address = f"{serve({'/my.csv': answer})}/my.csv"
    (tmp_path / "my.csv").write_bytes(TABLE)
    there = read(address, tmp_path / "data")
    assert checksum(there) == checksum(read(str(tmp_path / "my.csv"), tmp_path))
    assert (there.name, there.source) == ("my", "my.csv (separator ,, decimal point, utf-8)")
    assert checksum(read(address, tmp_path / "data")) == checksum(there)
    assert asked == ["/my.csv"]
    (stored,) = (tmp_path / "data" / "downloads").glob("*/my.csv")
    assert stored.read_bytes() == TABLE


def test_without_a_checksum_a_note_gives_the_one_that_was_found(server: str, tmp_path: Path) -> None:
    data = read(f"{server}/my.csv", tmp_path)
    assert data.table is not None
    (note,) = data.notes
    assert note.startswith(f"{server}/my.csv was downloaded to ")
    assert note.endswith(f"set dataset.sha256: {SHA256}")
    verified = read(f"{server}/my.csv", tmp_path, sha256=SHA256.upper())
    assert verified.table is not None
    assert verified.notes == ()
    (tmp_path / "train.csv").write_bytes(TABLE.replace(b".5,", b".25,"))
    tested = read(str(tmp_path / "train.csv"), tmp_path, test=f"{server}/my.csv")
    assert tested.table is not None
    assert (tested.test_rows, tested.notes) == (48, ()), "dataset.sha256 is that of the other file"


def test_a_file_of_another_checksum_is_refused_where_it_comes_from_and_where_it_lies(
    server: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=f"its SHA-256 is {SHA256}, not that of"):
        read(f"{server}/my.csv", tmp_path, sha256="0" * 64)
    assert list(tmp_path.rglob("my.csv")) == []
    read(f"{server}/my.csv", tmp_path, sha256=SHA256)
    (stored,) = tmp_path.rglob("my.csv")
    stored.write_bytes(TABLE + b"1.5,Bern,no\n")
    with pytest.raises(DataError, match="remove it to have it downloaded again, or"):
        read(f"{server}/my.csv", tmp_path, sha256=SHA256)
    (tmp_path / "own.csv").write_bytes(TABLE)
    with pytest.raises(DataError, match="get the right file, or correct the key"):
        read(str(tmp_path / "own.csv"), tmp_path, sha256="0" * 64)


def test_a_web_page_in_place_of_the_file_is_refused_and_not_kept(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a web page: get the address of the file"):
        read(f"{server}/page.csv", tmp_path)
    assert list(tmp_path.rglob("*.csv")) == []


def test_an_address_stays_as_it_is_in_a_result_and_tells_trials_apart(tmp_path: Path) -> None:
    config = tmp_path / "my.yaml"
    rest = "model: {hidden: [4]}\ntraining: {epochs: 1}\n"
    trials = []
    for address in ("https://example.org/a/my.csv", "https://example.org/b/my.csv"):
        config.write_text(f"dataset: {{csv: '{address}', target: outcome}}\n{rest}")
        experiment = load(config)
        assert f"csv: {address}" in as_yaml(experiment, tmp_path / "out")
        trials.append(plan(experiment)[0].id)
    assert trials[0] != trials[1]


def test_init_takes_an_address_and_writes_its_checksum(server: str, tmp_path: Path) -> None:
    made = call("init", f"{server}/my%20data.csv.gz", "--target", "outcome", cwd=tmp_path, data=tmp_path / "data")
    assert made.returncode == 0, made.stderr
    assert "\n  dropout-lab sweep 'my data.yaml' --rates 0:0.9:0.1" in made.stdout
    dataset = load(tmp_path / "my data.yaml").dataset
    assert isinstance(dataset, CSV)
    assert dataset.sha256 == hashlib.sha256(PACKED).hexdigest()
    checked = call("data", "check", "my data.yaml", cwd=tmp_path, data=tmp_path / "data")
    assert (checked.returncode, "note" in checked.stdout) == (0, False)
    again = call(
        *("init", f"{server}/my%20data.csv.gz", "--target=outcome", f"--set=dataset.sha256='{'0' * 64}'"),
        *("--out=other.yaml",),
        cwd=tmp_path,
        data=tmp_path / "data",
    )
    assert again.returncode == 2
    assert "not that of dataset.sha256" in again.stderr
