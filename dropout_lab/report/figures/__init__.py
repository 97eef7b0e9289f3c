"""The figures of a result."""

from __future__ import annotations

from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.box_plot import box_plot
from dropout_lab.report.figures.curves import curves
from dropout_lab.report.figures.forest import forest_plot
from dropout_lab.report.figures.heatmap import heatmap
from dropout_lab.report.figures.inline import inline
from dropout_lab.report.figures.overlay import overlay
from dropout_lab.report.figures.palette import PALETTE
from dropout_lab.report.figures.picture import Picture
from dropout_lab.report.figures.points import MEASURES, generalization_gap, plot_against
from dropout_lab.report.figures.race import race_plot
from dropout_lab.report.figures.slices import slices

__all__ = ["PALETTE", "Picture", "inline", "main_pictures", "overlay", "pictures"]


_MOST_POINTS = 12
"""Of a sweep with several axes; the names of more points would not fit side by side."""


def _crowded(study: Study) -> bool:
    return len(study.axes) > 1 and len(study.axis.values) > _MOST_POINTS


def pictures(study: Study) -> tuple[Picture, ...]:
    """Draw all figures that a result has data for, ordered so that figures of similar height stand side by side.

    Without a sweep, the loss and the gap have no axis to be drawn against and are left to the table.
    """
    axis = study.axis
    if _crowded(study):
        return main_pictures(study)
    other = next(name for name in study.metrics[1::-1] if name != study.scale.name)
    others = []
    if len(axis.values) > 1:
        measures = MEASURES[other], generalization_gap(study.metrics[0])
        others = [*(plot_against(study, axis, measure) for measure in measures), box_plot(study, axis)]
    short = [*main_pictures(study), *filter(None, others)]
    tall = filter(None, [curves(study, axis, name) for name in study.metrics[:2] if name in study.history])
    return (*short[:2], *tall, *short[2:])


def main_pictures(study: Study) -> tuple[Picture, ...]:
    """Draw the figures that answer the question: which value of the axis is best."""
    drawn = [heatmap(study), *slices(study)]
    if not _crowded(study):
        drawn += [plot_against(study, study.axis, MEASURES[study.scale.name]), forest_plot(study, study.axis)]
        drawn.append(race_plot(study))
    return tuple(filter(None, drawn))
