"""From the summary of a sweep to a decision."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropout_lab.metrics.registry import metric_names
from dropout_lab.stats.decision import Conclusion, Decision, PointSummary, Situation, Unsettled
from dropout_lab.stats.missing_trials import MISSING, OK
from dropout_lab.stats.power import precision_of
from dropout_lab.stats.selection import best_index
from dropout_lab.stats.trial_matrix import TrialMatrix

__all__ = ["decide"]

_ROUNDING = 1e-9
"""Differences below this are 0 but for rounding."""


def decide(matrix: TrialMatrix, summary: pd.DataFrame) -> Decision:
    """Conclude what a sweep shows about its best point.

    Parameters
    ----------
    matrix : TrialMatrix
    summary : pandas.DataFrame
        As `summarize` makes it from the matrix.
    """
    comparison, trials = matrix.comparison, matrix.frame
    points = _points(matrix, summary)
    best, baseline = (None if index is None else points[index] for index in (best_index(matrix), matrix.baseline))
    compared = tuple(point for point in points if math.isfinite(point.p_adjusted))
    different = [point for point in compared if point.p_adjusted < comparison.level]
    better = tuple(point for point in different if point.diff * comparison.metric.sign > 0)
    worse = tuple(point for point in different if point.diff * comparison.metric.sign < 0)
    not_distinguished = tuple(point for point in compared if point.p_adjusted >= comparison.level)
    case = _case(matrix, best, baseline, compared, worse)
    equivalent = [point for point in not_distinguished if point.prob_same >= comparison.certainty]
    outcome = _outcome(case, best, better, not_distinguished, equivalent)
    finished = matrix.trials.sum() == matrix.planned
    rival = None
    if finished and outcome == "unclear" and case == "contrast":
        rival = best
    elif finished and outcome == "unclear" and case == "baseline best":
        unsettled = [point for point in not_distinguished if point not in equivalent]
        rival = max(unsettled, key=lambda point: comparison.metric.sign * point.mean, default=None)
    return Decision(
        comparison=comparison,
        outcome=outcome,
        case=case,
        points=points,
        best=best,
        baseline=baseline,
        contenders=tuple(point for point in points if point is best or point.p_best >= comparison.level),
        better=better,
        worse=worse,
        not_distinguished=not_distinguished,
        unsettled=None if rival is None else _unsettled(matrix, rival, summary),
        without_result=_without_result(matrix),
        alternative=_alternative(trials, comparison.metric.name),
        planned=matrix.planned,
        rows=matrix.held_out_rows,
        basis=matrix.basis,
        units=0 if matrix.rows is None else matrix.rows.units,
        per_class=None if matrix.rows is None else matrix.rows.per_class,
        dummy=np.nan if matrix.dummy is None else matrix.dummy.mean,
    )


def _points(matrix: TrialMatrix, summary: pd.DataFrame) -> tuple[PointSummary, ...]:
    columns, known = matrix.comparison.columns, ("index", "point", "predicted")
    numbers = [name for name in PointSummary.__dataclass_fields__ if name not in known]
    predicted = np.zeros(len(summary), int) if matrix.predicted is None else matrix.predicted
    return tuple(
        PointSummary(
            index=index,
            point=tuple(row[name] for name in columns),
            predicted=int(predicted[index]),
            **{name: row[name] for name in numbers},
        )
        for index, row in enumerate(summary.to_dict("records"))
    )


def _case(
    matrix: TrialMatrix,
    best: PointSummary | None,
    baseline: PointSummary | None,
    compared: Sequence[PointSummary],
    worse: Sequence[PointSummary],
) -> Situation:
    if not np.isfinite(matrix.values).any():
        return "nothing"
    if (matrix.trials > 0).sum() == 1:
        return "alone"
    if best is None:
        return "none complete"
    if baseline is None:
        return "no baseline"
    if not (compared if best is baseline else best in compared):
        return "too few"
    if best is baseline:
        return "baseline best"
    return "behind" if best in worse else "contrast"


def _outcome(
    case: Situation,
    best: PointSummary | None,
    better: Sequence[PointSummary],
    not_distinguished: Sequence[PointSummary],
    equivalent: Sequence[PointSummary],
) -> Conclusion:
    if case == "contrast":
        return "winner" if best in better else "same" if best in equivalent else "unclear"
    if case == "baseline best" and not better:
        if not not_distinguished:
            return "winner"
        return "same" if len(equivalent) == len(not_distinguished) else "unclear"
    return "unclear"


def _unsettled(matrix: TrialMatrix, rival: PointSummary, summary: pd.DataFrame) -> Unsettled:
    """Estimate whether more repeats, or more rows, would settle how a point compares with the baseline.

    To differ significantly it has to pass the level at which its adjusted p would: the level that its own p and its
    adjusted p show, as the comparisons' dependence is taken to stay as it is.
    """
    comparison = matrix.comparison
    precision = precision_of(matrix.differences(matrix.baseline), rival.index, comparison.design.repeats)
    level = comparison.level * min(rival.p / rival.p_adjusted, 1.0) if rival.p_adjusted > 0 else comparison.level
    ways: dict[bool, int | None] = {}
    if precision.known:
        ways[False] = precision.repeats_for_significance(level)
        ways[True] = precision.repeats_for_equivalence(comparison.margin, comparison.certainty)
    repeats, same = min(((count, way) for way, count in ways.items() if count is not None), default=(None, False))
    repeats = None if repeats is None else max(repeats, comparison.design.repeats + 1)
    units = 0 if matrix.rows is None else matrix.rows.units
    needed = precision.rows_for_significance(units, level) if precision.known and abs(rival.diff) > _ROUNDING else None
    return Unsettled(rival, precision, repeats, same, units, needed)


def _without_result(matrix: TrialMatrix) -> tuple[tuple[str, int], ...]:
    """Count the trials without a result by status, in the order of its names; then those that are not there."""
    trials = matrix.frame
    lacking = trials[matrix.comparison.metric.name].isna() & (trials["status"] != MISSING)
    counts = sorted((str(status), int(count)) for status, count in trials.loc[lacking, "status"].value_counts().items())
    missing = matrix.planned - int(matrix.trials.sum())
    return (*counts, (MISSING, missing)) if missing else tuple(counts)


def _alternative(trials: pd.DataFrame, metric: str) -> str | None:
    """Return the first usual metric that all trials which ended normally have, if some of them lack this one."""
    fine = trials[trials["status"] == OK]
    if fine[metric].notna().all():
        return None
    return next((name for name in metric_names("always") if name in fine and fine[name].notna().all()), None)
