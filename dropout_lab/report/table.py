"""The table at the end of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import CrossValidation, Evaluation, OfficialTest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["summary_table"]

_STRIP = 32
_WHERE = {
    "none": "no dropout",
    "visible": "dropout on the inputs",
    "hidden": "dropout after hidden layers",
    "both": "dropout on the inputs and after hidden layers",
    "dense": "dropout after dense layers",
    "conv": "dropout after convolutions",
    "all": "dropout after convolutions and dense layers",
}


def summary_table(experiment: Experiment, summary: pd.DataFrame) -> RenderableType:
    """Lay out the accuracy at each rate, with a strip from one sd below the mean to one above it.

    Parameters
    ----------
    experiment : Experiment
    summary : pandas.DataFrame
        As made by `stats.summarize`.
    """
    low, high = _axis(summary["mean"] - summary["sd"].fillna(0), summary["mean"] + summary["sd"].fillna(0))
    failures = bool(summary["failed"].any())
    ends = f"{low:.0%}".ljust(_STRIP - 4) + f"{high:.0%}".rjust(4)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("rate", "trials", *(["failed"] if failures else []), "accuracy", "sd"):
        table.add_column(column, justify="right")
    table.add_column(ends, no_wrap=True)
    for point in summary.to_dict("records"):
        mean, sd = float(point["mean"]), float(point["sd"])
        cells = [f"{point['rate']:g}", str(point["n"]), *([str(point["failed"])] if failures else [])]
        table.add_row(*cells, _percent(mean), _percent(sd), _strip(mean, sd, low, high))
    title = Text(f"{experiment.name}: {experiment.dataset.name}, {_WHERE[experiment.dropout.where]}", "bold")
    note = f"Accuracy on held-out rows: mean and spread (sd) over {_spread(experiment.evaluation)}"
    return Group(title, table, Text(note, "dim"))


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


def _axis(lows: Iterable[float], highs: Iterable[float]) -> tuple[float, float]:
    """Return ends of an axis that holds all values, rounded outward to 5 points and within 0 to 1."""
    finite = [value for value in (*lows, *highs) if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    low = max(0.0, math.floor(min(finite) * 20) / 20)
    high = min(1.0, math.ceil(max(finite) * 20) / 20)
    return low, max(high, low + 0.05)


def _strip(mean: float, sd: float, low: float, high: float) -> Text:
    """Draw one mean and its spread on the axis from `low` to `high`."""
    if not math.isfinite(mean):
        return Text("")
    spread = sd if math.isfinite(sd) else 0.0

    def column(value: float) -> int:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(share * (_STRIP - 1))

    first, middle, last = column(mean - spread), column(mean), column(mean + spread)
    left, right = "─" * (middle - first), "─" * (last - middle)
    return Text.assemble(" " * first, (left, "cyan"), ("●", "bold cyan"), (right, "cyan"))
