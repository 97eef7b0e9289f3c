"""How a measure goes with the epochs: the mean over the trials of each point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import wrapped
from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.analysis.replicates import unit_of
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import apart, height_of, in_percent
from dropout_lab.report.figures.captions import absent, extent, extremes
from dropout_lab.report.figures.palette import MUTED, ramp
from dropout_lab.report.figures.picture import Layout, Picture, Words, picture

__all__ = ["curves"]

_MOST_LINES = 4  # in one pair of axes; more become a panel each
_MOST_PANELS, _COLUMNS = 12, 3
_MOST_EPOCHS = 200  # drawn: a figure is a few hundred pixels wide
_LOGARITHMIC_FROM = 30
_LONGEST = 16  # characters of a name
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1, 1.5)))
_COMPARED: dict[str, Any] = {"color": MUTED.light, "linewidth": 1, "linestyle": (0, (3, 1.5))}


@dataclass(frozen=True)
class _Course:
    """The mean of a measure after each epoch, at one point of the sweep.

    Attributes
    ----------
    value : object
        On the axis.
    name : str
        Of the point: ``rate 0.2``.
    epochs, means : array of shape (epochs,)
        Of the epochs at which any trial has a number.
    """

    value: Any
    name: str
    epochs: NDArray[np.floating]
    means: NDArray[np.floating]


def curves(study: Study, axis: Axis, metric: str) -> Picture | None:
    """Draw how a held-out metric goes with the epochs at each point of the sweep.

    Parameters
    ----------
    study : Study
    axis : Axis
    metric : str
        ``accuracy`` or ``loss``.

    Returns
    -------
    Picture or None
        None if there is no history, or if the names of the points are too long to be told apart.
    """
    courses = _courses(study, axis, metric)
    if not courses:
        return None
    shown = _evenly(courses, _MOST_PANELS)
    if _in_panels(shown) and any(wrapped(course.name, _LONGEST).endswith("...") for course in shown):
        return None
    scale = metric_format(metric)
    words = _words(study, axis, scale, courses, shown)
    if _in_panels(shown):
        rows = -(-len(shown) // _COLUMNS)
        lines = 1 + max(wrapped(course.name, _LONGEST).count("\n") for course in shown)
        title, between = 0.02 + 0.16 * lines, 0.1 + 0.16 * lines
        layout = Layout(height=0.9, rows=rows, columns=_COLUMNS, between=between, left=0.58, right=0.14, title=title)
        return picture(words, study.facts.note, layout, lambda areas: _panels(areas, axis, shown, scale))
    right = 0.16 if len(axis.values) == 1 else 0.2 + 0.075 * max(len(course.name) for course in shown)
    layout = Layout(right=right, legend=0)
    return picture(words, study.facts.note, layout, lambda areas: _lines(areas[0, 0], axis, shown, scale))


def _courses(study: Study, axis: Axis, metric: str) -> list[_Course]:
    history = study.history[study.history[metric].notna()]
    means = history.groupby([axis.column, "epoch"], sort=True)[metric].mean().reset_index()
    found = []
    for value in axis.values:
        some = means[means[axis.column] == value]
        if len(some):
            found.append(_Course(value, axis.point(value), some["epoch"].to_numpy(), some[metric].to_numpy()))
    return found


def _evenly(items: Sequence[Any], most: int) -> list[Any]:
    """Return at most so many items, evenly spaced, both ends among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(step * (len(items) - 1) / (most - 1))] for step in range(most)]


def _in_panels(courses: Sequence[_Course]) -> bool:
    """Whether each has a panel of its own: too many lines, or names too long to stand at their ends."""
    return len(courses) > _MOST_LINES or max(len(course.name) for course in courses) > _LONGEST


def _plot(area: Axes, course: _Course, style: dict[str, Any]) -> None:
    some = _evenly(range(len(course.epochs)), _MOST_EPOCHS)
    area.plot(course.epochs[some], course.means[some], marker="o" if len(some) == 1 else "", **style)


