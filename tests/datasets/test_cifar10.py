import dataclasses
import gzip
import hashlib
import io
import os
import pickle
import struct
import tarfile
import tracemalloc
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
from dropout_lab.errors import DataError

Bytes = NDArray[np.uint8]
Batch = tuple[list[int], Bytes]
WorkerReply = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Mapping[str, WorkerReply]], str]

BINARY, PICKLED = cifar10.LAYOUTS
NAMES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")
USUAL = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SPECIES = ("ant", "bee", "cow", "doe", "eel", "fox", "gnu", "hen", "ibis", "jay")
REMEDY = "and run 'dropout-lab data fetch cifar10', or put the original file"


def batch(seed: int, rows: int) -> Batch:
    """Return labels, and pictures as they are published: a row of 1,024 reds, then greens, then blues."""
    random = np.random.default_rng(seed)
    return random.integers(0, 10, rows).tolist(), random.integers(0, 256, (rows, 3072), dtype=np.uint8)


BATCHES = {name: batch(seed, 3 if name == "test_batch" else 4) for seed, name in enumerate(NAMES)}


def record_bytes(labels: list[int], pictures: Bytes) -> bytes:
    return np.column_stack([np.array(labels, dtype=np.uint8), pictures]).tobytes()


def pickled(labels: object, pictures: object, protocol: int = 2) -> bytes:
    return pickle.dumps({b"labels": labels, b"data": pictures, b"filenames": [b"a.png", b"b.png"]}, protocol)


TYPE_OF_PYTHON_2 = (
    b"cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
)


