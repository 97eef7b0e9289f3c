"""A heat map of a sweep with two axes: the mean at each point."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import cut
from dropout_lab.analysis.metric_format import MetricFormat
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.captions import absent, extremes
from dropout_lab.report.figures.palette import DOT, INK
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture
from dropout_lab.stats.phrases import capital

__all__ = ["heatmap"]

_MOST_NUMBERS = 10  # columns; numbers in more would not fit
_FAINT, _FULL = 0.06, 0.6
_CELL = 0.34  # inches
_LONGEST = 14


def heatmap(study: Study) -> Picture | None:
    """Draw the mean of the held-out metric at each point of a sweep with two axes.

    Returns
    -------
    Picture or None
        None if there are not two axes, their points are no grid, or no trial has a result.
    """
    if len(study.axes) != 2 or study.experiment.random_search or study.succeeded.empty:
        return None
    across, up = study.axes
    columns = [across.column, up.column]
    table = study.succeeded.groupby(columns, observed=True, as_index=False)[study.scale.name].mean()
    means = {(first, second): mean for first, second, mean in table.itertuples(index=False)}
    low, high = min(means.values()), max(means.values())
    best = high if study.scale.metric.sign > 0 else low

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        for (first, second), mean in means.items():
            place = across.values.index(first), up.values.index(second)
            share = (mean - low) / (high - low) if high > low else 0.5
            _cell(area, place, _FAINT + (_FULL - _FAINT) * share, best=mean == best)
            if len(across.values) <= _MOST_NUMBERS:
                area.text(*place, _short(study.scale, mean), ha="center", va="center")
        _label_axes(area, across, up)

    layout = Layout(height=max(_CELL * len(up.values), 1.0), legend=0)
    return picture(_describe(study, across, up), study.facts.note, layout, paint)


def _cell(area: Axes, place: tuple[int, int], alpha: float, *, best: bool) -> None:
    corner = (place[0] - 0.48, place[1] - 0.46)
    area.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=DOT.light, alpha=alpha, linewidth=0))
    if best:
        area.add_patch(Rectangle(corner, 0.96, 0.92, fill=False, edgecolor=INK.light, linewidth=1.4))


def _label_axes(area: Axes, across: Axis, up: Axis) -> None:
    step = -(-len(across.values) // _MOST_NUMBERS)
    area.set_xticks(range(0, len(across.values), step), [across.text(value) for value in across.values[::step]])
    names = [up.text(value) for value in up.values]
    area.set_yticks(range(len(names)), [cut(name, _LONGEST) for name in names])
    area.set_xlim(-0.55, len(across.values) - 0.45)
    area.set_ylim(-0.55, len(names) - 0.45)
    area.grid(visible=False)
    area.tick_params(length=0)
    area.set_xlabel(across.label)
    area.set_ylabel(up.label)


def _describe(study: Study, across: Axis, up: Axis) -> FigureText:
    scale = study.scale
    which = "highest" if scale.metric.sign > 0 else "lowest"
    caption = f"Each cell is the mean over the trials at one point. Darker is higher; a frame marks the {which} mean."
    alt = f"Mean held-out {scale.title} of {study.experiment.name} against {across.name} and {up.name}"
    return FigureText(
        "heat",
        f"{capital(scale.label)} by {across.name} and {up.name}",
        " ".join([caption, *absent(study)]),
        f"{alt}: {extremes(study.axis, study.means, scale.text)}",
    )


def _short(scale: MetricFormat, value: float) -> str:
    return f"{100 * value:.1f}" if scale.metric.share else f"{value:.2g}"
