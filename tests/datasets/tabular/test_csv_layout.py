"""However a table is written - header, separator, comments, quotes, encoding, compression - its cells are read back."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.tabular import compression
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.errors import DatasetError

WORDS = st.sampled_from(["low", "high", "New York", "a, b", "x;y|z", "5\tmm", "#1", "Zürich", "it's", 'say "hi"', "é"])
NUMBERS = st.decimals(-1000, 1000, places=3).map(str)
HEADER = "size,city,outcome"
ROWS = [f"{row * 7 % 13}.5,{('Bern', 'Chur')[row % 2]},{('no', 'yes')[row // 2 % 2]}" for row in range(24)]
TABLE = "\n".join([HEADER, *ROWS, ""])


def read(content: str | bytes, **keys: Any) -> RawTable:
    spec = CSV.model_validate({"csv": "my.csv", "target": "outcome", **keys})
    return parse_csv(content if isinstance(content, bytes) else content.encode(), "my.csv", spec)


def problems(content: str | bytes, **keys: Any) -> tuple[str, ...]:
    with pytest.raises(DatasetError) as caught:
        read(content, **keys)
    return caught.value.problems


def cells(table: RawTable) -> list[list[Any]]:
    return [
        column.values.tolist() if column.categories is None else [column.categories[code] for code in column.values]
        for column in table.columns
    ]


def names(table: RawTable) -> list[str]:
    return [column.name for column in table.columns]


SAME = cells(read(TABLE))


@st.composite
def written(draw: st.DrawFn) -> tuple[bytes, dict[str, Any], list[list[str]], bool]:
    """Draw a table as it is written, the keys that say how, its rows, and whether it has a header."""
    quoting, quote = draw(st.sampled_from([("double", '"'), ("single", "'")]))
    separator = draw(st.sampled_from([",", ";", "\t", "|", " "]))
    columns = [NUMBERS, *draw(st.lists(st.sampled_from([NUMBERS, WORDS]), min_size=1, max_size=4))]
    rows = [list(row) for row in draw(st.lists(st.tuples(*columns), min_size=2, max_size=12))]
    header = draw(st.booleans())
    comment = draw(st.sampled_from(["", "#", "//"]))
    skipped = draw(st.integers(0, 2))
    text = io.StringIO()
    text.write('a title, with "what" may; be in one\n' * skipped)
    writer = csv.writer(text, delimiter=separator, quotechar=quote, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in [[f"name {at}" for at in range(len(columns))]] * header + rows:
        if comment and draw(st.booleans()):
            text.write(f'{comment} not a, "row\n')
        writer.writerow(row)
    keys = {"quoting": quoting, "separator": separator, "header": header, "comment": comment, "skip_rows": skipped}
    encoding = draw(st.sampled_from(["utf-8", "cp1252", "utf-16-le"]))
    return text.getvalue().encode(encoding), {**keys, "encoding": encoding}, rows, header


@given(written())
def test_a_table_is_read_back_as_it_was_written_where_the_keys_say_how(
    table: tuple[bytes, dict[str, Any], list[list[str]], bool],
) -> None:
    content, keys, rows, header = table
    there = read(content, **keys, category=[f"{'name ' if header else 'c'}{at}" for at in range(7)])
    stripped = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    for column, expected in zip(cells(there), stripped, strict=True):
        assert column == ([float(cell) for cell in expected] if isinstance(column[0], float) else expected)


@given(st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=2), st.data())
def test_runs_of_blanks_and_tabs_separate_cells_however_long_they_are(
    rows: list[list[str]], data: st.DataObject
) -> None:
    blanks = st.text(" \t", min_size=1, max_size=4)
    ends = st.text(" \t", max_size=3)
    lines = [
        data.draw(ends) + "".join(cell + data.draw(blanks) for cell in row[:-1]) + row[-1] + data.draw(ends)
        for row in [["a", "b", "c"], *rows]
    ]
    table = read("\n".join(lines), separator="whitespace")
    assert names(table) == ["a", "b", "c"]
    assert cells(table) == [[float(cell) for cell in column] for column in zip(*rows, strict=True)]


BLANKS = "\n".join(f"  {row:3}   {row / 8:6.3f} \t {'xy'[row % 2]}" for row in range(20))


@pytest.mark.parametrize("head", ["", "a b  c\n"])
def test_whitespace_is_detected_where_it_cuts_numbers(head: str) -> None:
    table = read(head + BLANKS)
    assert table.format == "separator whitespace, decimal point, utf-8"
    assert cells(table)[1] == [row / 8 for row in range(20)]


@pytest.mark.parametrize(
    ("content", "separator"),
    [
        ('18.0   8   ?\t"a car"\n15.0   4   95.5\t"the car"\n', "whitespace"),  # a tab before a text
        ("1.0\t2.5\t1\n1.5\t\t2.0\t2\n1.0\t3.5\t1\n", "whitespace"),  # runs of tabs in some rows
        ("1,5 2,5 3\n2,5 4,5 5\n", "whitespace"),  # decimal commas
        ("a\tb\tc\n1\t\t3\n\t2\t3\n1\t2\t3\n", "tab"),  # missing values
        ("first name,last name\nJo A,Al B\nBo C,Cy D\n", ","),
        ("day,x\n2026-01-31 10:30,1\n2026-02-01 10:30,2\n", ","),
        ("a, b, c\n1, 2, 3\n4, 5, 6\n", ","),
        ("city\nNew York\nLos Angeles\n", ","),
    ],
)
def test_whitespace_is_the_separator_only_where_no_other_cuts_better(content: str, separator: str) -> None:
    assert read(content).format.startswith(f"separator {separator},")


def test_quoted_cells_may_have_blanks_and_quotation_marks_between_blanks() -> None:
    table = read('a b\n"New  York" 1\n"say ""hi""" 2\n5" 3\n', separator="whitespace")
    assert cells(table) == [["New  York", 'say "hi"', '5"'], [1, 2, 3]]


