"""What a result says, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dropout_lab.report.comparison import comparison, names_of
from dropout_lab.report.grid import Grid
from dropout_lab.report.headline import headline
from dropout_lab.report.study import Study
from dropout_lab.report.table import summary_table

__all__ = ["compared", "shown"]

_TOO_MUCH = ("better", "same", "worse")
"""Columns that a page has room for and a terminal has not."""


def shown(study: Study) -> RenderableType:
    """Lay out one result: its table, then what it says."""
    sentence, details = headline(study)
    parts: list[RenderableType] = []
    if not study.summary.empty:
        parts += [summary_table(study.experiment, study.axis.column, study.summary), Text("")]
    parts += [Text(sentence, "bold"), *(Text(each) for each in details)]
    if study.facts.note:
        parts.append(Text(f"Data: {study.facts.note}", "yellow"))
    return Group(*parts)


def compared(studies: Sequence[Study]) -> RenderableType:
    """Lay out several results beside one another."""
    together = comparison(studies)
    parts: list[RenderableType] = []
    for grid in together.tables:
        parts += [Text(grid.caption, "bold"), _table(grid), Text("")]
    for name, study in zip(names_of(studies), studies, strict=True):
        parts.append(Text.assemble((f"{name}: ", "bold"), headline(study)[0]))
    for banner in together.banners:
        parts.append(Text(f"{banner.title}. {' '.join(banner.lines)}", "yellow"))
    return Group(*parts)


def _table(grid: Grid) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    kept = [number for number, name in enumerate(grid.head) if name not in _TOO_MUCH]
    for number in kept:
        table.add_column(Text(grid.head[number]), justify="right" if number else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(Text(row[number]) for number in kept))
    return table
