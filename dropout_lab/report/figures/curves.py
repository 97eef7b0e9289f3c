"""Learning curves: a held-out metric by epoch, as the mean over the trials of each point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import wrapped
from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import in_percent, within_bounds
from dropout_lab.report.figures.captions import absent, extent, extremes
from dropout_lab.report.figures.palette import DASHES, MUTED, ramp
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture

__all__ = ["curves"]

_MOST_LINES = 4  # in one pair of axes; more get a panel each
_MOST_PANELS, _COLUMNS = 12, 3
_MOST_EPOCHS = 200  # drawn: a figure is a few hundred pixels wide
_LOGARITHMIC_FROM = 30
_LONGEST = 16  # characters of a name
_REFERENCE: dict[str, Any] = {"color": MUTED.light, "linewidth": 1, "linestyle": (0, (3, 1.5))}


@dataclass(frozen=True)
class _Curve:
    """The mean of a metric after each epoch, at one point of the sweep.

    Attributes
    ----------
    value : object
        On the axis.
    name : str
        Of the point: ``rate 0.2``.
    epochs, means : array of shape (epochs,)
        Only epochs at which some trial has a value.
    """

    value: Any
    name: str
    epochs: NDArray[np.floating]
    means: NDArray[np.floating]


def curves(study: Study, axis: Axis, metric: str) -> Picture | None:
    """Draw a held-out metric by epoch, at each point of the sweep.

    Parameters
    ----------
    study : Study
    axis : Axis
    metric : str
        ``accuracy`` or ``loss``.

    Returns
    -------
    Picture or None
        None if there is no history, or the names of the points are too long for their panels.
    """
    found = _curves(study, axis, metric)
    if not found:
        return None
    shown, scale = _evenly(found, _MOST_PANELS), metric_format(metric)
    text, note = _describe(study, axis, scale, found), study.facts.note
    if not _in_panels(shown):
        layout = Layout(legend=-(-len(shown) // 2) if len(axis.values) > 1 else 0)
        return picture(text, note, layout, lambda areas: _lines(areas[0, 0], axis, shown, scale))
    names = [wrapped(curve.name, _LONGEST) for curve in shown]
    if any(name.endswith("...") for name in names):
        return None
    height = 1.15 + 0.16 * max(name.count("\n") for name in names)
    layout = Layout(height, -(-len(shown) // _COLUMNS), _COLUMNS)
    return picture(text, note, layout, lambda areas: _panels(areas, axis, shown, scale))


def _curves(study: Study, axis: Axis, metric: str) -> list[_Curve]:
    history = study.history[study.history[metric].notna()]
    means = history.groupby([axis.column, "epoch"], sort=True, observed=True)[metric].mean()
    measured = means.index.get_level_values(0)
    return [
        _Curve(value, axis.point(value), means[value].index.to_numpy(float), means[value].to_numpy())
        for value in axis.values
        if value in measured
    ]


def _evenly(items: Sequence[Any], most: int) -> list[Any]:
    """Return at most so many items, evenly spaced, including the first and the last."""
    if len(items) <= most:
        return list(items)
    return [items[round(step * (len(items) - 1) / (most - 1))] for step in range(most)]


def _in_panels(shown: Sequence[_Curve]) -> bool:
    """Tell whether each curve gets a panel: there are too many for one, or their names are too long for a legend."""
    return len(shown) > _MOST_LINES or max(len(curve.name) for curve in shown) > _LONGEST


def _plot(area: Axes, curve: _Curve, style: dict[str, Any]) -> None:
    some = _evenly(range(len(curve.epochs)), _MOST_EPOCHS)
    area.plot(curve.epochs[some], curve.means[some], marker="o" if len(some) == 1 else "", **style)


def _panels(areas: NDArray[Any], axis: Axis, shown: list[_Curve], scale: MetricFormat) -> None:
    """Draw a panel for each point, with the first point as a reference in all of them."""
    colors = ramp(len(shown))
    for number, (area, curve, color) in enumerate(zip(areas.flat, shown, colors, strict=False)):
        if number:
            _plot(area, shown[0], _REFERENCE | ({"label": shown[0].name} if number == 1 else {}))
        label = {"label": f"the panel's {axis.word}"} if number == len(shown) - 1 else {}
        _plot(area, curve, {"color": color.light, "linewidth": 1.6, **label})
        area.set_title(wrapped(curve.name, _LONGEST), loc="left", size=9, pad=3)
        _dress(area, shown, scale)
    for area in areas.flat[len(shown) :]:
        area.set_visible(False)
    for column in range(_COLUMNS):
        last = areas[(len(shown) - 1 - column) // _COLUMNS, column]
        last.tick_params(labelbottom=True)
        last.set_xlabel("epoch")
    areas[0, 0].set_ylim(*within_bounds(areas[0, 0].get_ylim(), scale.metric))
    areas[0, 0].figure.supylabel(scale.label, size=9)


def _lines(area: Axes, axis: Axis, shown: list[_Curve], scale: MetricFormat) -> None:
    """Draw all points in one pair of axes."""
    for curve, color, dashes in zip(shown, ramp(len(shown)), DASHES, strict=False):
        label = {"label": curve.name} if len(axis.values) > 1 else {}
        _plot(area, curve, {"color": color.light, "linestyle": dashes, **label})
    _dress(area, shown, scale)
    area.set_ylim(*within_bounds(area.get_ylim(), scale.metric))
    area.set_xlabel("epoch")
    area.set_ylabel(scale.label)


def _dress(area: Axes, shown: list[_Curve], scale: MetricFormat) -> None:
    low, high = min(curve.means.min() for curve in shown), max(curve.means.max() for curve in shown)
    if scale.metric.share:
        in_percent(area.yaxis)
    elif low > 0 and high / low > _LOGARITHMIC_FROM:
        area.set_yscale("log")
        area.yaxis.set_major_formatter("{x:g}")
    area.xaxis.set_major_locator(MaxNLocator(3, integer=True))


def _describe(study: Study, axis: Axis, scale: MetricFormat, found: list[_Curve]) -> FigureText:
    replicates, shown = study.replicates, _evenly(found, _MOST_PANELS)
    over = f"means over {replicates.planned}" if replicates.several else replicates.planned
    caption = [f"After each epoch, with dropout off; {over}."]
    if any(point.training.early_stopping for point in study.experiment.points()):
        caption.append("A trial that stopped early keeps its last value.")
    if _in_panels(shown):
        caption.append(f"One panel per {axis.word}; dashed in each: {shown[0].name}.")
    if len(shown) < len(found):
        caption.append(f"{len(shown)} of {len(found)} {axis.word}s are shown.")
    caption += absent(study)
    ends = {curve.value: float(curve.means[-1]) for curve in found}
    last = max(int(curve.epochs[-1]) for curve in found)
    first = found[0]
    best, end = (first.means.argmax(), "highest") if scale.metric.sign > 0 else (first.means.argmin(), "lowest")
    alt = (
        f"Held-out {scale.title} of {study.experiment.name} by epoch, at {extent(axis)}. "
        f"After epoch {last}: {extremes(axis, ends, scale.text, replicates.subject)} "
        f"At {first.name} it is {end} after epoch {int(first.epochs[best])} ({scale.text(first.means[best])})."
    )
    return FigureText(f"curves-{scale.name}", f"Held-out {scale.title} by epoch", " ".join(caption), alt)
