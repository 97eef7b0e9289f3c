import gzip
import hashlib
import io
import os
import pickle
import tarfile
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import files
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from typer.testing import CliRunner

from dropout_lab import datasets
from dropout_lab.cli.data import data_app
from dropout_lab.datasets import cifar10
from dropout_lab.datasets.cifar10 import ARCHIVE, FOLDER
from dropout_lab.errors import DataError

Batch = tuple[list[int], NDArray[np.uint8]]
Answer = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Mapping[str, Answer]], str]

NAMES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
REMEDY = "and run 'dropout-lab data fetch cifar10', or put the original file"


def batch(seed: int, rows: int) -> Batch:
    """Return labels, and pictures as they are published: a row of 1,024 reds, then greens, then blues."""
    random = np.random.default_rng(seed)
    return random.integers(0, 10, rows).tolist(), random.integers(0, 256, (rows, 3072), dtype=np.uint8)


BATCHES = {name: batch(seed, 3 if name == "test_batch" else 4) for seed, name in enumerate(NAMES)}


def write(folder: Path, batches: Mapping[str, Batch] = BATCHES) -> Path:
    """Write a folder of batches as they are published."""
    made = folder / FOLDER
    made.mkdir(parents=True)
    for name, (labels, pictures) in batches.items():
        (made / f"{name}.bin").write_bytes(np.column_stack([np.array(labels, np.uint8), pictures]).tobytes())
    (made / "batches.meta.txt").write_text("\n".join(CLASSES), encoding="ascii")
    return made


def packed(folder: Path, **more: bytes) -> bytes:
    """Return the archive of a folder, as it is published: in no order of its batches, with a read-me, too."""
    content = io.BytesIO()
    members = {f"{folder.name}/{file.name}": file.read_bytes() for file in sorted(folder.iterdir(), reverse=True)}
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in {**members, f"{folder.name}/readme.html": b"hi", **more}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(content.getvalue(), 1, mtime=0)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def refusal(folder: Path, **options: Any) -> str:
    """Return why a folder is refused, once it is seen to be as it was."""
    before = files(folder)
    with pytest.raises(DataError) as caught:
        cifar10.load(folder, **options)
    assert files(folder) == before
    assert not [each for each in folder.iterdir() if each.name.startswith(".")]
    return str(caught.value)


def test_rows_are_pictures_by_height_width_and_channel_with_the_test_set_last(tmp_path: Path) -> None:
    write(tmp_path)
    data = cifar10.load(tmp_path)
    assert datasets.BUILTIN_DATASETS["cifar10"].is_image
    assert (data.name, data.shape, data.test_rows, data.note) == ("cifar10", (32, 32, 3), 3, "")
    assert (data.features.dtype, data.features.shape) == (np.uint8, (23, 3072))
    assert (data.labels.dtype, data.labels.shape) == (np.int64, (23,))
    assert data.labels.tolist() == [label for labels, _ in BATCHES.values() for label in labels]
    planes = np.concatenate([pictures for _, pictures in BATCHES.values()])
    for row, y, x, channel in [(0, 0, 0, 0), (1, 2, 3, 1), (17, 31, 0, 2), (22, 5, 31, 0)]:
        assert data.features[row].reshape(32, 32, 3)[y, x, channel] == planes[row, channel * 1024 + y * 32 + x]
    assert data.classes == CLASSES
    assert data.source == "cifar-10-batches-bin, 20 + 3 records, not verified"


def test_batches_of_different_sizes_are_a_data_set(tmp_path: Path) -> None:
    write(tmp_path, {name: batch(seed, seed + 1) for seed, name in enumerate(NAMES)})
    data = cifar10.load(tmp_path)
    assert len(data.features) == len(data.labels) == 21
    assert data.test_rows == 6
    assert data.source == "cifar-10-batches-bin, 15 + 6 records, not verified"


def test_it_is_looked_for_as_archive_then_folder(tmp_path: Path) -> None:
    write(tmp_path)
    assert datasets.local_files("cifar10", tmp_path) == [tmp_path / FOLDER]
    assert datasets.load_builtin("cifar10", tmp_path).source.startswith("cifar-10-batches-bin")
    (tmp_path / ARCHIVE).write_bytes(b"")
    assert datasets.local_files("cifar10", tmp_path) == [tmp_path / ARCHIVE, tmp_path / FOLDER]
    assert refusal(tmp_path).startswith(f"{tmp_path / ARCHIVE}: expected the SHA-256 c4a38c50a1bc")


