"""What figures along the same axis share: its ticks, its label, and the dots of single trials."""

from __future__ import annotations

import itertools
import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as Ruler
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import wrapped

__all__ = ["apart", "dress", "height_of", "in_percent", "spread_out", "tilt", "width_at"]

_MOST_TICKS, _MOST_NAMES = 11, 12
_WIDTH, _LETTER, _LINE = 3.2, 0.07, 30  # inches that ticks share, inches of a letter, letters of an upright line
_MARGIN = 0.06


def dress(axes: Axes, axis: Axis, label: bool = True) -> None:
    """Give the x axis its scale, ticks, limits and label."""
    places = axis.places()
    if axis.scale == "log":
        axes.set_xscale("log")
    step = -(-len(places) // (_MOST_NAMES if axis.scale == "names" else _MOST_TICKS))
    shown = list(zip(places, axis.values, strict=True))[::step]
    names = [axis.text(value) for _, value in shown]
    if tilt(axis):
        names = [wrapped(name, _LINE) for name in names]
    axes.set_xticks([place for place, _ in shown], names, rotation=90 if tilt(axis) else 0, linespacing=1.0, ma="right")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(*_limits(axis, places))
    axes.grid(visible=False, axis="x")
    if label:
        axes.set_xlabel(axis.label)


def tilt(axis: Axis) -> float:
    """Return how many inches more than a line names need below the axis, as they stand upright; 0 if they need not."""
    longest = max(len(axis.text(value)) for value in axis.values)
    if axis.scale != "names" or (longest + 1) * _LETTER < _WIDTH / min(len(axis.values), _MOST_NAMES):
        return 0.0
    return min(longest, _LINE) * _LETTER - (0 if axis.label else 0.3)


def _limits(axis: Axis, places: list[float]) -> tuple[float, float]:
    """Return the ends of the axis: half a step, or a little, beyond the first and last value."""
    if axis.scale == "log":
        beyond = max((places[-1] / places[0]) ** _MARGIN, 1.1)
        return places[0] / beyond, places[-1] * beyond
    beyond = max(0.6 * axis.spacing(), _MARGIN * (places[-1] - places[0])) if len(places) > 1 else 1.0
    return places[0] - beyond, places[-1] + beyond


def in_percent(ruler: Ruler) -> None:
    """Let an axis of shares have its ticks in percent: ``85``."""
    ruler.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.6g}".replace("-", "\N{MINUS SIGN}")))


def width_at(axis: Axis, place: float, share: float) -> float:
    """Return a part of the space between two neighbours at a place, in the units of the axis."""
    return share * axis.spacing() * (abs(place) if axis.scale == "log" else 1.0)


def spread_out(values: NDArray[np.floating], span: float, width: float) -> NDArray[np.floating]:
    """Return offsets that set dots of like value side by side, the same ones every time.

    Parameters
    ----------
    values : array of shape (dots,)
    span : float
        Height of the axis, in the units of `values`: what lies within a fortieth of it would overlap.
    width : float
        The widest row of dots.

    Returns
    -------
    array of shape (dots,)
        Symmetrical about 0, at most ``width / 2`` from it.
    """
    rows = np.round(values / (span / 40)).astype(int) if span > 0 else np.zeros(len(values), dtype=int)
    offsets = np.zeros(len(values))
    most = max((np.count_nonzero(rows == row) for row in np.unique(rows)), default=1)
    step = width / max(most - 1, 6)
    for row in np.unique(rows):
        (members,) = np.nonzero(rows == row)
        members = members[np.argsort(values[members], kind="stable")]
        offsets[members] = (np.arange(len(members)) - (len(members) - 1) / 2) * step
    return offsets


def height_of(area: Axes, value: float) -> float:
    """Return where a value is drawn, as a part of the height of the axes."""
    ends = area.get_ylim()
    low, high, place = (math.log(each) if area.get_yscale() == "log" else each for each in (*ends, value))
    return (place - low) / (high - low)


def apart(places: list[float], least: float = 0.075) -> list[float]:
    """Move labels along a side (0 to 1) until none is nearer than `least` to another; their order stays.

    Parameters
    ----------
    places : list of float
        Where each should be.
    least : float
        A line of text, as a part of the side.
    """
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = list(places)
    for below, above in itertools.pairwise(order):
        moved[above] = max(moved[above], moved[below] + least)
    beyond = max(moved) - 1 if max(moved) > 1 else 0.0
    moved = [place - beyond for place in moved]
    for above, below in zip(order[::-1], order[-2::-1], strict=False):
        moved[below] = min(moved[below], moved[above] - least)
    return moved
