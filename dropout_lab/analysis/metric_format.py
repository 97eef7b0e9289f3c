"""How the values of a metric are written and drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dropout_lab.analysis.formatting import number, percent, points, typeset, width
from dropout_lab.metrics.metric import DUMMIES, Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats.phrases import change, figure, span

__all__ = ["MetricFormat", "metric_format"]


@dataclass(frozen=True)
class MetricFormat:
    """A metric of held-out rows in tables and figures.

    Attributes
    ----------
    metric : Metric
    """

    metric: Metric

    @property
    def unit(self) -> str:
        """The unit of its values: ``%``, ``nats``."""
        return "%" if self.metric.share else self.metric.unit

    @property
    def step(self) -> str:
        """The unit of its differences: ``points``, ``nats``."""
        return "points" if self.metric.share else self.metric.unit

    @property
    def name(self) -> str:
        """The column of the trials."""
        return self.metric.name

    @property
    def title(self) -> str:
        """What it is called: ``accuracy``, ``AUC``."""
        return self.metric.title

    @property
    def label(self) -> str:
        """The label of a figure's axis, with the unit."""
        return f"held-out {self.title}" + (f" ({self.unit})" if self.unit else "")

    @property
    def head(self) -> str:
        """The head of a column of its values, with the unit unless each value has it."""
        return self.title if self.metric.share or not self.unit else f"{self.title} ({self.unit})"

    def head_of(self, what: str) -> str:
        """Return the head of a column of differences or spreads: ``sd (points)``, ``difference (nats)``, ``sd``."""
        return f"{what} ({self.step})" if self.step else what

    @property
    def dummy(self) -> str:
        """What predictions without a look at the inputs do: ``always predicting the mean``; empty if unfit."""
        return DUMMIES.get(self.metric.dummy, "")

    @property
    def better(self) -> str:
        """Where better values lie: ``above`` or ``below``."""
        return "above" if self.metric.sign > 0 else "below"

    @property
    def worse(self) -> str:
        """Where worse values lie."""
        return "below" if self.metric.sign > 0 else "above"

    @property
    def meaning(self) -> str:
        """What it measures."""
        return self.metric.meaning

    def brief(self, value: float) -> str:
        """Write a value in three digits at most: ``86.9%``, ``0.4``; ``-`` where there is none."""
        return percent(value) if self.metric.share else number(value)

    def text(self, value: float) -> str:
        """Write a value with its unit: ``86.9%``, ``0.412 nats``."""
        return self.brief(value) + ("" if self.metric.share or not self.unit else f" {self.unit}")

    def cell(self, value: float) -> str:
        """Write a value for a column with `head`; ``-`` where there is none."""
        return figure(self.metric, value) if math.isfinite(value) else "-"

    def ends(self, low: float, high: float) -> str:
        """Write the interval of a mean, as much of it as can be; ``-`` where there is none."""
        return f"{self.cell(self.within(low))} to {self.cell(self.within(high))}" if math.isfinite(low) else "-"

    def size(self, value: float) -> str:
        """Write how large a difference is, in steps; ``-`` where there is none."""
        if not math.isfinite(value):
            return "-"
        return f"{value * 100:.1f}" if self.metric.share else number(value)

    def difference(self, value: float) -> str:
        """Write a difference with its sign, in steps; ``-`` where there is none."""
        if not math.isfinite(value):
            return "-"
        return points(value) if self.metric.share else typeset(change(self.metric, value))

    def span(self, low: float, high: float) -> str:
        """Write an interval of differences, in steps; ``-`` where there is none."""
        return typeset(span(self.metric, low, high)) if math.isfinite(low) else "-"

    def near(self, margin: float) -> str:
        """Write a margin with its unit: ``1 point``, ``0.01 nats``."""
        return width(margin) if self.metric.share else f"{margin:g} {self.step}".strip()

    def within(self, value: float) -> float:
        """Return the end of an interval, or the value nearest to it that a mean can have."""
        return min(max(value, self.metric.minimum), self.metric.maximum)


def metric_format(name: str) -> MetricFormat:
    """Return how the metric of that name is written."""
    return MetricFormat(METRICS[name])
