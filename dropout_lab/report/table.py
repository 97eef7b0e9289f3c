"""The table at the end of a run."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import PaddingDimensions
from rich.table import Table
from rich.text import Text

from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import CrossValidation, Evaluation, OfficialTest
from dropout_lab.config.model import CustomModel

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["summary_table", "what_is_dropped"]

_STRIP, _LONG_STRIP, _LEAST_STRIP = 20, 32, 9
_LONGEST_NAME = 24
_WITHOUT: dict[str, tuple[str, object]] = {
    "rate": ("rate 0", 0),
    "where": ("none", "none"),
    "kind": ("none", "none"),
}
_ROUNDING = 1e-9
_ACCURACY = metric_format("accuracy")
_WHERE = {
    "visible": "on the inputs",
    "hidden": "after hidden layers",
    "both": "on the inputs and after hidden layers",
    "dense": "after dense layers",
    "conv": "after convolutions",
    "all": "after convolutions and dense layers",
}
_WHERE_IN: dict[str, dict[str, str]] = {
    "rnn": {"sequence": "after recurrent layers", "all": "on the inputs and after recurrent and dense layers"},
    "conv1d": {"sequence": "after convolutions", "all": "on the inputs and after convolutions and dense layers"},
}


_PADDING: dict[int, PaddingDimensions] = {3: (0, 1), 2: (0, 1, 0, 0), 1: (0, 0)}
"""What leaves so many characters between two columns, the one of their border among them."""


@dataclass(frozen=True)
class _Column:
    head: str
    cells: list[str]

    @property
    def width(self) -> int:
        return max(map(len, (self.head, *self.cells)))


def summary_table(
    experiment: Experiment, axis: str, summary: pd.DataFrame, scale: MetricFormat = _ACCURACY, width: int = 80
) -> RenderableType:
    """Lay out the metric at each point, its difference to no dropout, and a strip of its interval.

    Parameters
    ----------
    experiment : Experiment
    axis : str
        The column of the summary that names the points.
    summary : pandas.DataFrame
        As made by `stats.summarize`.
    scale : MetricFormat
        Of the metric that it summarises.
    width : int
        Characters in a line: in a narrow one columns move together, then the strip goes, then the sd.
    """
    with_intervals, with_differences = bool(summary["ci_low"].notna().any()), bool(summary["diff_low"].notna().any())
    rows = summary.to_dict("records")
    points = [_Point(row, with_intervals, scale) for row in rows]
    columns = [_Column(axis.rpartition(".")[2], [_name(row[axis]) for row in rows])]
    columns.append(_Column("trials", [str(row["n"]) for row in rows]))
    if summary["failed"].any():
        columns.append(_Column("failed", [str(row["failed"]) for row in rows]))
    columns.append(_Column(scale.name, [scale.cell(point.mean) for point in points]))
    columns.append(_Column("sd", [scale.cell(float(row["sd"])) for row in rows]))
    if with_differences:
        columns.append(_Column(_against(axis, summary), [_difference(row, scale) for row in rows]))
    columns, name, gap, strip = _fitted(columns, width, _STRIP if with_differences else _LONG_STRIP)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=_PADDING[gap])
    for column in columns:
        if column is columns[0] and not all(isinstance(row[axis], int | float) for row in rows):
            table.add_column(column.head, max_width=name, overflow="fold")
        else:
            table.add_column(column.head, justify="right", no_wrap=True)
    low, high = _axis([end for point in points for end in (point.low, point.high)], scale)
    if strip:
        left, right = (f"{end:.0%}" if scale.metric.share else scale.cell(end) for end in (low, high))
        table.add_column(left + right.rjust(strip - len(left)), no_wrap=True)
    for number, point in enumerate(points):
        cells = [column.cells[number] for column in columns]
        table.add_row(*cells, *([_strip(point, low, high, strip)] if strip else []))
    title = Text(f"{experiment.name}: {experiment.dataset.name}, {what_is_dropped(experiment)}", "bold")
    note = f"{scale.head.capitalize()} on held-out rows: mean and spread (sd) over "
    planned = experiment.evaluation.folds * experiment.evaluation.repeats
    if planned > 1 and (summary["n"] + summary["failed"] < planned).any():
        note += "what there is of "
    note += _spread(experiment.evaluation)
    if with_intervals and (strip or with_differences):
        marks = "Bars and brackets" if strip else "Brackets"
        note += f"\n{marks}: 95% intervals{_kind_of_interval(experiment.evaluation)}"
    return Group(title, table, Text(note, "dim"))


def _against(axis: str, summary: pd.DataFrame) -> str:
    """Say what differences are to: to no dropout, unless that has one itself."""
    name, value = _WITHOUT.get(axis, ("baseline", None))
    return "against baseline" if summary.loc[summary[axis] == value, "diff"].notna().any() else f"against {name}"


def what_is_dropped(experiment: Experiment) -> str:
    """Say what is dropped, and where."""
    kind, where = experiment.dropout.kind, experiment.dropout.where
    if kind == "none":
        return "no dropout"
    if kind == "dropconnect":
        return f"dropconnect on the weights of {where} layers"
    if isinstance(experiment.model, CustomModel):
        return f"{kind.replace('_', ' ')} in the net of {experiment.model.builder}"
    return f"{kind.replace('_', ' ')} {(_WHERE | _WHERE_IN.get(experiment.model.kind, {}))[where]}"


class _Point:
    """A mean with the ends of what is drawn around it."""

    def __init__(self, row: Mapping[Hashable, Any], with_intervals: bool, scale: MetricFormat) -> None:
        self.mean = float(row["mean"])
        sd = float(row["sd"])
        ends = (float(row["ci_low"]), float(row["ci_high"])) if with_intervals else (self.mean - sd, self.mean + sd)
        self.low, self.high = (
            (scale.within(ends[0]), scale.within(ends[1])) if all(map(math.isfinite, ends)) else (self.mean,) * 2
        )


def _name(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _difference(row: Mapping[Hashable, Any], scale: MetricFormat) -> str:
    """Write a difference and its interval; of shares, as much of it as can be."""
    values = [float(row[key]) for key in ("diff", "diff_low", "diff_high")]
    if not all(map(math.isfinite, values)):
        return ""
    if not scale.metric.share:
        return "{} [{}, {}]".format(*(f"{value:+.3f}" if abs(value) < 100 else f"{value:+.3g}" for value in values))
    return "{:+.1f} [{:+.1f}, {:+.1f}]".format(*(round(100 * min(max(value, -1), 1), 1) + 0.0 for value in values))


def _fitted(columns: list[_Column], width: int, most: int) -> tuple[list[_Column], int, int, int]:
    """Return what a line has room for: columns, the first one's width, the gap, and the strip's width or 0."""
    whole = columns[0].width
    for name in (whole, min(whole, _LONGEST_NAME)):
        for gap, strip in ((3, most), (2, most), (3, 0), (2, 0), (1, 0)):
            room = width - 2 - name - sum(gap + column.width for column in columns[1:])
            if room >= (gap + _LEAST_STRIP if strip else 0):
                return columns, name, gap, min(strip, room - gap) if strip else 0
    return [column for column in columns if column.head != "sd"], min(whole, _LONGEST_NAME), 1, 0


def _kind_of_interval(evaluation: Evaluation) -> str:
    if isinstance(evaluation, CrossValidation):
        return ", corrected for folds that share training rows."
    return " over seeds, for these rows."


def _spread(evaluation: Evaluation) -> str:
    """Say what the spread is over, and what it is not."""
    if isinstance(evaluation, CrossValidation):
        times = f"{evaluation.repeats} x " if evaluation.repeats > 1 else ""
        return f"{times}{evaluation.folds} folds.\nFolds share training rows, so the sd is no error bar of the mean."
    rows = "the official test set" if isinstance(evaluation, OfficialTest) else "one part held out"
    if evaluation.repeats == 1:
        return f"one training on {rows}.\nOne training says nothing of the spread between seeds."
    return f"{evaluation.repeats} seeds on {rows}.\nAll are tested on the same rows, whose choice the sd does not hold."


def _axis(ends: Iterable[float], scale: MetricFormat) -> tuple[float, float]:
    """Return ends of an axis that holds all values; of shares, rounded outward to 5 points and within 0 to 1."""
    finite = [value for value in ends if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    if not scale.metric.share:
        return min(finite), max(finite) if max(finite) > min(finite) else min(finite) + 1
    low = max(0.0, math.floor(min(finite) * 20 + _ROUNDING) / 20)
    high = min(1.0, math.ceil(max(finite) * 20 - _ROUNDING) / 20)
    return (low, high) if high > low else (max(0.0, high - 0.05), min(1.0, low + 0.05))


def _strip(point: _Point, low: float, high: float, width: int) -> Text:
    """Draw one mean and what is around it on the axis from `low` to `high`."""
    if not math.isfinite(point.mean):
        return Text("")

    def column(value: float) -> int:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(share * (width - 1))

    first, middle, last = column(point.low), column(point.mean), column(point.high)
    left, right = "─" * (middle - first), "─" * (last - middle)
    return Text.assemble(" " * first, (left, "cyan"), ("●", "bold cyan"), (right, "cyan"))
