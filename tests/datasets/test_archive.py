import gzip
import hashlib
import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import files

from dropout_lab.datasets.archive import sums_in, unpack
from dropout_lab.errors import DataError

SIZES = {"one": 100, "two": 100}
Add = Callable[[tarfile.TarFile], None]


def file(name: str, content: bytes) -> Add:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return lambda archive: archive.addfile(member, io.BytesIO(content))


def special(name: str, kind: bytes, target: str = "") -> Add:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return lambda archive: archive.addfile(member)


def packed(*members: Add) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for add in members:
            add(archive)
    return gzip.compress(content.getvalue(), mtime=0)


WHOLE = (special("box", tarfile.DIRTYPE), file("box/one", b"1"), file("./box/two", b"22"), file("box/readme", b"hello"))


def unpacked(folder: Path, content: bytes, expected: str | None = None) -> Path:
    archive = folder / "box.tar.gz"
    archive.write_bytes(content)
    unpack(archive, expected or hashlib.sha256(content).hexdigest(), folder / "box", SIZES)
    return folder / "box"


def refusal(folder: Path, content: bytes, expected: str | None = None) -> str:
    """Return why an archive is refused, once nothing but the archive is left."""
    with pytest.raises(DataError) as caught:
        unpacked(folder, content, expected)
    assert [each.name for each in folder.iterdir()] == ["box.tar.gz"]
    assert sorted(each.name for each in folder.parent.iterdir()) == ["data"]
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder in a folder of its own, so that what leaves it is seen."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_the_expected_files_are_taken_and_listed_and_no_others(folder: Path) -> None:
    box = unpacked(folder, packed(*WHOLE))
    sums = f"{hashlib.sha256(b'1').hexdigest()}  one\n{hashlib.sha256(b'22').hexdigest()}  two\n"
    origin = f"# {hashlib.sha256(packed(*WHOLE)).hexdigest()}  box.tar.gz\n"
    assert files(box) == {"one": b"1", "two": b"22", "SHA256SUMS": (origin + sums).encode()}
    assert sorted(each.name for each in folder.iterdir()) == ["box", "box.tar.gz"]


def test_the_list_is_read_as_it_was_written_and_by_sha256sum(folder: Path) -> None:
    box = unpacked(folder, packed(*WHOLE))
    assert sums_in(box) == {
        "box.tar.gz": hashlib.sha256(packed(*WHOLE)).hexdigest(),
        "one": hashlib.sha256(b"1").hexdigest(),
        "two": hashlib.sha256(b"22").hexdigest(),
    }
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    try:
        assert subprocess.run(check, cwd=box, check=False).returncode == 0
    except FileNotFoundError:
        pytest.skip("sha256sum is not installed")


def test_a_folder_without_a_list_has_none(tmp_path: Path) -> None:
    assert sums_in(tmp_path) is None


def test_a_line_of_a_list_that_is_no_checksum_is_named(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"# by hand\n\n{'0' * 64} *one\n{'0' * 63}  two\n")
    with pytest.raises(DataError, match=r"^line 4: expected a SHA-256 and a file name$"):
        sums_in(tmp_path)


def test_another_archive_is_refused_unopened_with_both_checksums(folder: Path) -> None:
    actual = hashlib.sha256(packed(*WHOLE)).hexdigest()
    assert refusal(folder, packed(*WHOLE), "ab" * 32) == f"expected the SHA-256 abababababab..., got {actual[:12]}..."


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a path that goes up": (
        packed(*WHOLE, file("box/../../out", b"x")),
        "holds 'box/../../out', which would leave the folder it is unpacked into",
    ),
    "an absolute path": (packed(file("/out", b"x"), *WHOLE), "holds '/out', which would leave the folder"),
    "a symbolic link": (packed(special("box/one", tarfile.SYMTYPE, "/etc/passwd")), "holds 'box/one', which is a link"),
    "a hard link": (packed(special("box/one", tarfile.LNKTYPE, "../../out")), "holds 'box/one', which is a link"),
    "a device": (packed(special("box/one", tarfile.CHRTYPE)), "holds 'box/one', which is a link or a device"),
    "a pipe": (packed(special("other", tarfile.FIFOTYPE)), "holds 'other', which is a link or a device"),
    "a name for a terminal": (packed(special("\x1b[2J", tarfile.FIFOTYPE)), "holds '\\x1b[2J', which is a link"),
    "a file too large": (packed(file("box/one", b"1" * 101)), "holds one twice, or with more than 100 bytes"),
    "a file twice": (packed(*WHOLE, file("box/one", b"3")), "holds one twice, or with more than 100 bytes"),
    "a bomb beside them": (packed(file("box/readme", b"0" * 3_000_000), *WHOLE), "unpacks to more than the 1,048,776"),
    "a bomb of a header": (
        packed(file("x" * 3_000_000, b""), *WHOLE),
        "unpacks to more than the 1,048,776 bytes it may have",
    ),
    "a thousand files": (packed(*(file(f"{n}", b"") for n in range(1000))), "holds more than 100 files"),
    "a file is missing": (packed(*WHOLE[:2]), "lacks two"),
    "a folder in a file's place": (packed(WHOLE[1], special("box/two", tarfile.DIRTYPE)), "lacks two"),
    "another folder": (packed(file("box/in/one", b"1"), file("two", b"22")), "lacks one, two"),
    "empty": (b"", "not a whole .tar.gz archive ("),
    "a page of the web": (b"<html>404</html>", "not a whole .tar.gz archive (BadGzipFile)"),
    "not a tar": (gzip.compress(b"hello" * 1000), "not a whole .tar.gz archive (ReadError)"),
    "cut": (packed(*WHOLE, file("box/readme", bytes(range(256)) * 500))[:-200], "not a whole .tar.gz archive ("),
    "damaged": (packed(*WHOLE)[:-8] + b"\0" * 8, "not a whole .tar.gz archive (BadGzipFile)"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_damaged_or_hostile_archive_is_refused_and_leaves_nothing(folder: Path, what: str) -> None:
    content, said = HOSTILE[what]
    assert refusal(folder, content).startswith(said)


def test_a_folder_that_another_process_has_made_meanwhile_stays(folder: Path) -> None:
    (folder / "box").mkdir()
    (folder / "box" / "one").write_bytes(b"theirs")
    assert files(unpacked(folder, packed(*WHOLE))) == {"one": b"theirs"}
    assert sorted(each.name for each in folder.iterdir()) == ["box", "box.tar.gz"]


def test_where_the_folder_cannot_be_made_the_error_is_the_systems_and_nothing_is_left(folder: Path) -> None:
    (folder / "box").write_bytes(b"mine")
    with pytest.raises(OSError, match="Not a directory"):
        unpacked(folder, packed(*WHOLE))
    assert files(folder) == {"box": b"mine", "box.tar.gz": packed(*WHOLE)}