@pytest.mark.parametrize(
    ("content", "keys", "expected"),
    [
        ("a b c\n1 2 3\n2 3 4\n", {"separator": ";"}, None),
        (
            "a;b c d\n1 2 3\n2 3 4\n",
            {"separator": ";"},
            "my.csv: with whitespace most have 3: set dataset.separator: whitespace",
        ),
        ("a;b;c\n1;2,5;3\n2;3,5;4\n", {"separator": ","}, 'my.csv: with ; most have 3: set dataset.separator: ";"'),
        (
            "Report, 2020\n\na;b;c\n1;2;3\n2;3;4\n" + "2;3;5\n" * 9,
            {},
            'set dataset.skip_rows: 1 and dataset.separator: ";"',
        ),
        (
            "Report\na,b\n1,2\n3,4\n" + "2,3\n" * 9,
            {},
            "my.csv: if the first line is no part of the table, set dataset.skip",
        ),
    ],
)
def test_rows_of_other_lengths_give_advice_that_helps(content: str, keys: dict[str, Any], expected: str | None) -> None:
    if expected is None:
        assert len(read(content, **keys).columns) == 1
        return
    assert expected in problems(content, **keys)[-1]


def test_the_advice_to_skip_lines_helps() -> None:
    content = f"A report\nof 2020\n\n{TABLE}"
    assert problems(content)[-1].endswith("if the first 2 lines are no part of the table, set dataset.skip_rows: 2")
    table = read(content, skip_rows=2)
    assert (names(table), cells(table)) == (HEADER.split(","), SAME)
    assert table.location(0) == "my.csv:5"


def test_comments_at_the_beginning_are_left_out_everywhere_and_counted() -> None:
    content = f'# from "there\n# today, or\n{HEADER}\n{ROWS[0]}\n# between\n' + "\n".join(ROWS[1:])
    table = read(content)
    assert (names(table), cells(table)) == (HEADER.split(","), SAME)
    assert table.notes == (
        'my.csv: 3 lines that start with # are left out, as comments; if they hold data, set dataset.comment: ""',
    )
    assert table.lines[:2].tolist() == [4, 6]
    assert cells(read(content.replace("#", "%"), comment="%")) == SAME
    assert read(content.replace("#", "%"), comment="%").notes == ()


def test_a_quoted_cell_over_several_lines_may_have_a_line_like_a_comment() -> None:
    assert cells(read('a,b\n"x\n# y",1\n# no row\nz,2\n', comment="#")) == [["x\n# y", "z"], [1, 2]]


def test_a_comment_of_as_many_names_as_cells_is_the_header() -> None:
    lines = "\n".join(f"{row / 8} {row * 3 % 7} {row % 2}" for row in range(20))
    content = f"# made by a program\n# size  age class\n{lines}"
    table = read(content)
    assert names(read(content, header=True)) == ["size", "age", "class"]
    assert names(read(content, header=False)) == ["c1", "c2", "c3"]
    assert names(table) == ["size", "age", "class"]
    assert table.notes[0] == "my.csv: the columns are named as in the last comment above the rows"
    assert len(table.columns[0].values) == 20


def test_a_first_name_that_begins_with_a_number_sign_is_a_name() -> None:
    table = read("#,name\n1,x\n2,y\n")
    assert (names(table), table.notes) == (["#", "name"], ())


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_line_by_which_excel_names_the_separator_is_obeyed(line: str) -> None:
    table = read(f"{line}\n{TABLE.replace(',', ';')}")
    assert (names(table), cells(table)) == (HEADER.split(","), SAME)
    assert table.location(0) == "my.csv:3"