def pickled_by_python_2(labels: list[int], pictures: Bytes) -> bytes:
    """Return what Python 2 wrote, as the published files were: its strings are bytes, its flags numbers."""
    raw = pictures.tobytes()
    return b"".join(
        [
            b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(",
            *(b"K" + bytes([label]) for label in labels),
            b"eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09",
            b"(K\x01K" + bytes([len(labels)]) + b"M\x00\x0c\x86" + TYPE_OF_PYTHON_2,
            b"\x89T" + struct.pack("<I", len(raw)) + raw,
            b"tbU\x09filenamesq\x0c]q\x0d(U\x05a.pngq\x0eU\x05b.pngq\x0feu.",
        ]
    )


def write(folder: Path, layout: cifar10.BatchFormat, batches: Mapping[str, Batch] = BATCHES) -> Path:
    """Write a folder of batches in one of the layouts."""
    made = folder / layout.folder
    made.mkdir(parents=True)
    form = record_bytes if layout == BINARY else pickled
    for name, (labels, pictures) in zip(layout.batches, batches.values(), strict=True):
        (made / name).write_bytes(form(labels, pictures))
    meta = "\n".join(SPECIES).encode() if layout == BINARY else pickle.dumps({b"label_names": names(SPECIES)}, 2)
    (made / layout.meta).write_bytes(meta)
    return made


def names(of: tuple[str, ...]) -> list[bytes]:
    return [name.encode() for name in of]


def packed(folder: Path) -> bytes:
    """Return the archive of a folder, as it is published: with a read-me, too."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in {**{file.name: file.read_bytes() for file in folder.iterdir()}, "readme.html": b"hi"}.items():
            member = tarfile.TarInfo(f"{folder.name}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(content.getvalue(), 1, mtime=0)


def published(content: bytes, layout: cifar10.BatchFormat) -> tuple[cifar10.BatchFormat, ...]:
    """Return the layouts as they would be if this archive were the published one."""
    sha256 = hashlib.sha256(content).hexdigest()
    return tuple(dataclasses.replace(each, sha256=sha256) if each == layout else each for each in cifar10.LAYOUTS)


def refusal(folder: Path, *, said: str = "", **options: Any) -> str:
    """Return why a folder is refused, once it is seen to be as it was."""
    before = files(folder)
    with pytest.raises(DataError) as caught:
        cifar10.load(folder, **options)
    assert files(folder) == before
    assert not [each for each in folder.iterdir() if each.name.startswith(".")]
    assert said in str(caught.value)
    return str(caught.value)


both = pytest.mark.parametrize("layout", cifar10.LAYOUTS, ids=["binary", "pickled"])


@both
def test_rows_are_pictures_by_height_width_and_channel_with_the_test_set_last(
    tmp_path: Path, layout: cifar10.BatchFormat
) -> None:
    write(tmp_path, layout)
    data = cifar10.load(tmp_path)
    assert (data.name, data.shape, data.test_rows, data.note) == ("cifar10", (32, 32, 3), 3, "")
    assert (data.features.dtype, data.features.shape) == (np.uint8, (23, 3072))
    assert (data.labels.dtype, data.labels.shape) == (np.int64, (23,))
    assert data.labels.tolist() == [label for labels, _ in BATCHES.values() for label in labels]
    planes = np.concatenate([pictures for _, pictures in BATCHES.values()])
    for row, y, x, channel in [(0, 0, 0, 0), (1, 2, 3, 1), (17, 31, 0, 2), (22, 5, 31, 0)]:
        assert data.features[row].reshape(32, 32, 3)[y, x, channel] == planes[row, channel * 1024 + y * 32 + x]
    assert data.classes == SPECIES
    assert data.source == f"{layout.folder}, 20 + 3 records, not verified"


def test_both_layouts_give_the_same(tmp_path: Path) -> None:
    one, other = (cifar10.read(write(tmp_path, layout), layout) for layout in cifar10.LAYOUTS)
    assert datasets.checksum(one) == datasets.checksum(other)
    assert one.test_rows == other.test_rows


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_a_pickle_of_any_python_gives_the_same(protocol: int) -> None:
    labels, pictures = batch(7, 300)
    for form in (pickled(labels, pictures, protocol), pickled(labels, np.asfortranarray(pictures), protocol)):
        codes, planes = PICKLED.batch(form)
        assert codes.tolist() == labels
        assert np.array_equal(planes, pictures)


def test_a_pickle_of_python_2_gives_the_same() -> None:
    labels, pictures = batch(7, 200)
    codes, planes = PICKLED.batch(pickled_by_python_2(labels, pictures))
    assert codes.tolist() == labels
    assert np.array_equal(planes, pictures)


@both
def test_batches_of_different_sizes_are_a_data_set(tmp_path: Path, layout: cifar10.BatchFormat) -> None:
    write(tmp_path, layout, {name: batch(seed, seed + 1) for seed, name in enumerate(NAMES)})
    data = cifar10.load(tmp_path)
    assert len(data.features) == len(data.labels) == 21
    assert data.test_rows == 6
    assert data.source == f"{layout.folder}, 15 + 6 records, not verified"


def test_it_is_looked_for_as_folder_then_archive_binary_first(tmp_path: Path) -> None:
    assert cifar10.FILES == (
        "cifar-10-batches-bin",
        "cifar-10-binary.tar.gz",
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
    )
    write(tmp_path, PICKLED)
    assert datasets.local_files("cifar10", tmp_path) == [tmp_path / "cifar-10-batches-py"]
    assert datasets.load("cifar10", tmp_path).source.startswith("cifar-10-batches-py")
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(b"")
    assert refusal(tmp_path).startswith(f"{tmp_path / 'cifar-10-binary.tar.gz'}: expected the SHA-256 c4a38c50a1bc")
    write(tmp_path, BINARY)
    assert datasets.load("cifar10", tmp_path).source.startswith("cifar-10-batches-bin")


# --- names and notes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "meta",
    [None, b"", b"one\ntwo\n", b"\xff\x00" * 100, "\n".join(["cat"] * 10).encode(), b"\x1b[31m\n".join(names(USUAL))],
    ids=["none", "empty", "two", "binary", "one ten times", "for a terminal"],
)
def test_without_ten_sane_names_the_classes_have_the_usual_ones(tmp_path: Path, meta: bytes | None) -> None:
    file = write(tmp_path, BINARY) / BINARY.meta
    file.unlink()
    if meta is not None:
        file.write_bytes(meta)
    assert cifar10.load(tmp_path).classes == USUAL


@pytest.mark.parametrize("found", [None, 7, b"cat", [], [7] * 10, [b"cat"] * 10, {}])
def test_a_pickle_without_ten_names_leaves_the_usual_ones(tmp_path: Path, found: object) -> None:
    file = write(tmp_path, PICKLED) / "batches.meta"
    file.write_bytes(pickle.dumps({b"label_names": found}, 2))
    assert cifar10.load(tmp_path).classes == USUAL
    file.unlink()
    assert cifar10.load(tmp_path).classes == USUAL


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps({b"label_names": names(SPECIES)}, 2)[:-5]])
def test_names_that_cannot_be_read_are_refused(tmp_path: Path, content: bytes) -> None:
    file = write(tmp_path, PICKLED) / "batches.meta"
    file.write_bytes(content)
    assert refusal(tmp_path).startswith(f"{file}: ")


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
    (write(tmp_path, BINARY) / "NOTE.txt").write_bytes(text.encode())
    assert cifar10.load(tmp_path).note == note


def test_a_note_of_any_bytes_is_text(tmp_path: Path) -> None:
    (write(tmp_path, BINARY) / "NOTE.txt").write_bytes(bytes(range(128, 256)))
    assert cifar10.load(tmp_path).note.isprintable()


# --- archives --------------------------------------------------------------------------------------------------------


@both
def test_an_archive_is_unpacked_beside_itself_and_verified_ever_after(
    tmp_path: Path, layout: cifar10.BatchFormat
) -> None:
    content = packed(write(tmp_path / "from", layout))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / layout.archive).write_bytes(content)
    first, second = (cifar10.load(folder, published(content, layout)) for _ in range(2))
    assert first.source == second.source == f"{layout.archive}, verified"
    assert datasets.checksum(first) == datasets.checksum(second)
    assert first.classes == SPECIES
    assert sorted(each.name for each in folder.iterdir()) == sorted([layout.archive, layout.folder])
    unpacked = sorted(each.name for each in (folder / layout.folder).iterdir())
    assert unpacked == sorted([*layout.batches, layout.meta, "SHA256SUMS"])


@pytest.fixture
def verified(tmp_path: Path) -> Path:
    """Return a data folder with an unpacked archive and without the archive."""
    write(tmp_path, BINARY)
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(packed(tmp_path / BINARY.folder))
    (tmp_path / BINARY.folder).rename(tmp_path / "away")
    cifar10.load(tmp_path, published((tmp_path / "cifar-10-binary.tar.gz").read_bytes(), BINARY))
    (tmp_path / "cifar-10-binary.tar.gz").unlink()
    return tmp_path


@pytest.mark.parametrize("name", ["data_batch_1.bin", "test_batch.bin", "batches.meta.txt"])
def test_a_file_altered_since_it_was_unpacked_is_named(verified: Path, name: str) -> None:
    file = verified / BINARY.folder / name
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    message = refusal(verified, said=": altered: expected the SHA-256 ")
    assert message.startswith(str(file))
    assert message.endswith(f"; remove {file.parent} {REMEDY}s there")


def test_a_file_that_the_list_lacks_is_named(verified: Path) -> None:
    sums = verified / BINARY.folder / "SHA256SUMS"
    sums.write_text("".join(line for line in sums.read_text().splitlines(True) if "data_batch_3" not in line))
    file = verified / BINARY.folder / "data_batch_3.bin"
    assert refusal(verified).startswith(f"{file}: expected it to be listed in SHA256SUMS; remove ")


def test_a_damaged_list_is_named(verified: Path) -> None:
    (verified / BINARY.folder / "SHA256SUMS").write_text("nonsense\n")
    assert refusal(verified).startswith(f"{verified / BINARY.folder / 'SHA256SUMS'}: line 1: expected a SHA-256 and")


def test_a_list_made_of_other_files_does_not_make_them_the_published_ones(tmp_path: Path) -> None:
    folder = write(tmp_path, BINARY)
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in folder.iterdir()]
    for heading in ("", f"# {'ab' * 32}  cifar-10-binary.tar.gz\n"):
        (folder / "SHA256SUMS").write_text(heading + "".join(lines))
        assert cifar10.load(tmp_path).source == "cifar-10-batches-bin, 20 + 3 records, not verified"


@pytest.mark.parametrize("damage", [lambda content: content[:-100], lambda content: b"", lambda content: b"<html>"])
@both
def test_an_archive_that_is_not_the_published_one_is_refused_with_both_checksums(
    tmp_path: Path, layout: cifar10.BatchFormat, damage: Callable[[bytes], bytes]
) -> None:
    content = packed(write(tmp_path / "from", layout))
    archive = tmp_path / layout.archive
    archive.write_bytes(damage(content))
    expected, actual = (hashlib.sha256(each).hexdigest()[:12] for each in (content, damage(content)))
    assert refusal(tmp_path, layouts=published(content, layout)) == (
        f"{archive}: expected the SHA-256 {expected}..., got {actual}...; remove it {REMEDY} at {archive}"
    )


def test_a_hostile_archive_is_refused_even_if_it_were_the_published_one(tmp_path: Path) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../out"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / BINARY.archive).write_bytes(content.getvalue())
    message = refusal(tmp_path / "data", layouts=published(content.getvalue(), BINARY))
    assert message.startswith(f"{tmp_path / 'data' / BINARY.archive}: holds '../out', which would leave the folder")
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_a_folder_in_the_archives_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / BINARY.archive).mkdir()
    assert refusal(tmp_path).startswith(f"{tmp_path / BINARY.archive}: cannot be read or unpacked: Is a directory; ")


# --- downloads -------------------------------------------------------------------------------------------------------


def sends(content: bytes, *, at_most: int | None = None) -> WorkerReply:
    """Answer with the rest of a file from where it is asked for, breaking off after so many bytes."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        request.send_response(206 if start else 200)
        request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        request.wfile.write(content[start:][:at_most])

    return answer


LARGER = {name: batch(seed, 20) for seed, name in enumerate(NAMES)}


@pytest.mark.parametrize("at_most", [None, 100_000], ids=["at once", "in pieces"])
def test_where_there_is_nothing_the_binary_archive_is_downloaded_and_verified(
    serve: Serve, tmp_path: Path, at_most: int | None
) -> None:
    content = packed(write(tmp_path / "from", BINARY, LARGER))
    address = serve({"/file": sends(content, at_most=at_most)})
    data = cifar10.load(tmp_path / "data", published(content, BINARY), [f"{address}/file"])
    assert data.source == "cifar-10-binary.tar.gz, verified"
    assert datasets.checksum(data) == datasets.checksum(cifar10.load(tmp_path / "from"))
    assert sorted(each.name for each in (tmp_path / "data").iterdir()) == [BINARY.folder, BINARY.archive]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda content: sends(content, at_most=0), "no connection ("),
        (lambda content: sends(content[:-1] + b"?"), "not the expected content (expected the SHA-256 "),
        (lambda content: sends(content[:-1]), "not the expected content (expected the SHA-256 "),
        (lambda content: lambda request: request.send_error(404), "answered 404"),
    ],
    ids=["broken", "altered", "short", "missing"],
)
def test_a_download_that_is_not_the_published_archive_leaves_nothing(
    serve: Serve, tmp_path: Path, answer: Callable[[bytes], WorkerReply], said: str
) -> None:
    content = packed(write(tmp_path / "from", BINARY))
    address = serve({"/file": answer(content)})
    (tmp_path / "data").mkdir()
    message = refusal(tmp_path / "data", said=said, layouts=published(content, BINARY), sources=[f"{address}/file"])
    assert message.startswith("no source gave cifar-10-binary.tar.gz:")
    assert list((tmp_path / "data").iterdir()) == []


