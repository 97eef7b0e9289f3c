"""Several results in one figure: a line each against the axis they share, or a row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis, axis_of
from dropout_lab.analysis.formatting import count, cut
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import dress, in_percent, spread_out, tilt, width_at
from dropout_lab.report.figures.captions import extremes
from dropout_lab.report.figures.palette import DOT, INK, LINES
from dropout_lab.report.figures.picture import Layout, Picture, Words, picture

__all__ = ["overlay"]

_MARKERS = ("o", "s", "D", "^", "v", "P")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1, 1.5)))
_DOT: dict[str, Any] = {
    "color": DOT.light,
    "marker": "o",
    "markersize": 3.6,
    "markeredgewidth": 0,
    "alpha": 0.6,
    "linestyle": "none",
}
_OVERLAP = "Whether two results differ is another question than whether their intervals overlap."
_LONGEST = 48, 22  # characters of a name: in the legend, beside a row


def overlay(named: Sequence[tuple[str, Study]], note: str) -> Picture | None:
    """Draw the held-out metric of several results that may be compared.

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
    named = [(name, study) for name, study in named if not study.succeeded.empty]
    if not named or len({tuple(axis.column for axis in (study.axis, *study.axes)) for _, study in named}) > 1:
        return None
    if all(len(study.axis.values) == 1 for _, study in named):
        return _rows(named, note)
    return _lines(named, note)


def _lines(named: Sequence[tuple[str, Study]], note: str) -> Picture:
    column = named[0][1].axis.column
    axis = axis_of(column, list(dict.fromkeys(value for _, study in named for value in study.axis.values)))
    intervals = any(study.intervals for _, study in named)
    scale = named[0][1].scale

    def paint(areas: NDArray[Any]) -> list[Artist]:
        area: Axes = areas[0, 0]
        handles = [_line(area, axis, number, len(named), *each) for number, each in enumerate(named)]
        area.set_ylabel(scale.label)
        if scale.metric.share:
            in_percent(area.yaxis)
        dress(area, axis)
        return handles

    spread = (
        f", with the 95% interval of each, a little side by side. {_OVERLAP}" if intervals else "; no spread is shown."
    )
    caption = " ".join([f"Means over the trials of each result{spread}", *_unfinished(named)])
    told = [f"Held-out {scale.name} of {count(len(named), 'result')} against {axis.name}."]
    told += [f"{name}: {extremes(axis, study.means, scale.text)}" for name, study in named]
    words = Words("comparison", f"Held-out {scale.name} against {axis.name}", caption, " ".join(told))
    return picture(words, note, Layout(height=2.8, legend=len(named), below=tilt(axis)), paint)


def _line(area: Axes, axis: Axis, number: int, of: int, name: str, study: Study) -> Artist:
    colour = LINES[number % len(LINES)].light
    style: dict[str, Any] = {
        "color": colour,
        "marker": _MARKERS[number % len(_MARKERS)],
        "linestyle": "none" if axis.scale == "names" else _DASHES[number % len(_DASHES)],
    }
    shift = 0.36 * (number - (of - 1) / 2) / of
    places = [axis.place(value) + width_at(axis, axis.place(value), shift) for value in study.means]
    for place, value in zip(places, study.means, strict=True):
        if value in study.intervals:
            area.vlines([place], *study.intervals[value], color=colour, linewidth=1)
    area.plot(places, list(study.means.values()), markersize=4.5, **style)
    return Line2D([], [], markersize=4.5, label=cut(name, _LONGEST[0]), **style)


def _rows(named: Sequence[tuple[str, Study]], note: str) -> Picture:
    """Draw a row for each result: its trials, its mean, and its interval if there is one."""
    labels = [cut(name, _LONGEST[1]) for name, _ in named]
    scale = named[0][1].scale
    values = [study.succeeded[scale.name] for _, study in named]
    span = max(each.max() for each in values) - min(each.min() for each in values)
    intervals = any(study.intervals for _, study in named)

    def paint(areas: NDArray[Any]) -> list[Artist]:
        area: Axes = areas[0, 0]
        for row, ((_, study), some) in enumerate(zip(named, values, strict=True)):
            _row(area, row, study, some, float(span))
        area.set_yticks(range(len(named)), labels)
        area.set_ylim(len(named) - 0.45, -0.55)
        area.grid(visible=False, axis="y")
        area.set_xlabel(scale.label)
        if scale.metric.share:
            in_percent(area.xaxis)
        bar = [Line2D([], [], color=INK.light, linewidth=1.3, label="95% interval")] if intervals else []
        mean = Line2D([], [], color=INK.light, marker="D", markersize=5, linestyle="none", label="mean")
        return [Line2D([], [], label="one trial", **_DOT), mean, *bar]

    layout = Layout(height=max(0.45 * len(named), 0.9), left=0.3 + 0.075 * max(map(len, labels)))
    return picture(_words_of_rows(named, intervals), note, layout, paint)


def _words_of_rows(named: Sequence[tuple[str, Study]], intervals: bool) -> Words:
    spread = f", each bar its 95% interval. {_OVERLAP}" if intervals else "; the spread of the dots is no error bar."
    caption = " ".join([f"Each dot is one trial, each diamond a mean{spread}", *_unfinished(named)])
    scale = named[0][1].scale
    told = [f"Held-out {scale.name} of {count(len(named), 'result')}."]
    told += [f"{name}: {scale.text(mean)}." for name, study in named for mean in study.means.values()]
    return Words("comparison", f"Held-out {scale.name} of each result", caption, " ".join(told))


def _unfinished(named: Sequence[tuple[str, Study]]) -> list[str]:
    """Say which results lack trials."""
    done = [(name, study.planned - study.missing, study.planned) for name, study in named if study.missing]
    return [f"{name} is unfinished ({some:,} of {count(whole, 'trial')})." for name, some, whole in done]


def _row(area: Axes, row: int, study: Study, values: pd.Series[float], span: float) -> None:
    some = values.to_numpy()
    shift, width = (-0.27, 0.3) if study.intervals else (0.0, 0.7)  # above an interval that would hide them
    area.plot(some, row + shift + spread_out(some, span, width), **_DOT)
    for low, high in study.intervals.values():
        area.hlines([row], low, high, color=INK.light, linewidth=1.3)
    area.plot([np.mean(some)], [row], "D", color=INK.light, markersize=5)
