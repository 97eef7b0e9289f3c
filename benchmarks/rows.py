"""The rows of the CSV: extrapolation, summaries, ratios, the printed table. Pure."""

from __future__ import annotations

import csv
import dataclasses
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import CONTENDERS, OURS

__all__ = ["COLUMNS", "Row", "Spread", "extrapolate", "ratio", "select", "spread", "table", "write_csv"]


@dataclass(frozen=True)
class Row:
    """One contender at one number of trials in one run; times in seconds.

    Attributes
    ----------
    run : int
        Counted from 1.
    contender : str
    trials : int
        What the row is about.
    measured_trials : int
        What was trained.
    extrapolated : bool
        Whether the times are extended from `measured_trials` to `trials`.
    whole_seconds : float
        From the start of the process to its end, as seen from outside.
    import_seconds : float
        From the start of the process until its libraries were loaded, its worker processes' too.
    training_seconds : float
        From the data in memory to the last held-out accuracy, tracing and compiling included.
    first_call_seconds : float or None
        The part of it that is paid once, for tracing and compiling; None where it cannot be told.
    peak_memory_mib : float
        Resident, of the process and its children together.
    accuracy : float
        On held-out rows, mean over the measured trials.
    """

    run: int
    contender: str
    trials: int
    measured_trials: int
    extrapolated: bool
    whole_seconds: float
    import_seconds: float
    training_seconds: float
    first_call_seconds: float | None
    peak_memory_mib: float
    accuracy: float


COLUMNS = tuple(field.name for field in dataclasses.fields(Row))


def extrapolate(row: Row, trials: int) -> Row:
    """Return what a row says about more trials than were measured.

    The first call and everything outside the training are paid once; the rest grows with the number of trials. Peak
    memory and accuracy stay as measured.

    Parameters
    ----------
    row : Row
    trials : int
        At least as many as were measured.

    Raises
    ------
    ValueError
        If they are fewer.
    """
    if trials < row.measured_trials:
        raise ValueError(f"{trials} trials are fewer than the {row.measured_trials} measured")
    once = row.first_call_seconds or 0.0
    training = once + (row.training_seconds - once) * (trials / row.measured_trials)
    return dataclasses.replace(
        row,
        trials=trials,
        extrapolated=trials > row.measured_trials,
        whole_seconds=row.whole_seconds - row.training_seconds + training,
        training_seconds=training,
    )


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write the rows, an empty cell for what is None."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(value) for value in dataclasses.astuple(row)] for row in rows)


def _cell(value: object) -> object:
    return f"{value:.4f}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else value


@dataclass(frozen=True)
class Spread:
    """Of one number over the runs."""

    median: float
    low: float
    high: float


def select(rows: Iterable[Row], contender: str, trials: int) -> list[Row]:
    """Return one contender's rows for one number of trials, one per run."""
    return [row for row in rows if (row.contender, row.trials) == (contender, trials)]


def spread(values: Sequence[float]) -> Spread:
    """Return median, least and largest."""
    return Spread(statistics.median(values), min(values), max(values))


def ratio(rows: Sequence[Row], contender: str, trials: int, of: Callable[[Row], float]) -> Spread | None:
    """Return how many times as much as ours a contender took, run by run; None without a run that has both.

    Parameters
    ----------
    rows : sequence of Row
    contender : str
    trials : int
    of : callable
        Row -> number.
    """
    ours = {row.run: of(row) for row in select(rows, OURS, trials)}
    both = [of(row) / ours[row.run] for row in select(rows, contender, trials) if row.run in ours]
    return spread(both) if both else None


_HEADINGS = ("trials", "contender", "whole process, s", "x ours", "training, s", "x ours", "first call, s", "peak, MiB")


def table(rows: Sequence[Row]) -> str:
    """Lay out medians over the runs, least and largest in brackets, and the ratios to ours; * marks extrapolated."""
    lines: list[tuple[str, ...]] = [_HEADINGS]
    for trials in sorted({row.trials for row in rows}):
        for contender in CONTENDERS:
            some = select(rows, contender.name, trials)
            if some:
                lines.append((str(trials), contender.label, *_cells(rows, some)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    number, contender, *rest = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join([number, contender.lstrip().ljust(widths[1]), *rest])


def _cells(rows: Sequence[Row], some: Sequence[Row]) -> list[str]:
    contender, trials = some[0].contender, some[0].trials
    mark = "*" if some[0].extrapolated else ""
    first = [row.first_call_seconds for row in some if row.first_call_seconds is not None]
    cells = []
    for of in (_whole, _training):
        times = ratio(rows, contender, trials, of)
        cells += [_range([of(row) for row in some]) + mark, f"{times.median:.2f}" if times else "-"]
    memory = spread([row.peak_memory_mib for row in some]).median
    return [*cells, f"{spread(first).median:.2f}" if first else "-", f"{memory:.0f}"]


def _whole(row: Row) -> float:
    return row.whole_seconds


def _training(row: Row) -> float:
    return row.training_seconds


def _range(values: Sequence[float]) -> str:
    found = spread(values)
    return f"{found.median:.1f} ({found.low:.1f}-{found.high:.1f})"
