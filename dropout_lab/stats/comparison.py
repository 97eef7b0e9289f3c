"""What is compared: the specification that estimates, conclusions and words share."""

from __future__ import annotations

from dataclasses import dataclass

from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats.design import Design

__all__ = ["Comparison"]


@dataclass(frozen=True)
class Comparison:
    """How the points of a sweep are compared.

    Attributes
    ----------
    design : Design
        How the trials depend on one another.
    metric : Metric
        The column of the trials that is compared.
    margin : float
        The region of practical equivalence: differences up to this are practically none; in the unit of the metric.
    columns : tuple of str
        The columns of the trials that identify a point: every axis of the sweep.
    baseline : tuple, optional
        The point that others are compared with, a value per column; None takes the one at rate 0, if there is just one.
    confidence : float
        Of intervals, and of the conclusions that points differ (adjusted p below `level`) or are practically equivalent
        (their difference is within the margin with the probability `certainty`), over all looks. Tables and figures are
        labeled for the default.
    looks : int
        How often the trials are judged while they become more. Each look has the same part of the chance to be wrong,
        so that what is said at all of them holds together with `confidence`, whatever the looks have in common
        (Bonferroni), and at whichever of them training ends.
    """

    design: Design
    metric: Metric = METRICS["accuracy"]
    margin: float = 0.01
    columns: tuple[str, ...] = ("rate",)
    baseline: tuple[object, ...] | None = None
    confidence: float = 0.95
    looks: int = 1

    @property
    def level(self) -> float:
        """The significance level, of all looks together."""
        return 1 - self.confidence

    @property
    def look_level(self) -> float:
        """The significance level of one look."""
        return self.level / self.looks

    @property
    def certainty(self) -> float:
        """The confidence of one look."""
        return 1 - self.look_level