@pytest.mark.parametrize(
    ("head", "rows", "noted"), [("", ",", True), (",", ",", False), (",", "", True), ("", ",,", True)]
)
def test_separators_at_the_ends_of_lines_make_no_difference(head: str, rows: str, noted: bool) -> None:
    table = read("\n".join([HEADER + head, *(row + rows for row in ROWS)]))
    assert cells(table)[:3] == SAME
    assert not any(column.present.any() for column in table.columns[3:])
    note = "my.csv: empty cells at the end of 24 lines, which belong to no column, are ignored"
    assert (note in table.notes) == noted
    assert problems(f"{TABLE}1.5,Bern,no,more\n") == ("my.csv:26: expected 3 cells, got 4",)
    assert problems(f"{TABLE}1.5,Bern\n") == ("my.csv:26: expected 3 cells, got 2",)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ('"5" pipe', "my.csv:5: cannot be read as CSV: a quotation mark ends a cell, and more of it follows"),
        ('"5 pipe', "my.csv:5: cannot be read as CSV: a quotation mark is never closed"),
    ],
)
def test_quotation_marks_that_belong_to_cells_are_named_with_line_and_key(cell: str, problem: str) -> None:
    content = f"a,size\n1,x\n2,y\n3,z\n4,{cell}\n5,x\n"
    assert problems(content) == (f"{problem}: if quotation marks belong to the cells, set dataset.quoting: none",)
    assert cells(read(content, quoting="none"))[1] == ["x", "y", "z", cell, "x"]
    assert problems(content.replace("5,x", '5,"x,y"'))[0].endswith("correct them in this line")


def test_tables_of_r_have_a_name_less_than_cells() -> None:
    lines = [f'"{row}" {row / 8} "{"xy"[row % 2]}"' for row in range(1, 20)]
    table = read("\n".join(['"size" "class"', *lines]))
    assert names(table) == ["row_names", "size", "class"]
    assert "has one name less than the rows have cells" in table.notes[0]


@pytest.mark.parametrize(
    ("encoding", "found"), [("cp1252", "cp1252 (Western European Windows)"), ("latin-1", "Latin-1")]
)
def test_text_that_is_not_utf_8_is_read_as_windows_or_where_its_bytes_forbid_that_as_latin_1(
    encoding: str, found: str
) -> None:
    extra = "€“" if encoding == "cp1252" else "\x81"
    table = read(f"a,b\n1,Zürich{extra}\n2,y\n".encode(encoding))
    assert table.columns[1].categories == (f"Zürich{extra}", "y")
    assert table.notes == (
        f"my.csv:2: not valid UTF-8, so read as {found}; if letters look wrong, set dataset.encoding, e.g. cp1250, or "
        "save the file as UTF-8",
    )


@pytest.mark.parametrize("encoding", ["cp1250", "cp852", "utf-16", "utf-16-be", "utf-8-sig", "utf-32", "mac-latin2"])
def test_a_configured_encoding_is_used_without_a_note(encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    table = read(f"{mark}ł,b\n1,Łódź\n2,y\n".encode(encoding), encoding=encoding)
    assert (names(table), table.columns[1].categories, table.notes) == (["ł", "b"], ("Łódź", "y"), ())


def test_bytes_that_do_not_fit_the_configured_encoding_are_named_by_line() -> None:
    (problem,) = problems("a,b\n1,ü\n".encode("latin-1"), encoding="utf-8")
    assert problem == "my.csv:2: not valid utf-8: correct dataset.encoding, or leave it out to have it detected"
    (problem,) = problems("a,b\n1,x\n".encode("utf-16-le"))
    assert problem.endswith("it contains a zero byte: if it is UTF-16 text, set dataset.encoding: utf-16-le")
    assert cells(read("a,b\n1,x\n".encode("utf-16-le"), encoding="utf-16-le")) == [[1], ["x"]]


def test_a_web_page_is_not_a_table() -> None:
    assert problems("\n<!DOCTYPE html><html>")[0].startswith("my.csv: not a CSV file but a web page")


def zipped(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


PACKED = {
    "gzip": gzip.compress(TABLE.encode()),
    "bzip2": bz2.compress(TABLE.encode()),
    "xz": lzma.compress(TABLE[:50].encode()) + lzma.compress(TABLE[50:].encode()),
    "zip": zipped(my__csv=TABLE),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_compressed_file_is_read_as_what_it_holds_and_damage_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = read(PACKED[name])
    assert (cells(table), table.format) == (SAME, f"separator ,, decimal point, utf-8, {name}")
    (problem,) = problems(PACKED[name][:-30])
    assert problem.startswith(f"my.csv: cannot be unpacked as {name}: ")
    monkeypatch.setattr(compression, "_MAX_BYTES", len(TABLE) - 1)
    (problem,) = problems(PACKED[name])
    assert problem.startswith(f"my.csv: unpacks to more than {len(TABLE) - 1} bytes")


def test_an_archive_of_several_files_or_a_workbook_is_refused() -> None:
    (problem,) = problems(zipped(a__csv=TABLE, b__csv=TABLE))
    assert problem.startswith("my.csv: expected one file in the archive, found a.csv, b.csv: unpack it")
    (problem,) = problems(zipped(**{"[Content_Types]__xml": "", "xl/workbook__xml": ""}))
    assert problem.startswith("my.csv: not a CSV file but a workbook")
