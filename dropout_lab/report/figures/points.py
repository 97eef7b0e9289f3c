"""A metric, or the generalization gap, against the axis of the sweep: every trial, the means, and their intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import number, points
from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.analysis.replicates import Replicates
from dropout_lab.analysis.study import Study, means_by
from dropout_lab.metrics.registry import METRICS
from dropout_lab.report.figures.axis_style import (
    dress,
    error_sizes,
    in_percent,
    spread_out,
    tilt,
    width_at,
    within_bounds,
)
from dropout_lab.report.figures.captions import absent, extent, extremes, reach
from dropout_lab.report.figures.palette import BAND, BASELINE_LINE, DOT_STYLE, INK
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture
from dropout_lab.report.figures.reference_line import DummyLine

__all__ = ["MEASURES", "Measure", "generalization_gap", "plot_against"]


_MOST_MARKERS = 25


@dataclass(frozen=True)
class Measure:
    """What the y axis shows.

    Attributes
    ----------
    name, title, label : str
        Of the files, of the figure, and of the y axis, with its unit.
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
    title, share = f"Held-out {scale.title}", scale.metric.share
    return Measure(scale.name, title, scale.label, lambda trials: trials[scale.name], scale.text, share)


MEASURES = {name: _held_out(metric_format(name)) for name in METRICS}


def generalization_gap(name: str) -> Measure:
    """Return how much higher a metric is on the training rows than on held-out rows."""
    scale = metric_format(name)
    share = scale.metric.share
    return Measure(
        *("gap", f"Training minus held-out {scale.title}"),
        "gap (percentage points)" if share else f"gap in {scale.title}",
        lambda trials: trials[f"train_{name}"] - trials[name],
        (lambda value: f"{points(value)} points") if share else number,
        share=share,
    )


@dataclass(frozen=True)
class _Data:
    """The measure and the axis value of each trial; means and intervals by value; the dummy of a metric."""

    values: pd.Series[float]
    at: pd.Series[Any]
    means: dict[Any, float]
    intervals: dict[Any, tuple[float, float]]
    replicates: Replicates
    dummy: DummyLine | None

    @property
    def several(self) -> bool:
        """Whether some point has more than one trial."""
        return bool(self.at.value_counts().max() > 1)


