"""What a hand, a spreadsheet or a disk may do to a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from hypothesis import strategies as st

Damage = Callable[[bytes], bytes]

_TEXTS = (
    "",
    "high",
    "nan",
    "inf",
    "-1",
    "0",
    "0.15",
    "7",
    "1e999",
    "1.5",
    "9" * 40,
    "ok",
    "failed",
    "=1+1",
    "a,b",
    'a"b',
)
_BYTES = (b"\0", b"\n", b"\r", b'"', b",", b"\xff", b"\xc3\xa9", b"\xe2\x80\xa8", b"-", b"e", b" ")


def damages() -> st.SearchStrategy[Damage]:
    """Generate one to three changes to the content of a table."""
    return st.lists(_one, min_size=1, max_size=3).map(_all)


def _all(changes: list[Damage]) -> Damage:
    def change(content: bytes) -> bytes:
        for each in changes:
            content = each(content)
        return content

    return change


def cell(line: int, column: int, text: str) -> Damage:
    """Put another text into a cell; lines and columns are counted around."""

    def change(content: bytes) -> bytes:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8", "replace").replace("\0", ""), newline="")))
        row = rows[line % len(rows)] if rows else []
        if row:
            row[column % len(row)] = text
        made = io.StringIO()
        csv.writer(made, lineterminator="\n").writerows(rows)
        return made.getvalue().encode()

    return change


def _lines(change: Callable[[list[bytes], int], list[bytes]]) -> st.SearchStrategy[Damage]:
    def at(line: int) -> Damage:
        def changed(content: bytes) -> bytes:
            lines = content.splitlines(keepends=True)
            return b"".join(change(lines, line % len(lines))) if lines else content

        return changed

    return st.integers(0, 50).map(at)


def _bytes(place: int, new: bytes, width: int) -> Damage:
    def change(content: bytes) -> bytes:
        start = place % (len(content) + 1)
        return content[:start] + new + content[start + width :]

    return change


_one = st.one_of(
    st.builds(cell, st.integers(0, 50), st.integers(0, 50), st.sampled_from(_TEXTS) | st.text(max_size=8)),
    _lines(lambda lines, at: [*lines[: at + 1], *lines[at:]]),  # doubled
    _lines(lambda lines, at: [*lines[:at], *lines[at + 1 :]]),  # gone
    _lines(lambda lines, at: [*lines[:at], b"\n", *lines[at:]]),  # blank
    _lines(lambda lines, at: [*lines[:at], lines[at].rpartition(b",")[0] + b"\n", *lines[at + 1 :]]),  # short
    _lines(lambda lines, at: [*lines[:at], lines[at][:-1] + b",1\n", *lines[at + 1 :]]),  # long
    _lines(lambda lines, at: [*lines[at:], *lines[:at]]),  # in another order
    st.builds(_bytes, st.integers(0, 10_000), st.sampled_from(_BYTES) | st.binary(max_size=3), st.integers(0, 4)),
    st.builds(lambda size: lambda content: content[: size % (len(content) + 1)], st.integers(0, 10_000)),  # cut off
    st.sampled_from([lambda content: content.replace(b"\n", b"\r\n"), lambda content: b"\xef\xbb\xbf" + content]),
)