# --- damaged folders -------------------------------------------------------------------------------------------------


@both
def test_missing_batches_are_all_named(tmp_path: Path, layout: cifar10.BatchFormat) -> None:
    folder = write(tmp_path, layout)
    for name in (layout.batches[1], layout.batches[5]):
        (folder / name).unlink()
    message = refusal(tmp_path)
    assert message.startswith(f"{folder}: lacks {layout.batches[1]}, {layout.batches[5]}; remove {folder} {REMEDY}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected records of 3,073 bytes each, got 0 bytes"),
        (bytes(3072), "expected records of 3,073 bytes each, got 3,072 bytes"),
        (bytes(2 * 3073 + 1), "expected records of 3,073 bytes each, got 6,147 bytes"),
        (bytes(3073) + b"\x0a" + bytes(3072), "record 2: expected a label from 0 to 9, got 10"),
        (b"\xff" * 3073, "record 1: expected a label from 0 to 9, got 255"),
        (bytes(10_001 * 3073), "expected at most 30,730,000 bytes, got more"),
    ],
    ids=["empty", "short", "long", "label 10", "all ones", "too large"],
)
def test_a_damaged_binary_batch_is_named_with_what_was_expected(tmp_path: Path, content: bytes, said: str) -> None:
    folder = write(tmp_path, BINARY)
    (folder / "data_batch_4.bin").write_bytes(content)
    assert refusal(tmp_path) == f"{folder / 'data_batch_4.bin'}: {said}; remove {folder} {REMEDY}s there"


