"""How values of a metric and points of a sweep are written."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from dropout_lab.metrics.metric import Metric

__all__ = [
    "amount",
    "capital",
    "change",
    "counted",
    "figure",
    "joined",
    "listed",
    "name",
    "named_value",
    "noun",
    "number",
    "rounded",
    "size",
    "span",
]

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MOST_LISTED = 6
_PLURALS = {"rate": "rates", "where": "places", "kind": "kinds"}
_NO_DROPOUT = (("rate", 0), ("dropout.stddev", 0), ("where", "none"), ("kind", "none"))


def named_value(metric: Metric, value: float) -> str:
    """Write a metric's value: ``86.9%``, ``loss 0.412``."""
    text = figure(metric, value)
    return text if metric.name == "accuracy" else f"{metric.title} {text}"


def figure(metric: Metric, value: float) -> str:
    """Write a metric's value without its name: ``86.9%``, ``0.412``."""
    return f"{value:.1%}" if metric.share else _digits(value)


def change(metric: Metric, value: float) -> str:
    """Write a difference with its sign: ``+0.6 points``, ``-0.0123``."""
    return _signed(metric, value) + (" points" if metric.share else "")


def span(metric: Metric, low: float, high: float) -> str:
    """Write an interval of differences, of shares as much of it as can be: ``-2.1 to +3.3``."""
    if metric.share:
        low, high = max(low, -1.0), min(high, 1.0)
    return f"{_signed(metric, low)} to {_signed(metric, high)}"


def amount(metric: Metric, value: float) -> str:
    """Write a given difference: ``0.5 points``, ``1 point``, ``0.01``."""
    if not metric.share:
        return f"{value:.3g}"
    text = f"{100 * value:.3g}"
    return f"{text} point" if text == "1" else f"{text} points"


def size(metric: Metric, value: float) -> str:
    """Write how large a computed difference is: ``4.6 points``, ``0.0123``."""
    return f"{100 * value:.1f} points" if metric.share else _digits(value)


def _signed(metric: Metric, value: float) -> str:
    text = f"{100 * abs(value):.1f}" if metric.share else _digits(abs(value))
    return text if float(text.replace(",", "")) == 0 else f"{'-' if value < 0 else '+'}{text}"


def _digits(value: float) -> str:
    """Write a number to three digits that count, trailing zeros included."""
    if value == 0 or not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3g}"
    return f"{value:,.{max(2 - math.floor(math.log10(abs(value))), 0)}f}"


def number(count: int) -> str:
    """Write a whole number, up to twelve as a word."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def rounded(count: int) -> str:
    """Write a whole number from 1 on to two digits that count."""
    return f"{round(count, 1 - math.floor(math.log10(count))):,}"


def counted(count: int, noun: str) -> str:
    """Write how many there are of a thing, in figures."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def joined(texts: Sequence[str]) -> str:
    """Write ``a, b and c``."""
    return " and ".join(part for part in (", ".join(texts[:-1]), *texts[-1:]) if part)


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]


def name(columns: Sequence[str], point: Sequence[object]) -> str:
    """Name a point of the sweep: ``rate 0.2``, ``no dropout``, ``rate 0.2 with epochs 50``."""
    parts = ["no dropout" if pair in _NO_DROPOUT else _part(*pair) for pair in zip(columns, point, strict=True)]
    return f"{parts[0]} with {' and '.join(parts[1:])}" if len(parts) > 1 else parts[0]


def noun(column: str) -> str:
    """Return what the values of a column of the trials are called: ``rate``, ``learning rate``."""
    return "place" if column == "where" else column.rpartition(".")[2].replace("_", " ")


def _part(column: str, value: object) -> str:
    return _value(value) if column == "point" else f"{noun(column)} {_value(value)}"


def listed(columns: Sequence[str], chosen: Sequence[int], points: Sequence[Sequence[object]]) -> str:
    """Name some points of a sweep, as subject of a plural verb if there are several.

    Parameters
    ----------
    columns : sequence of str
        The columns of the sweep.
    chosen : sequence of int
        Which points, in ascending order; one at least.
    points : sequence of sequence
        All points of the sweep, in ascending order.

    Returns
    -------
    str
        E.g. ``rate 0.5``, ``rates from 0.5 on``, ``rates 0.1 and 0.3 to 0.6``, ``places visible and both``, ``3 of
        the 12 points``.
    """
    if len(chosen) == 1:
        return name(columns, points[chosen[0]])
    if len(columns) > 1:
        return f"{len(chosen)} of the {len(points)} points"
    numeric = all(isinstance(point[0], int | float) for point in points)
    runs = _runs(chosen) if numeric else [(index,) for index in chosen]
    if columns[0] == "point" or len(runs) > _MOST_LISTED:
        return f"{len(chosen)} of the {len(points)} {'rates' if columns[0] == 'rate' else 'points'}"
    subject = _PLURALS.get(columns[0], f"points with {noun(columns[0])}")
    if numeric and len(runs) == 1 and chosen[-1] == len(points) - 1:
        return f"{subject} from {_value(points[chosen[0]][0])} on"
    return f"{subject} {joined([' to '.join(_value(points[index][0]) for index in run) for run in runs])}"


def _runs(indices: Sequence[int]) -> list[tuple[int, ...]]:
    """Split indices into the first and last of each three or more in a row, and single ones."""
    grouped = itertools.groupby(enumerate(indices), lambda pair: pair[1] - pair[0])
    rows = [[index for _, index in group] for _, group in grouped]
    return [run for row in rows for run in ([(row[0], row[-1])] if len(row) > 2 else [(index,) for index in row])]


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
