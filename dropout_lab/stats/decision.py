"""What can be concluded from a sweep; how it is said is `words`'s business."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from dropout_lab.stats.design import Design
from dropout_lab.stats.metric import HELD_OUT, OF_NUMBERS, Metric, metric_named
from dropout_lab.stats.missing_trials import MISSING, OK
from dropout_lab.stats.power import minimum_half_width, repeats_to_be_same, repeats_to_tell_apart
from dropout_lab.stats.selection import choose
from dropout_lab.stats.trial_matrix import TrialMatrix, baseline_place, grid

__all__ = ["CERTAIN", "LEVEL", "Conclusion", "Decision", "PointSummary", "RepeatsNeeded", "Situation", "decide"]

LEVEL = 0.05
"""Below this Holm-adjusted p two points are told apart."""

CERTAIN = 0.95
"""From this probability on a difference within the margin counts as practically none."""

Conclusion = Literal["winner", "same", "unclear"]
Situation = Literal["nothing", "alone", "none whole", "no baseline", "too few", "baseline best", "behind", "contrast"]


@dataclass(frozen=True)
class PointSummary:
    """A row of the summary: `place` is its number, `point` its values in the columns of the sweep."""

    place: int
    point: tuple[object, ...]
    n: int
    failed: int
    mean: float
    ci_low: float
    ci_high: float
    diff: float
    diff_low: float
    diff_high: float
    pairs: int
    p: float
    p_holm: float
    prob_same: float

    @property
    def level(self) -> bool:
        """Whether it differs from the baseline by the same in each pair, so that the interval has no width."""
        return self.diff_low == self.diff_high


@dataclass(frozen=True)
class RepeatsNeeded:
    """Whether more repeats could settle how a point compares with the baseline.

    Attributes
    ----------
    rival : PointSummary
        The point.
    repeats : int or None
        About how many would, if differences stay as they are; None if no number would.
    same : bool
        Whether they would show the two to be practically the same, rather than tell them apart.
    minimum_half_width : float
        The half-width that the interval of the difference does not get below.
    compared : int
        How many comparisons that half-width allows for; 1 is the plain 95% interval.
    """

    rival: PointSummary
    repeats: int | None
    same: bool
    minimum_half_width: float
    compared: int


@dataclass(frozen=True)
class Decision:
    """What can be concluded.

    Attributes
    ----------
    outcome : str
        ``winner``: the best point is better than the baseline, or is the baseline and better than all others;
        ``same``: what is not told apart from the baseline is practically the same; ``unclear``: neither. Of an
        unfinished sweep: so far.
    case : str
        ``nothing`` has a result; a point is ``alone``, or no other has a trial yet; ``none whole``: each lacks results;
        ``no baseline``; ``too few`` pairs; ``baseline best``; ``behind``: the best point has the better mean but is
        worse where both have results; ``contrast`` of the best point with the baseline.
    design : Design
    metric : Metric
    by : tuple of str
        The columns of the sweep.
    margin : float
        Differences up to this are practically none.
    standings : tuple of PointSummary
        All points, in ascending order.
    best, baseline : PointSummary or None
    simplest : PointSummary or None
        The first point within one standard error of the best, where it is another; None as long as trials are missing.
    better, worse, alike : tuple of PointSummary
        Those told apart from the baseline, and those that are compared with it and not told apart.
    prospect : RepeatsNeeded or None
        Of the best point, or of the best that is not told apart from a baseline that is best; None if it is settled,
        or trials are missing: what is planned comes first.
    lacking : tuple of (str, int)
        How many trials have no result, by status; ``missing`` are those that are planned and not finished.
    instead : str or None
        A metric that each trial without a fault has, where some of them lack this one; None if none does.
    planned : int
        How many trials the sweep has in all.
    rows : int
        How many rows are held out in a repeat.
    coarse : bool
        Whether one right answer more moves an accuracy by more than the margin, so that equal accuracies do not show
        points to be practically the same: then `PointSummary.prob_same` of such is missing.
    """

    outcome: Conclusion
    case: Situation
    design: Design
    metric: Metric
    by: tuple[str, ...]
    margin: float
    standings: tuple[PointSummary, ...]
    best: PointSummary | None
    baseline: PointSummary | None
    simplest: PointSummary | None
    better: tuple[PointSummary, ...]
    worse: tuple[PointSummary, ...]
    not_distinguished: tuple[PointSummary, ...]
    prospect: RepeatsNeeded | None
    lacking: tuple[tuple[str, int], ...]
    instead: str | None
    planned: int
    rows: int
    coarse: bool

    @property
    def missing(self) -> int:
        """How many of the planned trials are not finished."""
        return dict(self.lacking).get(MISSING, 0)

    @property
    def without(self) -> int:
        """How many trials nothing went wrong in and that yet lack the metric, as their held-out rows do not have it."""
        return dict(self.lacking).get(OK, 0)


def decide(
    summary: pd.DataFrame,
    design: Design,
    trials: pd.DataFrame,
    *,
    metric: str = "accuracy",
    margin: float = 0.01,
    by: Sequence[str] = ("rate",),
    baseline: Sequence[object] | None = None,
) -> Decision:
    """Conclude what a sweep tells about its best point.

    Parameters
    ----------
    summary : pandas.DataFrame
        As `summarize` makes it from the other arguments.
    design, trials, metric, margin, by, baseline
        As of `summarize`.

    Raises
    ------
    ResultsError
        As of `summarize`.
    """
    measure, columns = metric_named(metric), tuple(by)
    rows = _rows(trials, columns)
    coarse = measure.share and rows * margin < 1
    standings = _standings(summary, columns, coarse)
    place = baseline_place(summary[list(columns)], baseline)
    base = None if place is None else standings[place]
    choice = choose(trials, design, metric=metric, by=columns)
    best, simplest = (None if found is None else standings[found] for found in (choice.best, choice.simplest))
    compared = tuple(each for each in standings if math.isfinite(each.p_holm))
    better = tuple(each for each in compared if each.p_holm < LEVEL and each.diff * measure.sign > 0)
    worse = tuple(each for each in compared if each.p_holm < LEVEL and each.diff * measure.sign < 0)
    not_distinguished = tuple(each for each in compared if each.p_holm >= LEVEL)
    table = grid(trials, metric, columns, design)
    case = _case(standings, table, best, base, compared, worse)
    outcome = _outcome(case, best, better, not_distinguished)
    unfinished = table.trials.sum() < table.values.size
    rival = None if unfinished else _rival(case, outcome, best, not_distinguished, measure)
    prospect = None
    if rival is not None:
        sd, ratio = table.differences(place).sd[rival.place], table.ratios_with(place)[rival.place]
        prospect = _prospect(rival, float(sd), float(ratio), compared, design, margin, coarse)
    return Decision(
        outcome=outcome,
        case=case,
        design=design,
        metric=measure,
        by=columns,
        margin=margin,
        standings=standings,
        best=best,
        baseline=base,
        simplest=None if simplest is best or unfinished else simplest,
        better=better,
        worse=worse,
        not_distinguished=not_distinguished,
        prospect=prospect,
        lacking=_lacking(trials, table, metric),
        instead=_instead(trials, metric),
        planned=table.values.size,
        rows=rows,
        coarse=coarse,
    )


def _standings(summary: pd.DataFrame, by: Sequence[str], coarse: bool) -> tuple[PointSummary, ...]:
    if coarse:
        summary = summary.assign(prob_same=summary["prob_same"].mask(summary["diff_low"] == summary["diff_high"]))
    numbers = [name for name in PointSummary.__dataclass_fields__ if name not in ("place", "point")]
    return tuple(
        PointSummary(place=place, point=tuple(row[column] for column in by), **{name: row[name] for name in numbers})
        for place, row in enumerate(summary.to_dict("records"))
    )


def _case(
    standings: Sequence[PointSummary],
    table: TrialMatrix,
    best: PointSummary | None,
    base: PointSummary | None,
    compared: Sequence[PointSummary],
    worse: Sequence[PointSummary],
) -> Situation:
    if not any(each.n for each in standings):
        return "nothing"
    if (table.trials > 0).sum() == 1:
        return "alone"
    if best is None:
        return "none whole"
    if base is None:
        return "no baseline"
    if not (compared if best is base else best in compared):
        return "too few"
    if best is base:
        return "baseline best"
    return "behind" if best in worse else "contrast"


def _outcome(
    case: Situation,
    best: PointSummary | None,
    better: Sequence[PointSummary],
    not_distinguished: Sequence[PointSummary],
) -> Conclusion:
    if case == "contrast" and best is not None:
        if best in better:
            return "winner"
        return "same" if best.prob_same >= CERTAIN else "unclear"
    if case == "baseline best" and not better:
        if not not_distinguished:
            return "winner"
        return "same" if all(each.prob_same >= CERTAIN for each in not_distinguished) else "unclear"
    return "unclear"


def _rival(
    case: Situation,
    outcome: Conclusion,
    best: PointSummary | None,
    not_distinguished: Sequence[PointSummary],
    measure: Metric,
) -> PointSummary | None:
    """Return the point whose comparison with the baseline more repeats might settle; of several the best."""
    if outcome != "unclear" or case not in ("contrast", "baseline best"):
        return None
    if case == "contrast":
        return best
    unsettled = [each for each in not_distinguished if not each.prob_same >= CERTAIN]
    return max(unsettled, key=lambda each: measure.sign * each.mean, default=None)


def _prospect(
    rival: PointSummary,
    sd: float,
    ratio: float,
    compared: Sequence[PointSummary],
    design: Design,
    margin: float,
    coarse: bool,
) -> RepeatsNeeded:
    """Reckon whether more repeats would settle how a point compares with the baseline, either way.

    To be told apart, it has to pass the level that Holm's method sets at its rank among the comparisons, counted from
    the largest p; ranks, means and the sd of the differences are taken to stay as they are.
    """
    rank = sum(each.p >= rival.p for each in compared)
    ways = {False: repeats_to_tell_apart(rival.diff, sd, design.folds, ratio, LEVEL / rank)}
    if sd > 0 or not coarse:
        ways[True] = repeats_to_be_same(rival.diff, sd, design.folds, ratio, margin, CERTAIN)
    repeats, same = min(((count, way) for way, count in ways.items() if count is not None), default=(None, False))
    allowed = 1 if abs(rival.diff) <= minimum_half_width(sd, ratio, LEVEL) else rank
    return RepeatsNeeded(
        rival=rival,
        repeats=None if repeats is None else max(repeats, design.repeats + 1),
        same=same,
        minimum_half_width=minimum_half_width(sd, ratio, LEVEL / allowed),
        compared=allowed,
    )


def _lacking(trials: pd.DataFrame, table: TrialMatrix, metric: str) -> tuple[tuple[str, int], ...]:
    """Count the trials without a result by status, in the order of its names; then those that are not there."""
    counts = trials.loc[trials[metric].isna() & (trials["status"] != MISSING), "status"].value_counts()
    absent = table.values.size - int(table.trials.sum())
    failed = tuple(sorted((str(status), int(count)) for status, count in counts.items()))
    return (*failed, (MISSING, absent)) if absent else failed


def _instead(trials: pd.DataFrame, metric: str) -> str | None:
    """Return the first of the usual metrics that all trials have which nothing went wrong in, if some lack this one."""
    fine = trials[trials["status"] == OK]
    if fine[metric].notna().all():
        return None
    return next((name for name in (*HELD_OUT, *OF_NUMBERS) if name in fine and fine[name].notna().all()), None)


def _rows(trials: pd.DataFrame, by: Sequence[str]) -> int:
    """Return how many rows the fullest repeat holds out."""
    held_out = trials.groupby([*by, "repeat"], dropna=False)["test_rows"].sum()
    return int(held_out.max()) if len(held_out) else 0
