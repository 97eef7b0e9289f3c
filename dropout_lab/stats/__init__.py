"""Frame in, frame out: what the trials say, how sure it is, and which rate to take. Pure."""

from dropout_lab.stats.choice import Choice, choose
from dropout_lab.stats.contrast import Contrast, contrast, same_split
from dropout_lab.stats.course import carried, course
from dropout_lab.stats.decision import Decision, decide
from dropout_lab.stats.design import Design, correction, design_of
from dropout_lab.stats.forecast import Forecast, bbc_cv
from dropout_lab.stats.grid import NOTHING, STRENGTHS
from dropout_lab.stats.metric import METRICS, Metric, answered, held_out, metric_named
from dropout_lab.stats.planned import MISSING, completed
from dropout_lab.stats.resolution import floor, repeats_to_be_same, repeats_to_tell_apart
from dropout_lab.stats.sampling import sampling_error
from dropout_lab.stats.summary import summarize
from dropout_lab.stats.verdict import Verdict, verdict

__all__ = [
    "METRICS",
    "MISSING",
    "NOTHING",
    "STRENGTHS",
    "Choice",
    "Contrast",
    "Decision",
    "Design",
    "Forecast",
    "Metric",
    "Verdict",
    "answered",
    "bbc_cv",
    "carried",
    "choose",
    "completed",
    "contrast",
    "correction",
    "course",
    "decide",
    "design_of",
    "floor",
    "held_out",
    "metric_named",
    "repeats_to_be_same",
    "repeats_to_tell_apart",
    "same_split",
    "sampling_error",
    "summarize",
    "verdict",
]
