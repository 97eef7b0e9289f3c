"""Several results in one figure: a line each against the axis they share, or a row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis, axis_of
from dropout_lab.analysis.formatting import count, cut
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import (
    draw_rows,
    dress,
    error_sizes,
    in_percent,
    spread_out,
    tilt,
    width_at,
    within_bounds,
)
from dropout_lab.report.figures.captions import extremes
from dropout_lab.report.figures.palette import DASHES, DOT_STYLE, LINES
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture
from dropout_lab.report.figures.reference_line import DummyLine

__all__ = ["overlay"]

_MARKERS = ("o", "s", "D", "^", "v", "P")
_OVERLAP = "Overlapping intervals do not show that two results are the same."
_SAME = 1e-9  # means of the same numbers in another order differ in the last digits
_LONGEST = 48, 22  # characters of a name: in the legend, beside a row

Named = Sequence[tuple[str, Study]]
"""Results by name."""


def overlay(named: Named, note: str) -> Picture | None:
    """Draw the held-out metric of several comparable results.

    Parameters
    ----------
    named : sequence of (str, Study)
        Each with its name.
    note : str
        See `picture`.

    Returns
    -------
    Picture or None
        None if no trial has a result, or the results do not share an axis.
    """
    named = [(name, study) for name, study in named if study.succeeded[study.scale.name].notna().any()]
    if not named or len({tuple(axis.column for axis in (study.axis, *study.axes)) for _, study in named}) > 1:
        return None
    return _rows(named, note) if all(len(study.axis.values) == 1 for _, study in named) else _lines(named, note)


def _lines(named: Named, note: str) -> Picture:
    column = named[0][1].axis.column
    axis = axis_of(column, list(dict.fromkeys(value for _, study in named for value in study.axis.values)))
    scale, dummy = named[0][1].scale, _dummy(named)

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        for number, (name, study) in enumerate(named):
            shift = 0.36 * (number - (len(named) - 1) / 2) / len(named)
            _line(area, axis, study, number, shift, cut(name, _LONGEST[0]))
        if dummy:
            dummy.draw(area)
        area.set_ylim(*within_bounds(area.get_ylim(), scale.metric))
        area.set_ylabel(scale.label)
        if scale.metric.share:
            in_percent(area.yaxis)
        dress(area, axis)

    intervals = any(study.intervals for _, study in named)
    spread = f" with 95% intervals, shifted sideways. {_OVERLAP}" if intervals else "; no spread is shown."
    alt = [f"Held-out {scale.title} of {count(len(named), 'result')} against {axis.name}."]
    alt += [f"{name}: {extremes(axis, study.means, scale.text)}" for name, study in named]
    title = f"Held-out {scale.title} against {axis.name}"
    caption = f"Means over the trials of each result{spread}{f' {dummy.sentence}' if dummy else ''}"
    layout = Layout(height=2.8, legend=len(named) + (dummy is not None and dummy.near), below=tilt(axis))
    return picture(_describe(title, caption, alt, named), note, layout, paint)


def _dummy(named: Named) -> DummyLine | None:
    """Return the line of predictions without a look at the inputs, if it is known and the same of all results."""
    scale, values = named[0][1].scale, [study.dummy(study.scale.name) for _, study in named]
    if not np.ptp(values) <= _SAME:
        return None
    means = [mean for _, study in named for mean in study.means.values()]
    ends = [end for _, study in named for interval in study.intervals.values() for end in interval]
    return DummyLine.beside(scale, values[0], [*means, *ends])


def _line(area: Axes, axis: Axis, study: Study, number: int, shift: float, label: str) -> None:
    style: dict[str, Any] = {
        "color": LINES[number % len(LINES)].light,
        "marker": _MARKERS[number % len(_MARKERS)],
        "linestyle": "none" if axis.scale == "names" else DASHES[number % len(DASHES)],
    }
    places = [axis.place(value) + width_at(axis, axis.place(value), shift) for value in study.means]
    sizes = error_sizes(study.means, study.intervals)
    area.errorbar(places, list(study.means.values()), sizes, elinewidth=1, markersize=4.5, label=label, **style)


def _rows(named: Named, note: str) -> Picture:
    """Draw a row for each result: its trials, its mean, and its interval if there is one."""
    labels = [cut(name, _LONGEST[1]) for name, _ in named]
    scale = named[0][1].scale
    values = [study.succeeded[scale.name].dropna().to_numpy() for _, study in named]
    intervals = [next(iter(study.intervals.values()), (np.nan, np.nan)) for _, study in named]
    several = bool(np.isfinite(intervals).any())

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        span = float(np.ptp(np.concatenate(values)))
        for row, trials in enumerate(values):
            shift, width = (-0.27, 0.3) if np.isfinite(intervals[row]).all() else (0.0, 0.7)  # clear of the interval
            dots = row + shift + spread_out(trials, span, width)
            area.plot(trials, dots, **DOT_STYLE | ({} if row else {"label": "one trial"}))
        label = "mean, 95% interval" if several else "mean"
        draw_rows(area, [float(trials.mean()) for trials in values], intervals, [True] * len(named), label)
        area.set_yticks(range(len(named)), labels)
        area.set_xlim(*within_bounds(area.get_xlim(), scale.metric))
        area.set_xlabel(scale.label)
        if scale.metric.share:
            in_percent(area.xaxis)

    spread = f", each bar its 95% interval. {_OVERLAP}" if several else "; the spread of the dots is not an error bar."
    alt = [f"Held-out {scale.title} of {count(len(named), 'result')}."]
    alt += [f"{name}: {scale.text(mean)}." for name, study in named for mean in study.means.values()]
    title = f"Held-out {scale.title} of each result"
    text = _describe(title, f"Each dot is one trial, each diamond a mean{spread}", alt, named)
    return picture(text, note, Layout(height=max(0.45 * len(named), 0.9)), paint)


def _describe(title: str, caption: str, alt: list[str], named: Named) -> FigureText:
    unfinished = [
        f"{name} is unfinished ({study.planned - study.missing:,} of {count(study.planned, 'trial')})."
        for name, study in named
        if study.missing
    ]
    return FigureText("comparison", title, " ".join([caption, *unfinished]), " ".join(alt))
