"""One result, or several compared, in a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dropout_lab.analysis.headline import headline
from dropout_lab.analysis.study import Study
from dropout_lab.report.comparison import OPTIMISM, comparison, names_of
from dropout_lab.report.table import summary_table
from dropout_lab.report.text_table import TextTable
from dropout_lab.stats.phrases import capital

__all__ = ["compared", "shown"]

_ONLY_ON_PAGES = ("better", "same", "worse", "dummy")
"""Columns that do not fit in a terminal."""

_LONGEST_NAME = 24


def shown(study: Study, width: int = 80) -> RenderableType:
    """Lay out one result in lines of so many characters: its table, then its conclusion."""
    sentence, details = headline(study)
    parts: list[RenderableType] = []
    if not study.summary.empty:
        parts += [
            summary_table(study.judged, study.axis, study.summary, study.scale, width, study.matrix.basis),
            *_trivial(study),
            Text(""),
        ]
    parts += [Text(sentence, "bold"), *map(Text, details)]
    if study.facts.note:
        parts.append(Text(f"Data: {study.facts.note}", "yellow"))
    parts += [Text(f"Note: {note}.", "yellow") for note in study.facts.splits]
    return Group(*parts)


def _trivial(study: Study) -> list[Text]:
    """Say what predictions without a look at the inputs reach, and how many networks are like them; if known."""
    value = study.dummy(study.scale.name)
    reached = f"{capital(study.scale.dummy)}: {study.scale.text(value)}." if math.isfinite(value) else ""
    collapsed = study.verdict.collapsed if study.verdict else ""
    return [Text(text, "dim") for text in (reached, collapsed) if text]


def compared(studies: Sequence[Study], width: int = 80) -> RenderableType:
    """Lay out several results side by side, in lines of so many characters."""
    together = comparison(studies)
    parts: list[RenderableType] = []
    for grid in together.tables:
        parts += [Text(grid.caption, "bold"), _table(grid, width), Text("")]
    if any(len(study.axis.values) > 1 for study in studies):
        parts.append(Text(f"{OPTIMISM}\n", "dim"))
    for name, study in zip(names_of(studies), studies, strict=True):
        parts.append(Text.assemble((f"{name}: ", "bold"), headline(study)[0]))
    for banner in together.banners:
        parts.append(Text(f"{banner.title}. {' '.join(banner.lines)}", "yellow"))
    return Group(*parts)


def _table(grid: TextTable, width: int) -> Table:
    """Lay out a table; if it is too wide, columns move together, and heads and long names are wrapped."""
    columns = {head: cells for head, *cells in zip(grid.head, *grid.rows, strict=True) if head not in _ONLY_ON_PAGES}
    if set(columns.get("failed", ())) == {"0"}:
        del columns["failed"]
    wide = sum(max(map(len, (head, *cells))) + 3 for head, cells in columns.items()) > width
    if wide and len(set(columns.get("data set", ()))) == 1:
        del columns["data set"]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0) if wide else (0, 1))
    for number, (head, cells) in enumerate(columns.items()):
        longest = max(map(len, cells))
        wraps = head == "points" or (" " in head and len(head) > longest) if number else longest > _LONGEST_NAME
        table.add_column(Text(head), justify="right" if number else "left", no_wrap=not wraps, overflow="fold")
    for texts in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, texts))
    return table
