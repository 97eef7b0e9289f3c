"""A measure of every trial against the axis of the sweep, with its mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import number, points
from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.analysis.replicates import unit_of
from dropout_lab.analysis.study import Study, means_by
from dropout_lab.metrics.registry import METRICS
from dropout_lab.report.figures.axis_style import dress, in_percent, spread_out, tilt, width_at
from dropout_lab.report.figures.captions import absent, extent, extremes, reach
from dropout_lab.report.figures.palette import BASELINE, DOT, INK
from dropout_lab.report.figures.picture import Layout, Picture, Words, picture

__all__ = ["MEASURES", "Measure", "against", "gap_of"]


_MOST_MARKERS = 25


@dataclass(frozen=True)
class Measure:
    """What is drawn upward.

    Attributes
    ----------
    name, title, label : str
        Of the files, of the figure, and of its axis with the unit.
    values : callable
        Trials -> the measure of each.
    text : callable
        Writes a value with its unit.
    share : bool
        Whether it is a share, shown in percent.
    """

    name: str
    title: str
    label: str
    values: Callable[[pd.DataFrame], pd.Series[float]]
    text: Callable[[float], str]
    share: bool


def _held_out(scale: MetricFormat) -> Measure:
    title, share = f"Held-out {scale.name}", scale.metric.share
    return Measure(scale.name, title, scale.label, lambda trials: trials[scale.name], scale.text, share)


MEASURES = {name: _held_out(metric_format(name)) for name in METRICS}


def gap_of(name: str) -> Measure:
    """Return how much better a net is on the rows that it learned from, by a metric of which more is better."""
    share = metric_format(name).metric.share
    return Measure(
        *("gap", f"Training minus held-out {name}", "gap (percentage points)" if share else f"gap in {name}"),
        lambda trials: trials[f"train_{name}"] - trials[name],
        (lambda value: f"{points(value)} points") if share else number,
        share=share,
    )


def against(study: Study, axis: Axis, measure: Measure) -> Picture | None:
    """Draw a measure against an axis: every trial a dot, the means a line.

    Parameters
    ----------
    study : Study
    axis : Axis
    measure : Measure

    Returns
    -------
    Picture or None
        None if no trial has a result.
    """
    trials = study.succeeded
    values = measure.values(trials).dropna()
    if values.empty:
        return None
    unit = unit_of(study.experiment.evaluation)
    several = trials[axis.column].value_counts().max() > 1
    means = means_by(trials.loc[values.index, axis.column], values)
    judged = measure.name == study.scale.name
    intervals = study.intervals if judged else {}
    words = _words(study, axis, measure, values, means, several=several, intervals=bool(intervals))

    def paint(axes: NDArray[Any]) -> list[Artist]:
        area: Axes = axes[0, 0]
        handles: list[Artist] = []
        if several:
            handles += _dots(area, axis, trials.loc[values.index, axis.column], values, unit.one, bool(intervals))
        handles += _means(area, axis, means, "mean" if several else f"one {unit.one}")
        handles += _intervals(area, axis, intervals)
        if judged and study.baseline is not None:
            handles += _band(area, study, means[study.baseline])
        _upward(area, measure, values)
        dress(area, axis)
        return handles

    layout = Layout(height=2.4, legend=2 if intervals else 1, below=tilt(axis))
    return picture(words, study.facts.note, layout, paint)


def _words(
    study: Study,
    axis: Axis,
    measure: Measure,
    values: pd.Series[float],
    means: dict[Any, float],
    *,
    several: bool,
    intervals: bool,
) -> Words:
    unit = unit_of(study.experiment.evaluation)
    alone = len(axis.values) == 1
    if several:
        caption = [f"Each dot is one {unit.one}{'' if alone else f' at one {axis.word}'} ({unit.whole})."]
        caption.append("The diamond is the mean." if alone else _line_told(axis, means))
    else:
        what = f"one {unit.one} of {unit.whole}" if unit.several else unit.whole
        caption = [f"{'The' if alone else 'Each'} diamond is {what}."]
    if intervals:
        caption.append(f"Bars are 95% intervals of the mean, {unit.interval}.")
    elif several or not unit.several:
        caption.append(unit.caution)
    if measure.name == study.scale.name and study.baseline is not None:
        near = f"within {study.scale.near(study.margin)} of it"
        caption.append(f"The green band is practically the same as {axis.point(study.baseline)}: {near}.")
    if measure.name == "gap":
        caption.append("Both after training, with dropout off; a large gap is a net that has learnt its rows by heart.")
    caption += absent(study)
    told = [
        f"{measure.title} of {study.experiment.name} on {study.experiment.dataset.name} at {extent(axis)}.",
        extremes(axis, means, measure.text, "the mean" if several else "it"),
        reach(list(values), unit.one, measure.text) if several else "",
        *_baseline_told(study, axis, measure, means),
    ]
    title = measure.title + ("" if alone else f" against {axis.name}")
    return Words(measure.name, title, " ".join(caption), " ".join(part for part in told if part))


def _line_told(axis: Axis, means: dict[Any, float]) -> str:
    if axis.scale == "names" or len(means) == 1:
        return "Diamonds are means."
    return "The line joins the means." if _crowded(axis) else "Diamonds are means, joined by a line."


def _crowded(axis: Axis) -> bool:
    """Whether markers at every value would cover one another."""
    return axis.scale != "names" and len(axis.values) > _MOST_MARKERS


def _baseline_told(study: Study, axis: Axis, measure: Measure, means: dict[Any, float]) -> list[str]:
    if study.baseline not in means or means[study.baseline] in (max(means.values()), min(means.values())):
        return []
    return [f"At {axis.point(study.baseline)} it is {measure.text(means[study.baseline])}."]


def _dots(area: Axes, axis: Axis, at: pd.Series[Any], values: pd.Series[float], one: str, beside: bool) -> list[Artist]:
    """Draw the trials in rows of like value: over the mean, or beside it where an interval would hide them."""
    shift, width = (-0.22, 0.4) if beside else (0.0, 0.72)
    span = float(values.max() - values.min())
    across: list[float] = []
    upward: list[float] = []
    for value in axis.values:
        some = values[at == value].to_numpy()
        place = axis.place(value)
        offsets = spread_out(some, span, width_at(axis, place, width))
        across += list(place + width_at(axis, place, shift) + offsets)
        upward += list(some)
    crowded = len(values) / len(axis.values) > 30
    style: dict[str, Any] = {
        "color": DOT.light,
        "markeredgewidth": 0,
        "alpha": 0.6,
    }
    area.plot(across, upward, "o", markersize=2.4 if crowded else 3.6, **style)
    return [Line2D([], [], linestyle="none", marker="o", markersize=3.6, label=f"one {one}", **style)]


def _means(area: Axes, axis: Axis, means: dict[Any, float], label: str) -> list[Artist]:
    style: dict[str, Any] = {
        "color": INK.light,
        "marker": "" if _crowded(axis) else "D",
        "markersize": 4.5,
        "linewidth": 0 if axis.scale == "names" else 1.3,
        "label": label,
    }
    area.plot([axis.place(value) for value in means], list(means.values()), zorder=4, **style)
    return [Line2D([], [], **style)]


def _intervals(area: Axes, axis: Axis, intervals: dict[Any, tuple[float, float]]) -> list[Artist]:
    if not intervals:
        return []
    places = [axis.place(value) for value in intervals]
    low, high = zip(*intervals.values(), strict=True)
    area.vlines(places, low, high, color=INK.light, linewidth=0.6 if _crowded(axis) else 1.3, zorder=3)
    for end in (low, high):
        area.plot(places, end, "_", color=INK.light, markersize=0 if _crowded(axis) else 6, zorder=3)
    return [Line2D([], [], linestyle="none", marker="|", markersize=9, color=INK.light, label="95% interval")]


def _band(area: Axes, study: Study, mean: float) -> list[Artist]:
    band: dict[str, Any] = {"facecolor": BASELINE.light, "alpha": 0.25, "linewidth": 0}
    area.axhspan(mean - study.margin, mean + study.margin, zorder=0.5, **band)
    area.axhline(mean, color=BASELINE.light, linewidth=1, linestyle=(0, (4, 2)), zorder=0.6)
    near = f"within {study.scale.near(study.margin)} of {study.axis.point(study.baseline)}"
    return [Patch(label=near, **band)]


def _upward(area: Axes, measure: Measure, values: pd.Series[float]) -> None:
    area.set_ylabel(measure.label)
    if measure.share:
        in_percent(area.yaxis)
    if measure.name == "gap":
        area.axhline(0, color=INK.light, linewidth=0.8)
    if measure.name == "accuracy":
        low, high = area.get_ylim()
        margin = 0.02 * (high - low)
        area.set_ylim(max(low, -margin), min(high, 1 + margin))
