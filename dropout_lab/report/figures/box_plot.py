"""The distribution of the trials at each point, as box plots."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.metric_format import metric_format
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import dress, in_percent, tilt, width_at, within_bounds
from dropout_lab.report.figures.captions import absent, extent
from dropout_lab.report.figures.palette import DOT, INK
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture

__all__ = ["box_plot"]

_FEWEST = 20  # trials at a point; with fewer, the dots of the first figure show the distribution
_BOX: dict[str, Any] = {"facecolor": DOT.light, "alpha": 0.35, "linewidth": 0}
_WHISKER: dict[str, Any] = {"color": DOT.light, "linewidth": 1}
_MEDIAN: dict[str, Any] = {"color": INK.light, "linewidth": 1.6}


def box_plot(study: Study, axis: Axis) -> Picture | None:
    """Draw the median, quartiles and range of the held-out accuracy, or R2, at each point.

    Parameters
    ----------
    study : Study
    axis : Axis

    Returns
    -------
    Picture or None
        None if no point has enough trials.
    """
    scale = metric_format(study.metrics[0])
    by_point = study.succeeded.dropna(subset=scale.name).groupby(axis.column, sort=True, observed=True)[scale.name]
    groups = {value: group for value, group in by_point if len(group) >= _FEWEST}
    if not groups:
        return None

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        places = [axis.place(value) for value in groups]
        widths = [width_at(axis, place, 0.6) for place in places]
        style: dict[str, Any] = {
            "boxprops": _BOX,
            "whiskerprops": _WHISKER,
            "capprops": _WHISKER,
            "medianprops": _MEDIAN,
            "whis": (0, 100),
            "patch_artist": True,
            "manage_ticks": False,
            "showfliers": False,
        }
        trials = [group.to_numpy() for group in groups.values()]
        boxes = area.boxplot(trials, positions=places, widths=widths, **style)
        for part, label in (("medians", "median"), ("boxes", "middle half"), ("whiskers", "full range")):
            boxes[part][0].set_label(label)
        area.use_sticky_edges = False  # else the lowest box touches the axis
        area.set_ylim(*within_bounds(area.get_ylim(), scale.metric))
        area.set_ylabel(scale.label)
        if scale.metric.share:
            in_percent(area.yaxis)
        dress(area, axis)

    return picture(_describe(study, axis, groups), study.facts.note, Layout(below=tilt(axis)), paint)


def _describe(study: Study, axis: Axis, groups: dict[Any, pd.Series[float]]) -> FigureText:
    replicates, scale = study.replicates, metric_format(study.metrics[0])
    caption = [
        f"Median, middle half and full range of the {replicates.noun}s at each {axis.word}. {replicates.caution}"
    ]
    quartiles = {value: (float(group.quantile(0.25)), float(group.quantile(0.75))) for value, group in groups.items()}
    widths = [(third - first, value) for value, (first, third) in quartiles.items()]
    widest, narrowest = max(widths, key=itemgetter(0)), min(widths, key=itemgetter(0))
    alt = [
        f"Spread of the held-out {scale.title} of {study.experiment.name} over {replicates.planned}, at {extent(axis)}."
    ]
    for which, (width, value) in (("widest", widest), ("narrowest", narrowest)):
        if which == "widest" or width < widest[0]:
            first, third = map(scale.brief, quartiles[value])
            alt.append(f"The middle half is {which} at {axis.point(value)} ({first} to {third}).")
    title = f"Spread of held-out {scale.title} by {axis.name}"
    return FigureText("spread", title, " ".join([*caption, *absent(study)]), " ".join(alt))