def plot_against(study: Study, axis: Axis, measure: Measure) -> Picture | None:
    """Draw a measure against an axis: a dot for each trial, a line for the means.

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
    values = measure.values(study.succeeded).dropna()
    if values.empty:
        return None
    at = study.succeeded.loc[values.index, axis.column]
    judged = measure.name == study.scale.name
    means, intervals = means_by(at, values), study.intervals if judged else {}
    dummy = None
    if measure.name in METRICS:
        ends = [end for interval in intervals.values() for end in interval]
        dummy = DummyLine.beside(study.format_of(measure.name), study.dummy(measure.name), [*values, *ends])
    data = _Data(values, at, means, intervals, study.replicates, dummy)

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        if data.several:
            _dots(area, axis, data)
        _means(area, axis, data)
        if judged and study.baseline is not None:
            _equivalence_band(area, study, means[study.baseline])
        if dummy:
            dummy.draw(area)
        area.set_ylabel(measure.label)
        if measure.share:
            in_percent(area.yaxis)
        if measure.name == "gap":
            area.axhline(0, color=INK.light, linewidth=0.8)
        if measure.name in METRICS:
            area.set_ylim(*within_bounds(area.get_ylim(), METRICS[measure.name]))
        dress(area, axis)

    lines = 3 if intervals and dummy and dummy.near else 2 if intervals else 1
    layout = Layout(height=2.4, legend=lines, below=tilt(axis))
    return picture(_describe(study, axis, measure, data), study.facts.note, layout, paint)


def _dots(area: Axes, axis: Axis, data: _Data) -> None:
    """Draw a dot for each trial, side by side where they would overlap; beside an interval, which would hide them."""
    shift, width = (-0.22, 0.4) if data.intervals else (0.0, 0.72)
    span = float(data.values.max() - data.values.min())
    x: list[float] = []
    y: list[float] = []
    for value in axis.values:
        trials = data.values[data.at == value].to_numpy()
        center = axis.place(value)
        x += list(center + width_at(axis, center, shift) + spread_out(trials, span, width_at(axis, center, width)))
        y += list(trials)
    crowded = len(data.values) / len(axis.values) > 30
    label = f"one {data.replicates.noun}"
    area.plot(x, y, label=label, **DOT_STYLE | ({"markersize": 2.4} if crowded else {}))


def _means(area: Axes, axis: Axis, data: _Data) -> None:
    """Draw the means and their intervals."""
    crowded, means = _crowded(axis), data.means
    x, y = [axis.place(value) for value in means], list(means.values())
    style: dict[str, Any] = {
        "color": INK.light,
        "marker": "" if crowded else "D",
        "markersize": 4.5,
        "zorder": 4,
        "linewidth": 1.3,
        "linestyle": "none" if axis.scale == "names" else "-",
    }
    area.plot(x, y, label="mean" if data.several else f"one {data.replicates.noun}", **style)
    if data.intervals:
        width, cap = (0.6, 0) if crowded else (1.3, 3)
        style = {"fmt": "none", "color": INK.light, "elinewidth": width, "capsize": cap, "zorder": 3}
        area.errorbar(x, y, error_sizes(means, data.intervals), label="95% interval", **style)


def _equivalence_band(area: Axes, study: Study, mean: float) -> None:
    near = f"within {study.scale.near(study.margin)} of {study.axis.point(study.baseline)}"
    area.axhspan(mean - study.margin, mean + study.margin, zorder=0.5, label=near, **BAND)
    area.axhline(mean, zorder=0.6, **BASELINE_LINE)


def _crowded(axis: Axis) -> bool:
    """Tell whether markers at every value would overlap."""
    return axis.scale != "names" and len(axis.values) > _MOST_MARKERS


def _describe(study: Study, axis: Axis, measure: Measure, data: _Data) -> FigureText:
    replicates, means = data.replicates, data.means
    alone = len(axis.values) == 1
    if data.several:
        caption = [
            f"Each dot is one {replicates.noun}{'' if alone else f' at one {axis.word}'} ({replicates.planned})."
        ]
        caption.append("The diamond is the mean." if alone else _describe_line(axis, means))
    else:
        what = f"one {replicates.noun} of {replicates.planned}" if replicates.several else replicates.planned
        caption = [f"{'The' if alone else 'Each'} diamond is {what}."]
    if data.intervals:
        caption.append(f"Bars are 95% intervals{' of the mean' if data.several else ''}, {replicates.interval}.")
    if not replicates.several or (data.several and not data.intervals):
        caption.append(replicates.caution)
    if measure.name == study.scale.name and study.baseline is not None:
        near = f"within {study.scale.near(study.margin)}"
        caption.append(f"Green: practically equivalent to {axis.point(study.baseline)}, {near}.")
    if measure.name == "gap":
        caption.append("Both are measured after training, with dropout off; a large gap indicates overfitting.")
    caption += [data.dummy.sentence] if data.dummy and data.dummy.sentence else []
    caption += absent(study)
    alt = [
        f"{measure.title} of {study.experiment.name} on {study.experiment.dataset.name} at {extent(axis)}.",
        extremes(axis, means, measure.text, "the mean" if data.several else "it"),
        reach(list(data.values), replicates.noun, measure.text) if data.several else "",
    ]
    baseline = means.get(study.baseline)
    if baseline is not None and baseline not in (max(means.values()), min(means.values())):
        alt.append(f"At {axis.point(study.baseline)} it is {measure.text(baseline)}.")
    title = measure.title + ("" if alone else f" against {axis.name}")
    return FigureText(measure.name, title, " ".join(caption), " ".join(filter(None, alt)))


def _describe_line(axis: Axis, means: dict[Any, float]) -> str:
    if axis.scale == "names" or len(means) == 1:
        return "Diamonds are means."
    return "The line connects the means." if _crowded(axis) else "Diamonds are means, connected by a line."
