"""The summary of a result as a table in a terminal, with a strip that draws each mean and its interval."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import PaddingDimensions
from rich.table import Table
from rich.text import Text

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.analysis.replicates import replicates_of
from dropout_lab.config import Experiment
from dropout_lab.report.describe import describe_dropout
from dropout_lab.report.text_table import TextColumn
from dropout_lab.stats.phrases import capital
from dropout_lab.stats.trial_matrix import Basis

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["summary_table"]

_STRIP, _LONG_STRIP, _SHORTEST_STRIP = 20, 32, 9  # characters
_LONGEST_NAME, _LONGEST_BASELINE = 24, 14
_ROUNDING = 1e-9
_ACCURACY = metric_format("accuracy")
_PADDING: dict[int, PaddingDimensions] = {3: (0, 1), 2: (0, 1, 0, 0), 1: (0, 0)}
"""Padding of cells, by the number of characters between two columns (one of them is the border)."""

_Bar = tuple[float, float, float]
"""The low end, the mean and the high end of what the strip draws."""


def summary_table(
    experiment: Experiment,
    axis: Axis,
    summary: pd.DataFrame,
    scale: MetricFormat = _ACCURACY,
    width: int = 80,
    basis: Basis = "rows",
) -> RenderableType:
    """Lay out the metric at each point, its difference to the baseline, and a strip of its interval.

    Parameters
    ----------
    experiment : Experiment
    axis : Axis
    summary : pandas.DataFrame
        From `stats.summarize`.
    scale : MetricFormat
        Of the summarized metric.
    width : int
        Characters in a line. To fit, columns first move together, then the strip is left out, then the sd.
    basis : str
        What the intervals rest on.
    """
    with_intervals, with_differences = (bool(summary[name].notna().any()) for name in ("ci_low", "diff_low"))
    rows = summary.to_dict("records")
    bars = [_bar(row, with_intervals, scale) for row in rows]
    columns = [
        TextColumn(axis.word, [axis.text(row[axis.column]) for row in rows]),
        TextColumn("trials", [str(row["n"]) for row in rows]),
        *([TextColumn("failed", [str(row["failed"]) for row in rows])] if summary["failed"].any() else []),
        TextColumn(scale.title.replace(" ", "\n"), [scale.cell(mean) for _, mean, _ in bars]),
        TextColumn("sd", [scale.cell(float(row["sd"])) for row in rows]),
        *([TextColumn(_against(axis), [_difference(row, scale) for row in rows])] if with_differences else []),
    ]
    low, high = _ends([end for first, _, last in bars for end in (first, last)], scale)
    ends = [f"{end:.0%}" if scale.metric.share else scale.cell(end) for end in (low, high)]
    strips = max(_SHORTEST_STRIP, len(" ".join(ends))), _STRIP if with_differences else _LONG_STRIP
    columns, name, gap, strip = _fit(columns, width, strips)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=_PADDING[gap])
    for number, column in enumerate(columns):
        if not number and axis.scale == "names":
            table.add_column(Text(column.head), max_width=name, overflow="fold")
        else:
            table.add_column(Text(column.head), justify="right", no_wrap=True)
    if strip:
        table.add_column(ends[0] + ends[1].rjust(strip - len(ends[0])), no_wrap=True)
    for number, bar in enumerate(bars):
        cells = [Text(column.cells[number]) for column in columns]
        table.add_row(*cells, *([_draw(bar, low, high, strip)] if strip else []))
    replicates = replicates_of(experiment.evaluation, basis)
    title = Text(f"{experiment.name}: {experiment.dataset.name}, {describe_dropout(experiment)}", "bold")
    planned = experiment.evaluation.folds * experiment.evaluation.repeats
    lacking = planned > 1 and bool((summary["n"] + summary["failed"] < planned).any())
    over = f"up to {replicates.planned}" if experiment.until else replicates.planned
    over += " (unfinished)" if lacking and not experiment.until else ""
    note = f"{capital(scale.head)} on held-out rows: mean and spread (sd) over {over}.\n"
    note += replicates.caution
    if with_intervals and (strip or with_differences):
        note += f"\n{'Bars and brackets' if strip else 'Brackets'}: 95% intervals, {replicates.interval}."
    return Group(title, table, Text(note, "dim"))


def _bar(row: Mapping[Hashable, Any], with_intervals: bool, scale: MetricFormat) -> _Bar:
    """Return the mean with its interval, or with its standard deviation where there are no intervals."""
    mean, sd = float(row["mean"]), float(row["sd"])
    low, high = (float(row["ci_low"]), float(row["ci_high"])) if with_intervals else (mean - sd, mean + sd)
    finite = math.isfinite(low) and math.isfinite(high)
    return (scale.within(low), mean, scale.within(high)) if finite else (mean, mean, mean)


def _against(axis: Axis) -> str:
    name = "" if axis.baseline is None else axis.point(axis.baseline)
    return f"against {name if 0 < len(name) <= _LONGEST_BASELINE else 'baseline'}"


def _difference(row: Mapping[Hashable, Any], scale: MetricFormat) -> str:
    """Write a difference and its interval; of shares, within -100 to 100 points."""
    values = [float(row[key]) for key in ("diff", "diff_low", "diff_high")]
    if not all(map(math.isfinite, values)):
        return ""
    if not scale.metric.share:
        return "{} [{}, {}]".format(*(f"{value:+.3f}" if abs(value) < 100 else f"{value:+.3g}" for value in values))
    return "{:+.1f} [{:+.1f}, {:+.1f}]".format(*(round(100 * min(max(value, -1), 1), 1) + 0.0 for value in values))


def _fit(columns: list[TextColumn], width: int, strips: tuple[int, int]) -> tuple[list[TextColumn], int, int, int]:
    """Return what fits in a line: the columns, the width of the first, the gap, and the width of the strip or 0.

    The strip is as wide as there is room, between the two widths in `strips`.
    """
    shortest, longest = strips
    first, *others = (max(map(len, (*column.head.split("\n"), *column.cells))) for column in columns)
    for name in (first, min(first, _LONGEST_NAME)):
        for gap, strip in ((3, longest), (2, longest), (3, 0), (2, 0), (1, 0)):
            room = width - 2 - name - sum(gap + other for other in others)
            if room >= (gap + shortest if strip else 0):
                return columns, name, gap, min(strip, room - gap) if strip else 0
    return [column for column in columns if column.head != "sd"], min(first, _LONGEST_NAME), 1, 0


def _ends(values: Iterable[float], scale: MetricFormat) -> tuple[float, float]:
    """Return the ends of the strip, so that it holds all values and nothing that the metric cannot be.

    Of shares they are multiples of 5 points; of a single other value they are 1 apart.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    if not scale.metric.share and max(finite) > min(finite):
        return min(finite), max(finite)
    if not scale.metric.share:
        low = min(finite[0], scale.metric.maximum - 1)
        return low, low + 1
    low = max(0.0, math.floor(min(finite) * 20 + _ROUNDING) / 20)
    high = min(1.0, math.ceil(max(finite) * 20 - _ROUNDING) / 20)
    return (low, high) if high > low else (max(0.0, high - 0.05), min(1.0, low + 0.05))


def _draw(bar: _Bar, low: float, high: float, width: int) -> Text:
    """Draw a mean and its interval on the strip from `low` to `high`."""
    if not math.isfinite(bar[1]):
        return Text("")
    first, middle, last = (round((min(max(end, low), high) - low) / (high - low) * (width - 1)) for end in bar)
    left, right = "─" * (middle - first), "─" * (last - middle)
    return Text.assemble(" " * first, (left, "cyan"), ("●", "bold cyan"), (right, "cyan"))
