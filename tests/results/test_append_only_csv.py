import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_lab.errors import ResultsError
from dropout_lab.results.append_only_csv import AppendOnlyTable
from dropout_lab.results.column_spec import TEXT, ColumnSpec

CELLS = {"trial": ColumnSpec("[0-9a-z]{1,12}", "a name"), "rate": TEXT, "note": TEXT}
COLUMNS = tuple(CELLS)
Rows = list[tuple[str, ...]]
names = pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])

trials = st.from_regex(r"[0-9a-f]{1,12}", fullmatch=True)
cells = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=5) | st.just("é")
batches = st.lists(
    st.lists(st.tuples(trials, cells, cells), max_size=4).map(lambda rows: sorted(rows, key=lambda row: row[0])),
    max_size=3,
)


def table(folder: Path, name: str, rows: Rows | None = None) -> AppendOnlyTable:
    """Return a new table that holds these rows."""
    made = AppendOnlyTable(folder / name, CELLS)
    made.reorder([])
    made.append(rows or [])
    return made


def unpack(content: bytes, name: str) -> str:
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


def rows_of(read: dict[str, str]) -> Rows:
    """Return the rows in the text of some trials."""
    return [tuple(row) for text in read.values() for row in csv.reader(io.StringIO(text))]


def grouped(rows: Rows) -> Rows:
    """Put the rows of each trial together, the trials in the order in which they first come."""
    order = list(dict.fromkeys(row[0] for row in rows))
    return sorted(rows, key=lambda row: order.index(row[0]))


@names
@settings(max_examples=25)
@given(appended=batches)
def test_torn_at_any_byte_a_table_still_gives_exactly_the_rows_that_are_whole(name: str, appended: list[Rows]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = table(Path(folder), name)
        ends = [0, written.path.stat().st_size]
        for rows in appended:
            written.append(rows)
            ends.append(written.path.stat().st_size)
        content = written.path.read_bytes()
        torn = AppendOnlyTable(Path(folder) / f"torn-{name}", CELLS)
        for size in range(len(content) + 1):
            torn.path.write_bytes(content[:size])
            if name.endswith(".gz"):  # whole are the appends of which every byte is there
                text = unpack(content[: max(end for end in ends if end <= size)], name)
            else:  # whole is what ends with a line's end
                text = content[: content.rfind(b"\n", 0, size) + 1].decode()
            whole = [tuple(row) for row in csv.reader(io.StringIO(text))][1:]
            assert rows_of(torn.read()) == grouped(whole)


@names
@settings(max_examples=25)
@given(appended=batches, data=st.data())
def test_a_torn_table_goes_on_after_it_was_arranged(name: str, appended: list[Rows], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        torn = table(Path(folder), name, [row for rows in appended for row in rows])
        content = torn.path.read_bytes()
        torn.path.write_bytes(content[: data.draw(st.integers(0, len(content)), label="size")])
        whole = torn.read()
        torn.reorder(whole)
        torn.append([("next", "0.5", "x")])
        lines = list(csv.reader(io.StringIO(unpack(torn.path.read_bytes(), name))))
        assert [tuple(line) for line in lines] == [COLUMNS, *rows_of(whole), ("next", "0.5", "x")]


@names
@given(appended=batches, order=st.lists(trials, unique=True))
def test_arranging_twice_is_arranging_once(name: str, appended: list[Rows], order: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        arranged = table(Path(folder), name, [row for rows in appended for row in rows])
        before = arranged.read()
        wanted = [*order, *before]
        arranged.reorder(dict.fromkeys(wanted))
        content, file = arranged.path.read_bytes(), arranged.path.stat().st_ino
        assert arranged.read() == before
        arranged.reorder(dict.fromkeys(wanted))
        assert (arranged.path.read_bytes(), arranged.path.stat().st_ino) == (content, file)


@names
@given(rows=st.lists(st.tuples(trials, cells, cells), unique_by=lambda row: row[0]), data=st.data())
def test_arranged_files_are_the_same_bytes_whatever_the_order_of_appending(
    name: str, rows: Rows, data: st.DataObject
) -> None:
    order = [row[0] for row in rows]
    contents = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            made = table(Path(folder), name)
            for row in data.draw(st.permutations(rows)):
                made.append([row])
            made.reorder(order)
            contents.append(made.path.read_bytes())
            made.path.unlink()
    assert contents[0] == contents[1]
    assert [line.partition(",")[0] for line in unpack(contents[0], name).splitlines()] == ["trial", *order]


@names
def test_arranging_keeps_only_the_trials_named(name: str, tmp_path: Path) -> None:
    made = table(tmp_path, name, [("a", "0", "x"), ("b", "0", "x"), ("b", "0", "y"), ("c", "0", "x")])
    made.reorder(["c", "b", "missing"])
    assert rows_of(made.read()) == [("c", "0", "x"), ("b", "0", "x"), ("b", "0", "y")]


@given(st.lists(st.tuples(st.sampled_from(["a", "ab", "abc", "b"]), cells, cells), max_size=8))
def test_rows_are_read_trial_by_trial_wherever_they_are(rows: Rows) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read = table(Path(folder), "rows.csv", rows).read()
    assert list(read) == list(dict.fromkeys(row[0] for row in rows))
    assert rows_of(read) == grouped(rows)


@names
def test_a_new_table_is_its_header(name: str, tmp_path: Path) -> None:
    made = table(tmp_path, name)
    assert unpack(made.path.read_bytes(), name) == "trial,rate,note\n"
    assert made.read() == {}


@names
def test_a_file_that_is_not_there_has_no_rows(name: str, tmp_path: Path) -> None:
    assert AppendOnlyTable(tmp_path / name, CELLS).read() == {}
    assert list(tmp_path.iterdir()) == []


@names
def test_a_file_with_other_columns_is_refused(name: str, tmp_path: Path) -> None:
    made = table(tmp_path, name, [("a", "0", "x")])
    other = AppendOnlyTable(made.path, {"trial": TEXT, "rate": TEXT})
    for attempt in (other.read, lambda: other.reorder([])):
        with pytest.raises(ResultsError) as caught:
            attempt()
        assert str(caught.value).splitlines() == [
            f"{made.path}: was changed or damaged:",
            f"  {made.path}:1: column 3: expected no more, got 'note'",
            "Restore it, or set these results aside with --fresh",
        ]


@names
def test_appending_to_a_file_that_is_not_there_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=rf"{name}: cannot be written: "):
        AppendOnlyTable(tmp_path / name, CELLS).append([("a", "0", "x")])
    assert list(tmp_path.iterdir()) == []


@names
def test_a_folder_in_the_place_of_the_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    made = AppendOnlyTable(tmp_path / name, CELLS)
    for attempt in (made.read, lambda: made.reorder([]), lambda: made.append([("a", "0", "x")])):
        with pytest.raises(ResultsError, match=rf"{name}: cannot be "):
            attempt()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_packed_file_holds_no_time_and_no_name(tmp_path: Path) -> None:
    content = table(tmp_path, "rows.csv.gz", [("a", "0", "x")]).path.read_bytes()
    members = content.split(b"\x1f\x8b\x08")[1:]
    assert len(members) == 2
    for flags, *time in (member[:5] for member in members):
        assert flags == 0  # no name, no comment
        assert bytes(time) == b"\0\0\0\0"
