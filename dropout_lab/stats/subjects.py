"""How points of a sweep are called, and what is said of them in passing."""

from __future__ import annotations

from collections.abc import Sequence

from dropout_lab.stats.decision import Decision, PointSummary
from dropout_lab.stats.phrases import basis, change, level, listed, name, number, span

__all__ = [
    "all_called",
    "called",
    "introduced",
    "is_or_are",
    "measured",
    "on_a_part",
    "ranked",
    "so_far",
    "the_others",
    "thing",
]


def introduced(decision: Decision, best: PointSummary) -> str:
    """Say which point is best, and how good it is: ``rate 0.2 is best (86.7%)``."""
    return f"{called(decision, best)} is {ranked(decision)} ({level(decision.metric, best.mean)})"


def ranked(decision: Decision) -> str:
    """Say what the best point is; as long as trials are missing, among which."""
    if not decision.missing:
        return "best"
    whole = sum(each.n == decision.design.trials for each in decision.points)
    if whole == 1:
        return f"the only {thing(decision)} with all its results"
    return f"best of the {number(whole)} {thing(decision)}s with all their results"


def measured(decision: Decision, one: PointSummary) -> str:
    """Say how far a point is from the baseline, and how sure that is."""
    interval = f"95% interval {span(decision.metric, one.diff_low, one.diff_high)}"
    if one.constant:
        interval = "the same in each pair"
    return f": {change(decision.metric, one.diff)}, {interval} ({basis(decision.design, one.pairs)})"


def on_a_part(decision: Decision, which: Sequence[PointSummary]) -> str:
    """Say that a comparison rests on a part of the pairs, if it does."""
    return " where both have a result" if any(each.pairs < decision.design.trials for each in which) else ""


def so_far(decision: Decision) -> str:
    """Say that there may yet be more, if there may."""
    return " yet" if decision.missing else ""


def the_others(decision: Decision, which: Sequence[PointSummary]) -> str:
    """Name points other than the one that is spoken of; all of them, if they are."""
    if len(which) == len(decision.points) - 1:
        return f"the other {thing(decision)}s"
    return all_called(decision, which)


def is_or_are(which: Sequence[PointSummary]) -> str:
    """Return the verb for so many points."""
    return "is" if len(which) == 1 else "are"


def thing(decision: Decision) -> str:
    """Return what a point of the sweep is."""
    return "rate" if decision.comparison.columns == ("rate",) else "point"


def called(decision: Decision, one: PointSummary) -> str:
    """Name a point: ``rate 0.2``, ``no dropout``."""
    return name(decision.comparison.columns, one.point)


def all_called(decision: Decision, which: Sequence[PointSummary]) -> str:
    """Name several points: ``rates 0.2, 0.3 and 0.5``, ``rates 0.5 to 0.9``."""
    return listed(decision.comparison.columns, [each.index for each in which], [each.point for each in decision.points])
