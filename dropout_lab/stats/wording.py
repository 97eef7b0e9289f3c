"""How a decision's points, numbers and evidence are written, for the sentences of a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dropout_lab.metrics.metric import DUMMIES
from dropout_lab.stats.decision import Decision, PointSummary
from dropout_lab.stats.phrases import change, counted, listed, name, named_value, number, span

__all__ = ["Wording", "is_or_are"]

_ROUNDING = 1e-9
"""Means that differ by less are equal but for rounding."""


@dataclass(frozen=True)
class Wording:
    """The words for a decision."""

    decision: Decision

    @property
    def noun(self) -> str:
        """What a point of the sweep is."""
        return "rate" if self.decision.comparison.columns == ("rate",) else "point"

    @property
    def yet(self) -> str:
        """That there may be more to come, if there may."""
        return " yet" if self.decision.missing else ""

    @property
    def interval(self) -> str:
        """What an interval is: ``95% interval``."""
        return f"{100 * self.decision.comparison.confidence:g}% interval"

    @property
    def evidence(self) -> str:
        """What the standard errors rest on: ``these 208 rows``, ``these 190 distinct rows``."""
        decision = self.decision
        if decision.basis == "trials":
            return "these seeds" if decision.design.fixed else "these folds"
        if decision.basis == "blocks":
            return f"these {decision.units:,} blocks of time"
        if decision.basis == "distinct rows":
            return f"these {decision.units:,} distinct rows"
        return f"these {decision.rows:,} rows" if decision.basis == "rows" else "these groups"

    def better_than_dummy(self, points: Sequence[PointSummary]) -> str:
        """Say what points are not: ``significantly better than always guessing the most frequent class (95.6%)``."""
        metric = self.decision.metric
        ahead = any(metric.sign * (point.mean - point.dummy) > _ROUNDING for point in points)
        degree = "significantly " if ahead else ""
        return f"{degree}better than {DUMMIES[metric.dummy]} ({named_value(metric, self.decision.dummy)})"

    @property
    def may_be_best(self) -> str:
        """Which points may be the best, and which are worse."""
        points, contenders, level = self.decision.points, self.decision.contenders, self.decision.comparison.level
        worse = [point for point in points if point.p_best < level and point not in contenders]
        everyone = len(contenders) == len(points)
        if everyone and len(contenders) == 2:
            text = f"as far as {self.evidence} can tell, either {self.noun} may be the best"
        else:
            subject = f"the {number(len(contenders))} {self.noun}s" if everyone else self.names(contenders)
            text = f"as far as {self.evidence} can tell, {subject} may each be the best"
        return f"{text}; {self.names(worse)} {is_or_are(worse)} worse" if worse else text

    def name(self, point: PointSummary) -> str:
        """Name a point: ``rate 0.2``, ``no dropout``."""
        return name(self.decision.comparison.columns, point.point)

    def names(self, points: Sequence[PointSummary]) -> str:
        """Name several points: ``rates 0.2, 0.3 and 0.5``, ``rates 0.5 to 0.9``."""
        every = [point.point for point in self.decision.points]
        return listed(self.decision.comparison.columns, [point.index for point in points], every)

    def at(self, point: PointSummary) -> str:
        """Return where a point is: ``at rate 0.2``, ``without dropout``."""
        text = self.name(point)
        return "without dropout" if text == "no dropout" else f"at {text}"

    def value_and_basis(self, point: PointSummary) -> str:
        """Write the value of a point and what it rests on."""
        return f"{named_value(self.decision.metric, point.mean)}, {self.basis(point.n)}"

    def difference(self, point: PointSummary) -> str:
        """Write the difference from the baseline, its interval, and what it rests on."""
        interval = f"{self.interval} {span(self.decision.metric, point.diff_low, point.diff_high)}"
        interval = "the same in each pair" if point.constant else interval
        return f"{change(self.decision.metric, point.diff)}, {interval} ({self.basis(point.pairs)})"

    def basis(self, count: int) -> str:
        """Write what `count` results or pairs of them come from: ``10 x 10 folds``, ``4 of the 5 seeds``."""
        design = self.decision.design
        if design.fixed:
            text = counted(design.repeats, "seed")
        else:
            text = f"{design.repeats} x {design.folds} folds" if design.repeats > 1 else f"{design.folds} folds"
        return text if count == design.trials else f"{count:,} of the {text}"

    def in_part(self, points: Sequence[PointSummary]) -> str:
        """Say that a comparison rests on a part of the pairs, if it does."""
        partly = any(point.pairs < self.decision.design.trials for point in points)
        return " where both have results" if partly else ""


def is_or_are(points: Sequence[PointSummary]) -> str:
    """Return the verb after points."""
    return "is" if len(points) == 1 else "are"
