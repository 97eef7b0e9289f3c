"""A result -> its figures."""

from __future__ import annotations

from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.curves import curves
from dropout_lab.report.figures.forest import forest
from dropout_lab.report.figures.heatmap import heat
from dropout_lab.report.figures.inline import inline
from dropout_lab.report.figures.overlay import overlay
from dropout_lab.report.figures.palette import PALETTE
from dropout_lab.report.figures.picture import Picture
from dropout_lab.report.figures.points import MEASURES, against, gap_of
from dropout_lab.report.figures.strip_plot import spread

__all__ = ["PALETTE", "Picture", "inline", "main_pictures", "overlay", "pictures"]


_MOST_POINTS = 12
"""Of several axes: the names of more points have no room beside one another."""


def _crowded(study: Study) -> bool:
    return len(study.axes) > 1 and len(study.axis.values) > _MOST_POINTS


def pictures(study: Study) -> tuple[Picture, ...]:
    """Draw all figures that a result has data for, in an order in which two of like height come side by side.

    Without a sweep there is nothing to draw the loss and the gap against: the table holds them.
    """
    axis = study.axis
    if _crowded(study):
        return main_pictures(study)
    other = next(name for name in study.metrics[1::-1] if name != study.scale.name)
    gap = gap_of(study.metrics[0])
    others = (
        (against(study, axis, MEASURES[other]), against(study, axis, gap), spread(study, axis))
        if len(axis.values) > 1
        else ()
    )
    short = [*main_pictures(study), *(each for each in others if each)]
    tall = [each for each in (curves(study, axis, name) for name in study.metrics[:2]) if each]
    return (*short[:2], *tall, *short[2:])


def main_pictures(study: Study) -> tuple[Picture, ...]:
    """Draw the figures that answer the question: which value of the axis is best."""
    plane = heat(study)
    if _crowded(study):
        return (plane,) if plane else ()
    drawn = plane, against(study, study.axis, MEASURES[study.scale.name]), forest(study, study.axis)
    return tuple(each for each in drawn if each)
