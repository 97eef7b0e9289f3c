"""What can be concluded from a sweep, as `decide` finds it; the words for it are in `verdict`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from dropout_lab.metrics.metric import Metric
from dropout_lab.stats.comparison import Comparison
from dropout_lab.stats.design import Design
from dropout_lab.stats.missing_trials import MISSING, OK
from dropout_lab.stats.power import Precision
from dropout_lab.stats.trial_matrix import Basis

__all__ = ["Conclusion", "Decision", "PointSummary", "Situation", "Unsettled"]

Conclusion = Literal["winner", "same", "unclear"]
Situation = Literal[
    "nothing", "alone", "none complete", "no baseline", "too few", "baseline best", "behind", "contrast"
]


@dataclass(frozen=True)
class PointSummary:
    """A row of the summary.

    `index` is its number, `point` its values in the columns of the sweep, and `predicted` its `TrialMatrix.predicted`.
    """

    index: int
    point: tuple[object, ...]
    n: int
    mean: float
    ci_low: float
    ci_high: float
    diff: float
    diff_low: float
    diff_high: float
    diff_error: float
    diff_row_error: float
    pairs: int
    p: float
    p_adjusted: float
    prob_same: float
    p_best: float
    dummy: float
    p_dummy: float
    collapsed: float
    predicted: int

    @property
    def constant(self) -> bool:
        """Whether it differs from the baseline by the same in each pair, so that the interval has no width."""
        return self.diff_low == self.diff_high


@dataclass(frozen=True)
class Unsettled:
    """How far from settled the comparison of a point with the baseline is.

    Attributes
    ----------
    rival : PointSummary
        The point.
    precision : Precision
        What rows and training contribute to the standard error of its difference.
    repeats : int or None
        About how many repeats in all would settle it, if the difference stays as it is; None if no number would.
    same : bool
        Whether they would show the two to be practically equivalent, rather than different.
    units : int
        How many rows, or groups of rows, there are.
    needed : int or None
        About how many like these would show the difference, if it stays as it is; None if there is none to show.
    """

    rival: PointSummary
    precision: Precision
    repeats: int | None
    same: bool
    units: int
    needed: int | None


@dataclass(frozen=True)
class Decision:
    """What can be concluded.

    Attributes
    ----------
    comparison : Comparison
    outcome : str
        ``winner``: the best point is better than the baseline, or is the baseline and better than all others;
        ``same``: what does not differ from the baseline is practically equivalent to it; ``unclear``: neither. Of an
        unfinished sweep: so far.
    case : str
        ``nothing`` has a result; a point is ``alone``, or no other has a trial yet; ``none complete``: each lacks
        results; ``no baseline``; ``too few`` pairs; ``baseline best``; ``behind``: the best point has the better mean
        but is worse where both have results; ``contrast`` of the best point with the baseline.
    points : tuple of PointSummary
        All points, in ascending order.
    best, baseline : PointSummary or None
    contenders : tuple of PointSummary
        The points that may be the best, by multiple comparisons with the best (`chances_of_best`), the best among
        them; those with complete results only.
    better, worse, not_distinguished : tuple of PointSummary
        Those that differ significantly from the baseline, and those that are compared with it and do not.
    unsettled : Unsettled or None
        Of the best point, or of the best that does not differ from a baseline that is best; None if it is settled, or
        trials are missing: what is planned comes first.
    without_result : tuple of (str, int)
        How many trials have no result, by status; ``missing`` are those that are planned and not finished.
    alternative : str or None
        A metric that each trial which ended normally has, where some of them lack this one; None if none does.
    planned : int
        How many trials the sweep has in all.
    rows : int
        How many rows are held out in a repeat.
    basis : str
        What the standard errors rest on: ``rows``; ``distinct rows``, where those with equal inputs are held out
        together; ``groups`` of rows that the user named; ``blocks`` of neighbors in time; or ``trials``, where
        predictions are not known row by row.
    units : int
        How many rows, distinct rows, groups or blocks that makes; 0 for trials.
    per_class : float or None
        How many of them each class has, where standard errors allow for their being few.
    dummy : float
        The metric of predictions without a look at the inputs, on the same held-out rows; missing if it is unknown.
    """

    comparison: Comparison
    outcome: Conclusion
    case: Situation
    points: tuple[PointSummary, ...]
    best: PointSummary | None
    baseline: PointSummary | None
    contenders: tuple[PointSummary, ...]
    better: tuple[PointSummary, ...]
    worse: tuple[PointSummary, ...]
    not_distinguished: tuple[PointSummary, ...]
    unsettled: Unsettled | None
    without_result: tuple[tuple[str, int], ...]
    alternative: str | None
    planned: int
    rows: int
    basis: Basis
    dummy: float
    units: int = 0
    per_class: float | None = None

    @property
    def design(self) -> Design:
        """How the trials depend on one another."""
        return self.comparison.design

    @property
    def metric(self) -> Metric:
        """What is compared."""
        return self.comparison.metric

    @property
    def missing(self) -> int:
        """How many of the planned trials are not finished."""
        return dict(self.without_result).get(MISSING, 0)

    @property
    def without_metric(self) -> int:
        """How many trials ended normally and yet lack the metric, as it is undefined on their held-out rows."""
        return dict(self.without_result).get(OK, 0)

    @property
    def is_open(self) -> bool:
        """Whether the answer is a set of points: nothing is settled, and several may be the best."""
        settled = self.outcome != "unclear" or self.missing or self.case not in ("baseline best", "contrast")
        return not settled and len(self.contenders) > 1

    @property
    def above_dummy(self) -> tuple[PointSummary, ...]:
        """The points that are significantly better than the dummy."""
        found = [point for point in self.points if point.p_dummy < self.comparison.level]
        return tuple(point for point in found if self.metric.sign * (point.mean - point.dummy) > 0)

    @property
    def not_above_dummy(self) -> tuple[PointSummary, ...]:
        """The points that are compared with the dummy and are not significantly better."""
        better = self.above_dummy
        return tuple(point for point in self.points if math.isfinite(point.p_dummy) and point not in better)

    @property
    def none_above_dummy(self) -> bool:
        """Whether the points that have a result are compared with the dummy, and none is significantly better."""
        below = self.not_above_dummy
        return bool(below) and all(point in below for point in self.points if point.n)