def _panels(areas: NDArray[Any], axis: Axis, courses: list[_Course], scale: MetricFormat) -> list[Artist]:
    """Draw a panel for each point, and in all of them the first point for comparison."""
    colours = ramp(len(courses))
    for area, course, colour in zip(areas.flat, courses, colours, strict=False):
        if course is not courses[0]:
            _plot(area, courses[0], _COMPARED)
        _plot(area, course, {"color": colour.light, "linewidth": 1.6})
        area.set_title(wrapped(course.name, _LONGEST), loc="left", size=9, pad=3)
        _dress(area, courses, scale)
    for area in areas.flat[len(courses) :]:
        area.set_visible(False)
    for column in range(_COLUMNS):
        last = areas[(len(courses) - 1 - column) // _COLUMNS, column]
        last.tick_params(labelbottom=True)
        last.set_xlabel("epoch")
    areas[0, 0].figure.supylabel(scale.label, x=0.02, size=9)
    own = Line2D([], [], color=colours[-1].light, linewidth=1.6, label=f"the panel's {axis.word}")
    return [own, Line2D([], [], label=courses[0].name, **_COMPARED)]


def _lines(area: Axes, axis: Axis, courses: list[_Course], scale: MetricFormat) -> list[Artist]:
    """Draw all points in one pair of axes, each line with its name at its end."""
    colours = [colour.light for colour in ramp(len(courses))]
    for course, colour, dashes in zip(courses, colours, _DASHES, strict=False):
        _plot(area, course, {"color": colour, "linestyle": dashes})
    _dress(area, courses, scale)
    area.set_xlabel("epoch")
    area.set_ylabel(scale.label)
    if len(axis.values) > 1:
        places = apart([height_of(area, float(course.means[-1])) for course in courses])
        for course, place, colour in zip(courses, places, colours, strict=True):
            area.text(1.02, place, course.name, color=colour, va="center", transform=area.transAxes)
    return []


def _dress(area: Axes, courses: list[_Course], scale: MetricFormat) -> None:
    low, high = min(course.means.min() for course in courses), max(course.means.max() for course in courses)
    if scale.metric.share:
        in_percent(area.yaxis)
    elif low > 0 and high / low > _LOGARITHMIC_FROM:
        area.set_yscale("log")
        area.yaxis.set_major_formatter("{x:g}")
    area.xaxis.set_major_locator(MaxNLocator(3, integer=True))


def _words(study: Study, axis: Axis, scale: MetricFormat, courses: list[_Course], shown: list[_Course]) -> Words:
    unit = unit_of(study.experiment.evaluation)
    over = f"means over {unit.whole}" if unit.several else unit.whole
    caption = [f"After each epoch, with dropout off; {over}."]
    if any(point.training.early_stopping for point in study.experiment.points()):
        caption.append("A training that has ended stays where it ended.")
    if _in_panels(shown):
        caption.append(f"A panel for each {axis.word}; dashed, in all of them: {shown[0].name}.")
    if len(shown) < len(courses):
        caption.append(f"{len(shown)} of {len(courses)} {axis.word}s are shown.")
    caption += absent(study)
    ends = {course.value: float(course.means[-1]) for course in courses}
    last = max(int(course.epochs[-1]) for course in courses)
    told = [
        f"Held-out {scale.name} of {study.experiment.name} by epoch, at {extent(axis)}.",
        f"After epoch {last}: {extremes(axis, ends, scale.text, unit.subject)}",
        _turn(scale, courses[0]),
    ]
    return Words(f"curves-{scale.name}", f"Held-out {scale.name} by epoch", " ".join(caption), " ".join(told))


def _turn(scale: MetricFormat, course: _Course) -> str:
    """Say when a point was at its best."""
    best, end = (course.means.argmax(), "highest") if scale.metric.sign > 0 else (course.means.argmin(), "lowest")
    return f"At {course.name} it is {end} after epoch {int(course.epochs[best])} ({scale.text(course.means[best])})."
