"""What figures share: ticks and label of the sweep's axis, dots side by side, error bars, rows of intervals."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as Ruler
from matplotlib.ticker import FuncFormatter, LogLocator
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import wrapped
from dropout_lab.metrics.metric import Metric
from dropout_lab.report.figures.palette import INK, SURFACE

__all__ = ["draw_rows", "dress", "error_sizes", "in_percent", "spread_out", "tilt", "width_at", "within_bounds"]

_MOST_TICKS = 12
_MANY_TIMES = 2000  # for which a tick each in powers of ten is enough
_WIDTH, _LETTER, _LINE = 3.2, 0.07, 30  # inches that ticks share, inches of a letter, letters of an upright line
_MARGIN = 0.06
_MANY_ROWS = 30


def dress(area: Axes, axis: Axis) -> None:
    """Give the x axis its scale, ticks, limits and label."""
    if axis.scale == "log":
        area.set_xscale("log")
    step = -(-len(axis.values) // _MOST_TICKS)
    labels = [axis.text(value) for value in axis.values[::step]]
    if axis.scale == "log" and _too_close(axis, step):
        few = axis.values[-1] / axis.values[0] < _MANY_TIMES
        area.xaxis.set_major_locator(LogLocator(subs=(1, 3) if few else (1,)))
        area.xaxis.set_major_formatter("{x:g}")
    elif axis.scale == "names" or not _too_close(axis, step):  # else matplotlib's own ticks serve
        style: dict[str, Any] = {"linespacing": 1.0, "ma": "right"}
        if tilt(axis):
            labels, style["rotation"] = [wrapped(label, _LINE) for label in labels], 90
        area.set_xticks(axis.places()[::step], labels, **style)
    area.minorticks_off()
    area.set_xlim(*_limits(axis, axis.places()))
    area.grid(visible=False, axis="x")
    area.set_xlabel(axis.label)


def _too_close(axis: Axis, step: int) -> bool:
    """Return whether labels of every so many values would be too many, or overlap."""
    if axis.scale == "linear" and step > 1:  # its own ticks are rounder
        return True
    places = [math.log(place) if axis.scale == "log" else place for place in axis.places()]
    gaps = [high - low for low, high in itertools.pairwise(places[::step])]
    longest = max(len(axis.text(value)) for value in axis.values[::step])
    return bool(gaps) and _WIDTH * min(gaps) < longest * _LETTER * (places[-1] - places[0])


def tilt(axis: Axis) -> float:
    """Return the extra room in inches below the axis for names that must stand upright; 0 if they need not."""
    longest = max(len(axis.text(value)) for value in axis.values)
    if axis.scale != "names" or (longest + 1) * _LETTER < _WIDTH / min(len(axis.values), _MOST_TICKS):
        return 0.0
    return min(longest, _LINE) * _LETTER - (0 if axis.label else 0.3)


def _limits(axis: Axis, places: list[float]) -> tuple[float, float]:
    """Return the ends of the axis: half a step, or a little, beyond the first and last value."""
    if axis.scale == "log":
        beyond = max((places[-1] / places[0]) ** _MARGIN, 1.1)
        return places[0] / beyond, places[-1] * beyond
    beyond = max(0.6 * axis.spacing(), _MARGIN * (places[-1] - places[0])) if len(places) > 1 else 1.0
    return places[0] - beyond, places[-1] + beyond


def within_bounds(limits: tuple[float, float], metric: Metric) -> tuple[float, float]:
    """Return the limits of an axis, cut to what a metric can be, with a little room for dots at its bounds."""
    low, high = limits
    margin = 0.02 * (high - low)
    return max(low, metric.minimum - margin), min(high, metric.maximum + margin)


def in_percent(ruler: Ruler) -> None:
    """Label the ticks of an axis of shares in percent: ``85``."""
    ruler.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.6g}".replace("-", "\N{MINUS SIGN}")))


def width_at(axis: Axis, place: float, share: float) -> float:
    """Return a share of the distance between two neighbors, at a place, in the units of the axis."""
    return share * axis.spacing() * (abs(place) if axis.scale == "log" else 1.0)


def error_sizes(means: Mapping[Any, float], intervals: Mapping[Any, tuple[float, float]]) -> NDArray[np.float64]:
    """Return what `Axes.errorbar` takes: how far each interval reaches below and above its mean.

    Returns
    -------
    array of shape (2, means)
        NaN where there is no interval.
    """
    ends = np.array([intervals.get(value, (np.nan, np.nan)) for value in means]).reshape(-1, 2).T
    below, above = ends - np.array(list(means.values()))
    return np.array([-below, above]).clip(min=0)


def draw_rows(
    area: Axes, means: Sequence[float], intervals: Sequence[tuple[float, float]], filled: Sequence[bool], label: str
) -> None:
    """Draw a row from top to bottom for each mean, a diamond, and its interval.

    Parameters
    ----------
    area : Axes
    means : sequence of float
    intervals : sequence of (float, float)
    filled : sequence of bool
        Whether each diamond is filled.
    label : str
        Of the legend.
    """
    sizes = error_sizes(dict(enumerate(means)), dict(enumerate(intervals)))
    style: dict[str, Any] = {"color": INK.light, "marker": "D", "markersize": 5 if len(means) < _MANY_ROWS else 3}
    rows = range(len(means))
    area.errorbar(means, rows, xerr=sizes, linestyle="none", elinewidth=1.3, mfc=SURFACE.light, label=label, **style)
    full = [row for row in rows if filled[row]]
    area.plot([means[row] for row in full], full, linestyle="none", zorder=3, **style)
    area.set_ylim(len(means) - 0.4, -0.6)
    area.grid(visible=False, axis="y")


def spread_out(values: NDArray[np.floating], span: float, width: float) -> NDArray[np.floating]:
    """Return offsets that set dots of like value side by side, always the same ones.

    Parameters
    ----------
    values : array of shape (dots,)
    span : float
        Height of the axis, in the units of `values`; dots within a fortieth of it would overlap.
    width : float
        Of the widest row of dots.

    Returns
    -------
    array of shape (dots,)
        Symmetrical about 0, at most ``width / 2`` from it.
    """
    rows = np.round(values / (span / 40)).astype(int) if span > 0 else np.zeros(len(values), dtype=int)
    offsets = np.zeros(len(values))
    _, counts = np.unique(rows, return_counts=True)
    step = width / max(max(counts, default=1) - 1, 6)
    for row in np.unique(rows):
        (members,) = np.nonzero(rows == row)
        members = members[np.argsort(values[members], kind="stable")]
        offsets[members] = (np.arange(len(members)) - (len(members) - 1) / 2) * step
    return offsets