def test_no_pickle_is_ever_loaded(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "harm",)

    (tmp_path / "data" / "cifar-10-batches-py").mkdir(parents=True)
    for name in (*NAMES, "batches.meta"):
        (tmp_path / "data" / "cifar-10-batches-py" / name).write_bytes(pickle.dumps(Attack()))
    message = refusal(tmp_path / "data", sources=())
    assert message.startswith("cifar-10-binary.tar.gz could not be downloaded:")
    assert message.endswith("cifar-10-batches-py is not read: it consists of pickles, which can run any code")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Pictures re-encoded as JPEG.\nMore about it.", "Pictures re-encoded as JPEG."),
        ("  \x1b[31mred\x07\r\n", "[31mred"),
        ("x" * 5000, "x" * 200),
        ("", ""),
        ("\nbelow", ""),
    ],
)
def test_the_first_line_of_a_note_comes_with_the_data(tmp_path: Path, text: str, note: str) -> None:
    (write(tmp_path) / "NOTE.txt").write_bytes(text.encode())
    assert cifar10.load(tmp_path).note == note


def test_a_note_of_any_bytes_is_text(tmp_path: Path) -> None:
    (write(tmp_path) / "NOTE.txt").write_bytes(bytes(range(128, 256)))
    assert cifar10.load(tmp_path).note.isprintable()


# --- archives and downloads ------------------------------------------------------------------------------------------


def test_an_archive_is_read_without_being_unpacked(tmp_path: Path) -> None:
    folder = write(tmp_path / "from")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ARCHIVE).write_bytes(packed(folder))
    data = cifar10.load(tmp_path / "data", sha256(packed(folder)))
    assert data.source == "cifar-10-binary.tar.gz, verified"
    assert datasets.checksum(data) == datasets.checksum(cifar10.load(tmp_path / "from"))
    assert files(tmp_path / "data") == {ARCHIVE: packed(folder)}


def test_nothing_of_a_hostile_archive_is_written_even_if_it_were_the_published_one(tmp_path: Path) -> None:
    more = {"../out": b"x", "/tmp/dropout-lab-out": b"x", f"{FOLDER}/../data_batch_1.bin": b"x"}  # noqa: S108
    content = packed(write(tmp_path / "from"), **more)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ARCHIVE).write_bytes(content)
    data = cifar10.load(tmp_path / "data", sha256(content))
    assert datasets.checksum(data) == datasets.checksum(cifar10.load(tmp_path / "from"))
    assert files(tmp_path / "data") == {ARCHIVE: content}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["data", "from"]
    assert not Path("/tmp/dropout-lab-out").exists()  # noqa: S108


@pytest.mark.parametrize("damage", [lambda content: content[:-100], lambda content: b"", lambda content: b"<html>"])
def test_an_archive_that_is_not_the_published_one_is_refused_with_both_checksums(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    content = packed(write(tmp_path / "from"))
    archive = tmp_path / ARCHIVE
    archive.write_bytes(damage(content))
    expected, actual = sha256(content), sha256(damage(content))
    assert refusal(tmp_path, sha256=expected) == (
        f"{archive}: expected the SHA-256 {expected[:12]}..., got {actual[:12]}...; remove it {REMEDY} at {archive}"
    )


def test_a_folder_in_the_archives_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).mkdir()
    assert refusal(tmp_path).startswith(f"{tmp_path / ARCHIVE}: cannot be read: Is a directory; remove it ")