LABELS, PICTURES = batch(9, 3)
DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a whole pickle ("),
    "cut": (pickled(LABELS, PICTURES)[:-100], "not a whole pickle (ValueError)"),
    "a list": (pickle.dumps([1, 2], 2), "expected a pickled dictionary, got list"),
    "text keys": (pickle.dumps({"data": PICTURES, "labels": LABELS}, 2), "with an array b'data' and a list b'labels'"),
    "no labels": (pickle.dumps({b"data": PICTURES}, 2), "with an array b'data' and a list b'labels'"),
    "no pictures": (pickled(LABELS, None), "with an array b'data' and a list b'labels'"),
    "bytes": (pickled(LABELS, PICTURES.tobytes()), "with an array b'data' and a list b'labels'"),
    "a tuple of labels": (pickled((1, 2, 3), PICTURES), "with an array b'data' and a list b'labels'"),
    "too few labels": (pickled([1, 2], PICTURES), "expected 1 to 10,000 pictures and labels, got 3 and 2"),
    "no records": (pickled([], PICTURES[:0], 3), "expected 1 to 10,000 pictures and labels, got 0 and 0"),
    "label 10": (pickled([1, 10, 2], PICTURES), "record 2: expected a label from 0 to 9, got 10"),
    "label -1": (pickled([1, 2, -1], PICTURES), "record 3: expected a label from 0 to 9, got -1"),
    "label 2.0": (pickled([1, 2.0, 3], PICTURES), "asks for BINFLOAT"),
    "label 10**20": (pickled([1, 2, 10**20], PICTURES), "asks for LONG1"),
    "label True": (pickled([1, True, 2], PICTURES), "expected labels that are whole numbers"),
    "label None": (pickled([1, None, 2], PICTURES), "expected labels that are whole numbers"),
    "wide pictures": (pickled(LABELS, np.zeros((3, 3073), np.uint8)), "expected an array of shape (records, 3072)"),
    "three axes": (pickled(LABELS, np.zeros((3, 3, 1024), np.uint8)), "expected an array of shape (records, 3072)"),
    "signed pictures": (pickled(LABELS, PICTURES.astype(np.int8)), "asks for an array of anything but unsigned bytes"),
    "text for a type": (
        pickled_by_python_2(LABELS, PICTURES).replace(TYPE_OF_PYTHON_2, b"U\x02u1"),
        "asks for an array of anything but unsigned bytes",
    ),
    "wide numbers": (pickled(LABELS, PICTURES.astype(float)), "asks for an array of anything but unsigned bytes"),
    "objects": (pickled(LABELS, PICTURES.astype(object)), "asks for an array of anything but unsigned bytes"),
    "a masked array": (pickled(LABELS, np.ma.masked_array(PICTURES)), "the pickle asks for 'numpy"),
    "protocol 5": (pickled(LABELS, PICTURES, 5), "the pickle asks for "),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_pickled_batch_is_named_with_what_was_expected(tmp_path: Path, damage: str) -> None:
    content, said = DAMAGED[damage]
    folder = write(tmp_path, PICKLED)
    (folder / "data_batch_4").write_bytes(content)
    message = refusal(tmp_path, said=said)
    assert message.startswith(f"{folder / 'data_batch_4'}: ")
    assert message.endswith(f"; remove {folder} {REMEDY}s there")


def test_a_pickle_larger_than_any_batch_is_not_read(tmp_path: Path) -> None:
    with (write(tmp_path, PICKLED) / "data_batch_4").open("r+b") as file:
        file.truncate(1 << 40)  # takes no room on disk
    with pytest.raises(DataError, match="expected at most 67,108,864 bytes, got more"):
        cifar10.load(tmp_path)


# --- hostile pickles -------------------------------------------------------------------------------------------------


class Runs:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def attacks(file: Path) -> dict[str, object]:
    """Return objects whose pickles make a file when they are read."""
    return {
        "a command": Runs(os.system, f"touch {file}"),
        "an expression": Runs(eval, f"open({str(file)!r}, 'w').close()"),
        "a method": Runs(Path.touch, file),
        "code in an array": np.array([[Runs(os.system, f"touch {file}")] * 3072], dtype=object),
        "a call of the system": Runs(os.mkdir, str(file)),
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("attack", attacks(Path("file")))
def test_a_pickle_that_would_run_code_is_refused_and_nothing_is_run(tmp_path: Path, attack: str, protocol: int) -> None:
    harm = tmp_path / "harm"
    content = pickled(LABELS, attacks(harm)[attack], protocol)
    folder = write(tmp_path / "data", PICKLED)
    for name in ("data_batch_2", "batches.meta"):
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(content)
        message = refusal(tmp_path / "data", said=", which a batch never does; refused, nothing was executed")
        assert message.startswith(f"{folder / name}: the pickle asks for ")
        assert not harm.exists()
        (folder / name).write_bytes(kept)
    pickle.loads(content)  # noqa: S301 - shows that it was no empty threat
    assert harm.exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x80\x02cos\nsystem\n.", "'os.system'"),
        (b"\x80\x02cnumpy\nload\n.", "'numpy.load'"),
        (b"\x80\x02cnumpy\nndarray.tofile\n.", "'numpy.ndarray.tofile'"),
        (b"\x80\x02c_codecs\ndecode\n.", "'_codecs.decode'"),
        (b"\x80\x02cbuiltins\n\x1b[2J\n.", "'builtins.\\x1b[2J'"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "'os.system'"),
        (b"(S'touch x'\nios\nsystem\n.", "STRING 'touch x'"),
        (b"\x80\x02(ios\nsystem\n.", "INST 'os system'"),
        (b"\x80\x02cnumpy\ndtype\n)\x81.", "NEWOBJ"),
        (b"\x80\x02K\x01Q.", "BINPERSID"),
        (b"\x80\x02\x82\x01.", "EXT1"),
    ],
)
def test_a_refused_pickle_is_told_by_what_it_asks_for(content: bytes, what: str) -> None:
    with pytest.raises(DataError) as caught:
        PICKLED.batch(content)
    assert f"the pickle asks for {what}, which a batch never does" in str(caught.value)


