"""What stands before the rows of a text: lines to skip, Excel's ``sep=;``, and comments."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.tabular.separator import guess_separator
from dropout_lab.datasets.tabular.text_encoding import decoded_lines
from dropout_lab.datasets.tabular.text_rows import RowLayout, first_rows

__all__ = ["comment_header", "guess_layout"]

_EXCEL = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_MARK = "#"
_MOST_COMMENTS = 1000


def guess_layout(content: bytes, encoding: str, spec: CSV) -> RowLayout:
    """Return how a text is cut into rows: as the config says, and as its first lines suggest where it does not."""
    excel = _EXCEL.fullmatch(next(decoded_lines(content, encoding), ""))
    skipped = max(spec.skip_rows, int(excel is not None))
    layout = RowLayout(encoding, quoting=spec.quoting, skipped=skipped, comment=spec.comment or "")
    known = spec.separator or (excel[1] if excel else None)
    marked = _leading_comments(content, layout) if spec.comment is None else []
    if marked:
        commented = replace(layout, comment=_MARK)
        commented = replace(commented, separator=known or guess_separator(content, commented))
        if not _is_row(marked, commented, content):
            return commented
    return replace(layout, separator=known or guess_separator(content, layout))


def comment_header(content: bytes, layout: RowLayout) -> list[str] | None:
    """Return the cells of the last comment above the rows if there are as many as in the first row, else None."""
    marked = _leading_comments(content, replace(layout, comment=""))
    rows = first_rows(content, layout)
    if not marked or not rows:
        return None
    cells = _cut(marked[-1].lstrip(_MARK).strip(), layout)
    return [cell.strip() for cell in cells] if len(cells) == len(rows[0]) > 1 else None


def _leading_comments(content: bytes, layout: RowLayout) -> list[str]:
    """Return the lines with which a text begins that start with a mark; none if there are no others."""
    lines = itertools.islice(decoded_lines(content, layout.encoding), layout.skipped, layout.skipped + _MOST_COMMENTS)
    found: list[str] = []
    for line in lines:
        if line.startswith(_MARK):
            found.append(line)
        elif line.strip():
            return found
    return []


def _is_row(marked: list[str], layout: RowLayout, content: bytes) -> bool:
    """Return whether the only marked line is a row, such as that of names the first of which is ``#`` or ``#id``."""
    if len(marked) > 1 or marked[0][1:2].isspace():
        return False
    rows = first_rows(content, layout)
    return bool(rows) and len(_cut(marked[0], layout)) == len(rows[0]) > 1


def _cut(line: str, layout: RowLayout) -> list[str]:
    rows = first_rows(line.encode(), replace(layout, encoding="utf-8", skipped=0, comment=""))
    return rows[0] if rows else []
