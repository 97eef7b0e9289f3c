"""A random search over several axes: the mean at each of its points, against one axis after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matplotlib.axes import Axes
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import count
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import dress, error_sizes, in_percent, tilt, within_bounds
from dropout_lab.report.figures.captions import absent, extent, extremes
from dropout_lab.report.figures.palette import DOT, INK
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture

__all__ = ["slices"]

_DOT: dict[str, Any] = {"color": DOT.light, "marker": "o", "markersize": 4, "linestyle": "none", "elinewidth": 0.6}
_BEST: dict[str, Any] = {"color": INK.light, "marker": "D", "markersize": 5.5, "linestyle": "none", "zorder": 4}


def slices(study: Study) -> Iterator[Picture]:
    """Draw the mean of the held-out metric at each point against each axis; nothing if the points are a grid."""
    if study.experiment.random_search and len(study.axes) > 1 and study.means:
        for number, axis in enumerate(study.axes, 1):
            yield _slice(study, axis, f"slice-{number}")


def _slice(study: Study, axis: Axis, name: str) -> Picture:
    means, scale = study.means, study.scale
    at = study.succeeded.drop_duplicates(study.axis.column).set_index(study.axis.column)[axis.column]
    best = (max if scale.metric.sign > 0 else min)(means, key=lambda point: means[point])

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        places = [axis.place(at[point]) for point in means]
        label = "mean, 95% interval" if study.intervals else "mean"
        area.errorbar(places, list(means.values()), error_sizes(means, study.intervals), label=label, **_DOT)
        area.plot([axis.place(at[best])], [means[best]], label="best mean", **_BEST)
        area.set_ylim(*within_bounds(area.get_ylim(), scale.metric))
        area.set_ylabel(scale.label)
        if scale.metric.share:
            in_percent(area.yaxis)
        dress(area, axis)

    return picture(_describe(study, axis, name), study.facts.note, Layout(height=2.4, below=tilt(axis)), paint)


def _describe(study: Study, axis: Axis, name: str) -> FigureText:
    points = count(len(study.axis.values), "random point")
    caption = [
        f"Each dot is the mean over the trials at one of {points}, which differ in the other settings, too.",
        *absent(study),
    ]
    alt = f"Held-out {study.scale.title} of {study.experiment.name} at {points}, against {axis.name}: {extent(axis)}."
    return FigureText(
        name,
        f"Held-out {study.scale.title} against {axis.name}",
        " ".join(caption),
        f"{alt} {extremes(study.axis, study.means, study.scale.text)}",
    )