def sends(content: bytes, length: int | None = None) -> Answer:
    """Answer with a file, or with its first bytes only."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[:length])

    return answer


def test_where_there_is_nothing_the_archive_is_downloaded_and_verified(serve: Serve, tmp_path: Path) -> None:
    content = packed(write(tmp_path / "from"))
    address = serve({"/file": sends(content)})
    data = cifar10.load(tmp_path / "data", sha256(content), [f"{address}/file"])
    assert data.source == "cifar-10-binary.tar.gz, verified"
    assert datasets.checksum(data) == datasets.checksum(cifar10.load(tmp_path / "from"))
    assert files(tmp_path / "data") == {ARCHIVE: content}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda content: sends(content, length=100), "no connection ("),
        (lambda content: sends(content[:-1] + b"?"), "not the expected content (expected the SHA-256 "),
        (lambda content: sends(content[:-1]), "not the expected content (expected the SHA-256 "),
        (lambda content: lambda request: request.send_error(404), "HTTP error 404"),
    ],
    ids=["broken", "altered", "short", "missing"],
)
def test_a_download_that_is_not_the_published_archive_leaves_nothing(
    serve: Serve, tmp_path: Path, answer: Callable[[bytes], Answer], reason: str
) -> None:
    content = packed(write(tmp_path / "from"))
    address = serve({"/file": answer(content)})
    (tmp_path / "data").mkdir()
    message = refusal(tmp_path / "data", sha256=sha256(content), sources=[f"{address}/file"])
    assert message.startswith(f"cifar-10-binary.tar.gz could not be downloaded:\n  {address}/file: {reason}")
    assert list((tmp_path / "data").iterdir()) == []


# --- damaged folders -------------------------------------------------------------------------------------------------


def test_missing_batches_are_all_named(tmp_path: Path) -> None:
    folder = write(tmp_path)
    for name in ("data_batch_2.bin", "test_batch.bin"):
        (folder / name).unlink()
    message = f"{folder}: lacks data_batch_2.bin, test_batch.bin; remove {folder} {REMEDY}s there"
    assert refusal(tmp_path) == message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "expected records of 3,073 bytes each, got 0 bytes"),
        (bytes(3072), "expected records of 3,073 bytes each, got 3,072 bytes"),
        (bytes(2 * 3073 + 1), "expected records of 3,073 bytes each, got 6,147 bytes"),
        (bytes(3073) + b"\x0a" + bytes(3072), "record 2: expected a label from 0 to 9, got 10"),
        (b"\xff" * 3073, "record 1: expected a label from 0 to 9, got 255"),
        (bytes(10_001 * 3073), "expected at most 30,730,000 bytes, got 30,733,073"),
    ],
    ids=["empty", "short", "long", "label 10", "all ones", "too large"],
)
def test_a_damaged_batch_is_named_with_what_was_expected(tmp_path: Path, content: bytes, problem: str) -> None:
    folder = write(tmp_path)
    (folder / "data_batch_4.bin").write_bytes(content)
    assert refusal(tmp_path) == f"{folder / 'data_batch_4.bin'}: {problem}; remove {folder} {REMEDY}s there"


# --- any bytes -------------------------------------------------------------------------------------------------------


def records() -> st.SearchStrategy[bytes]:
    """Generate bytes of about the length of a few records, and mostly with small values where labels are."""
    lengths = st.sampled_from([0, 1, 3072, 3073, 3074, 6146, 9219]) | st.integers(0, 10_000)
    return st.builds(lambda pattern, length: (pattern * length)[:length], st.binary(min_size=1, max_size=8), lengths)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of batches, one of which a test may overwrite."""
    return write(tmp_path_factory.mktemp("any"))


@given(records())
def test_any_bytes_are_a_batch_or_refused(folder: Path, content: bytes) -> None:
    (folder / "data_batch_3.bin").write_bytes(content)
    try:
        data = cifar10.load(folder.parent)
    except DataError as error:
        data, message = None, str(error)
    if data is None:
        assert message.startswith(f"{folder / 'data_batch_3.bin'}: ")
    else:
        assert (data.features.dtype, data.labels.dtype) == (np.uint8, np.int64)
        assert len(data.features) == len(data.labels) > 19
        assert set(data.labels.tolist()) <= set(range(10))


# --- the command line ------------------------------------------------------------------------------------------------


def output_of(*arguments: object) -> str:
    done = CliRunner().invoke(data_app, [str(each) for each in arguments])
    assert done.exit_code == 0
    return done.output


def test_the_commands_tell_what_is_there_and_the_note(tmp_path: Path) -> None:
    (write(tmp_path) / "NOTE.txt").write_text("Only a few.\n")
    source = "cifar-10-batches-bin, 20 + 3 records, not verified"
    listed = output_of("list", "--data-dir", tmp_path)
    assert f"cifar10           23 rows 3072 inputs 10 classes   {source}\n  note: Only a few.\n" in listed
    assert output_of("fetch", "cifar10", "--data-dir", tmp_path) == f"cifar10: 23 rows, {source}\n  note: Only a few.\n"
    values = datasets.checksum(cifar10.load(tmp_path))[:16]
    assert output_of("check", "cifar10", "--data-dir", tmp_path) == (
        f"cifar10: ok, 23 rows, sha256 of the values {values}... ({source})\n  note: Only a few.\n"
    )


def test_the_real_pictures_are_read() -> None:
    folder = os.environ.get("DROPOUT_LAB_DATA")
    if not folder:
        pytest.skip("DROPOUT_LAB_DATA is not set: it names the folder that holds cifar-10-batches-bin")
    if not (Path(folder) / FOLDER).is_dir():
        pytest.skip("the folder that DROPOUT_LAB_DATA names holds no cifar-10-batches-bin")
    data = cifar10.load(Path(folder))
    assert data.features.shape == (len(data.labels), 3072)
    assert 0 < data.test_rows < len(data.labels) <= 60_000
    assert set(data.labels.tolist()) == set(range(10))
    assert 100 < data.features.mean() < 140
