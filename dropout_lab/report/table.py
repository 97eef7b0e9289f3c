"""The table at the end of a run."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import CrossValidation, Evaluation, OfficialTest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["summary_table"]

_STRIP, _LONG_STRIP = 20, 32
_ROUNDING = 1e-9
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


def summary_table(experiment: Experiment, axis: str, summary: pd.DataFrame) -> RenderableType:
    """Lay out the accuracy at each point, its difference to no dropout, and a strip of its interval.

    Parameters
    ----------
    experiment : Experiment
    axis : str
        The column of the summary that names the points.
    summary : pandas.DataFrame
        As made by `stats.summarize`.
    """
    with_intervals, with_differences = bool(summary["ci_low"].notna().any()), bool(summary["diff_low"].notna().any())
    points = [_Point(point, with_intervals) for point in summary.to_dict("records")]
    low, high = _axis([end for point in points for end in (point.low, point.high)])
    failures = bool(summary["failed"].any())
    strip = _STRIP if with_differences else _LONG_STRIP
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in (
        *(axis.rpartition(".")[2], "trials", *(["failed"] if failures else []), "accuracy", "sd"),
        *(["against rate 0"] if with_differences else []),
    ):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column(f"{low:.0%}".ljust(strip - 4) + f"{high:.0%}".rjust(4), no_wrap=True)
    for point, row in zip(points, summary.to_dict("records"), strict=True):
        cells = [_name(row[axis]), str(row["n"]), *([str(row["failed"])] if failures else [])]
        cells += [_percent(point.mean), _percent(float(row["sd"])), *([_difference(row)] if with_differences else [])]
        table.add_row(*cells, _strip(point, low, high, strip))
    title = Text(f"{experiment.name}: {experiment.dataset.name}, {_what(experiment)}", "bold")
    note = f"Accuracy on held-out rows: mean and spread (sd) over {_spread(experiment.evaluation)}"
    if with_intervals:
        note += "\nBars and brackets: 95% intervals" + _kind_of_interval(experiment.evaluation)
    return Group(title, table, Text(note, "dim"))


def _what(experiment: Experiment) -> str:
    """Say what is dropped, and where."""
    kind, where = experiment.dropout.kind, experiment.dropout.where
    if kind == "none":
        return "no dropout"
    if kind == "dropconnect":
        return f"dropconnect on the weights of {where} layers"
    return f"{kind.replace('_', ' ')} {(_WHERE | _WHERE_IN.get(experiment.model.kind, {}))[where]}"


class _Point:
    """A mean with the ends of what is drawn around it."""

    def __init__(self, row: Mapping[Hashable, Any], with_intervals: bool) -> None:
        self.mean = float(row["mean"])
        sd = float(row["sd"])
        ends = (float(row["ci_low"]), float(row["ci_high"])) if with_intervals else (self.mean - sd, self.mean + sd)
        self.low, self.high = (
            (max(0.0, ends[0]), min(1.0, ends[1])) if all(map(math.isfinite, ends)) else (self.mean,) * 2
        )


def _name(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _difference(row: Mapping[Hashable, Any]) -> str:
    values = [round(100 * float(row[key]), 1) + 0.0 for key in ("diff", "diff_low", "diff_high")]
    return "{:+.1f} [{:+.1f}, {:+.1f}]".format(*values) if all(map(math.isfinite, values)) else ""


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


def _percent(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "-"


def _axis(ends: Iterable[float]) -> tuple[float, float]:
    """Return ends of an axis that holds all values, rounded outward to 5 points and within 0 to 1."""
    finite = [value for value in ends if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    low = max(0.0, math.floor(min(finite) * 20 + _ROUNDING) / 20)
    high = min(1.0, math.ceil(max(finite) * 20 - _ROUNDING) / 20)
    return low, max(high, low + 0.05)


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