ENCODE = b"c_codecs\nencode\n"
RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
BOMBS = {
    "a place in the memo beyond all bounds": b"\x80\x02]r\x00\x00\x00\x01.",
    "a string longer than the file": b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f" + b"x.",
    "a frame longer than the file": b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f" + b"].",
    "a million sets": b"\x80\x04" + b"\x8f" * 1_000_000 + b".",
    "a million dictionaries": b"\x80\x02" + b"}" * 1_000_000 + b".",
    "a million tuples in each other as a key": b"\x80\x02})" + b"\x85" * 1_000_000 + b"K\x01s.",
    "ten thousand pairs in each other as a key": b"\x80\x02}Nq\x00" + b"h\x00\x86" * 10_000 + b"K\x01s.",
    "a long text encoded ten thousand times": (
        b"\x80\x02"
        + ENCODE
        + b"q\x00X\x00\x00\x01\x00"
        + b"x" * 65536
        + b"X\x06\x00\x00\x00latin1\x86q\x01"
        + b"h\x00h\x01R" * 10_000
        + b"."
    ),
    "lists in each other": b"\x80\x02" + b"]" * 1_000_000 + b"a" * 999_999 + b".",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_pickle_cannot_take_much_memory_or_the_stack(bomb: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            PICKLED.batch(BOMBS[bomb])
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def set_state(target: bytes, state: bytes) -> bytes:
    return b"\x80\x02" + target + state + b"b."


@pytest.mark.parametrize("target", [ENCODE, RECONSTRUCT, b"cnumpy\ndtype\n", b"cnumpy\nndarray\n"])
@pytest.mark.parametrize("name", [b"__defaults__", b"__setstate__", b"__init__", b"__call__", b"__code__", b"values"])
@pytest.mark.parametrize("in_slots", [False, True])
def test_a_pickle_cannot_alter_how_the_next_one_is_read(target: bytes, name: bytes, in_slots: bool) -> None:
    state = b"}X" + struct.pack("<I", len(name)) + name + ENCODE + b"s"
    with pytest.raises(DataError):
        PICKLED.batch(set_state(target, b"N" + state + b"\x86" if in_slots else state))
    codes, planes = PICKLED.batch(pickled(LABELS, PICTURES))
    assert codes.tolist() == LABELS
    assert np.array_equal(planes, PICTURES)


# --- any bytes -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("any")
    return {layout.folder: write(folder, layout) for layout in cifar10.LAYOUTS}


def records() -> st.SearchStrategy[bytes]:
    """Generate bytes of about the length of a few records, and mostly with small values where labels are."""
    lengths = st.sampled_from([0, 1, 3072, 3073, 3074, 6146, 9219]) | st.integers(0, 10_000)
    return st.builds(lambda pattern, length: (pattern * length)[:length], st.binary(min_size=1, max_size=8), lengths)


SMALL_PICKLES = [pickled(*batch(7, 2), protocol=protocol) for protocol in (2, 3, 4)]
SMALL_PICKLES += [pickled_by_python_2(*batch(7, 2)), *(content for content in BOMBS.values() if len(content) < 1000)]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Draw a pickle with some bytes replaced, left out, repeated or put in, away from the long run of pictures."""
    content = draw(st.sampled_from(SMALL_PICKLES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, 400) | st.integers(max(0, len(content) - 100), len(content)))
        end = start + draw(st.integers(0, 8))
        content = content[:start] + draw(st.binary(max_size=8) | st.just(content[start:end] * 2)) + content[end:]
    return content


@pytest.mark.parametrize(
    ("layout", "contents"),
    [(BINARY, records()), (PICKLED, st.binary(max_size=200)), (PICKLED, spoiled())],
    ids=["binary", "pickled", "a spoiled pickle"],
)
def test_any_bytes_are_a_batch_or_refused(
    layout: cifar10.BatchFormat, contents: st.SearchStrategy[bytes], folders: dict[str, Path]
) -> None:
    folder = folders[layout.folder]

    @given(contents)
    def holds(content: bytes) -> None:
        (folder / layout.batches[2]).write_bytes(content)
        try:
            data = cifar10.read(folder, layout)
        except DataError as error:
            data, message = None, str(error)
        if data is None:
            assert message.startswith(f"{folder / layout.batches[2]}: ")
        else:
            assert (data.features.dtype, data.labels.dtype) == (np.uint8, np.int64)
            assert len(data.features) == len(data.labels) > 19
            assert set(data.labels.tolist()) <= set(range(10))

    holds()


# --- the command line ------------------------------------------------------------------------------------------------


def said(*arguments: object) -> str:
    done = CliRunner().invoke(data_app, [str(each) for each in arguments])
    assert done.exit_code == 0
    return done.output


def test_the_commands_tell_what_is_there_and_the_note(tmp_path: Path) -> None:
    (write(tmp_path, BINARY) / "NOTE.txt").write_text("Only a few.\n")
    source = "cifar-10-batches-bin, 20 + 3 records, not verified"
    listed = said("list", "--data-dir", tmp_path)
    assert f"cifar10           23 rows 3072 inputs 10 classes   {source}\n  note: Only a few.\n" in listed
    assert said("fetch", "cifar10", "--data-dir", tmp_path) == f"cifar10: 23 rows, {source}\n  note: Only a few.\n"
    values = datasets.checksum(cifar10.load(tmp_path))[:16]
    assert said("check", "cifar10", "--data-dir", tmp_path) == (
        f"cifar10: ok, 23 rows, sha256 of the values {values}... ({source})\n  note: Only a few.\n"
    )


def test_listing_does_not_unpack(tmp_path: Path) -> None:
    (tmp_path / BINARY.archive).write_bytes(b"anything")
    listed = said("list", "--data-dir", tmp_path)
    assert f"cifar10        {tmp_path / BINARY.archive}: 'dropout-lab data fetch cifar10', or the first run" in listed
    assert files(tmp_path) == {BINARY.archive: b"anything"}


def test_the_real_pictures_are_read() -> None:
    folder = os.environ.get("DROPOUT_LAB_DATA")
    if not folder:
        pytest.skip("DROPOUT_LAB_DATA is not set: it names the folder that holds cifar-10-batches-bin")
    if not (Path(folder) / BINARY.folder).is_dir():
        pytest.skip("the folder that DROPOUT_LAB_DATA names holds no cifar-10-batches-bin")
    data = cifar10.read(Path(folder) / BINARY.folder, BINARY)
    assert data.classes == USUAL
    assert data.features.shape == (len(data.labels), 3072)
    assert 0 < data.test_rows < len(data.labels) <= 60_000
    assert set(data.labels.tolist()) == set(range(10))
    assert 100 < data.features.mean() < 140
