"""How the trials of each point are distributed."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.metric_format import metric_format
from dropout_lab.analysis.replicates import unit_of
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import dress, in_percent, tilt, width_at
from dropout_lab.report.figures.captions import absent, extent
from dropout_lab.report.figures.palette import DOT, INK
from dropout_lab.report.figures.picture import Layout, Picture, Words, picture

__all__ = ["spread"]

_FEWEST = 20  # trials at a point: of fewer, the dots of the first figure say all
_MOST_BOXES = 25
_FILL: dict[str, Any] = {"facecolor": DOT.light, "alpha": 0.35, "linewidth": 0}
_RANGE: dict[str, Any] = {"facecolor": DOT.light, "alpha": 0.15, "linewidth": 0}
_MEDIAN: dict[str, Any] = {"color": INK.light, "linewidth": 1.6}


def spread(study: Study, axis: Axis) -> Picture | None:
    """Draw the quartiles and the range of the held-out accuracy, or r2, at each point.

    Parameters
    ----------
    study : Study
    axis : Axis

    Returns
    -------
    Picture or None
        None if no point has trials enough.
    """
    scale = metric_format(study.metrics[0])
    groups = study.succeeded.groupby(axis.column, sort=True)[study.metrics[0]]
    groups = groups.filter(lambda some: len(some) >= _FEWEST).groupby(study.trials[axis.column], sort=True)
    if not len(groups):
        return None
    marks = groups.quantile(np.array([0, 0.25, 0.5, 0.75, 1])).unstack()
    marks.columns = pd.Index(["low", "first", "median", "third", "high"])

    def paint(areas: NDArray[Any]) -> list[Artist]:
        area: Axes = areas[0, 0]
        (_boxes if len(marks) <= _MOST_BOXES else _bands)(area, axis, marks)
        area.use_sticky_edges = False  # else the lowest box stands on the axis
        area.set_ylabel(scale.label)
        if scale.metric.share:
            in_percent(area.yaxis)
        dress(area, axis)
        ends = Patch(label="whole range", **_RANGE)
        return [Line2D([], [], label="median", **_MEDIAN), Patch(label="middle half", **_FILL), ends]

    return picture(_words(study, axis, marks), study.facts.note, Layout(below=tilt(axis)), paint)


def _boxes(area: Axes, axis: Axis, marks: pd.DataFrame) -> None:
    """Draw a box at each point: its colours are those of the bands."""
    places = np.array([axis.place(value) for value in marks.index])
    for low, high, style in (("low", "high", _RANGE), ("first", "third", _FILL)):
        widths = [width_at(axis, place, 0.6) for place in places]
        heights = (marks[high] - marks[low]).to_numpy()
        area.bar(places, heights, widths, marks[low].to_numpy(), **style)
    half = np.array([width_at(axis, place, 0.3) for place in places])
    area.hlines(marks["median"].to_numpy(), places - half, places + half, **_MEDIAN)


def _bands(area: Axes, axis: Axis, marks: pd.DataFrame) -> None:
    """Draw bands along the axis, where boxes would be too many."""
    places = [axis.place(value) for value in marks.index]
    for low, high, style in (("low", "high", _RANGE), ("first", "third", _FILL)):
        area.fill_between(places, marks[low].to_numpy(), marks[high].to_numpy(), **style)
    area.plot(places, marks["median"].to_numpy(), **_MEDIAN)


def _words(study: Study, axis: Axis, marks: pd.DataFrame) -> Words:
    unit, scale = unit_of(study.experiment.evaluation), metric_format(study.metrics[0])
    caption = f"Of the {unit.one}s at each {axis.word}: the median, the middle half, and all. {unit.caution}"
    caption = " ".join([caption, *absent(study)])
    halves = [(third - first, value, first, third) for value, first, third in marks[["first", "third"]].itertuples()]
    widest, narrowest = max(halves, key=itemgetter(0)), min(halves, key=itemgetter(0))
    told = [f"Spread of the held-out {scale.name} of {study.experiment.name} over {unit.whole}, at {extent(axis)}."]
    for which, (width, value, first, third) in (("widest", widest), ("narrowest", narrowest)):
        if which == "widest" or width < widest[0]:
            told.append(
                f"The middle half is {which} at {axis.point(value)} ({scale.brief(first)} to {scale.brief(third)})."
            )
    return Words("spread", f"Spread of held-out {scale.name} by {axis.name}", caption, " ".join(told))
