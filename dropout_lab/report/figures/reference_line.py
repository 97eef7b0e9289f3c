"""The line that marks what predictions reach that do not look at the inputs."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from matplotlib.axes import Axes

from dropout_lab.analysis.metric_format import MetricFormat
from dropout_lab.report.figures.palette import DUMMY_LINE
from dropout_lab.stats.phrases import capital

__all__ = ["DummyLine"]

_REACH = 0.5
"""How far from what is drawn a line may be, as a share of its height: one that is farther would flatten the rest."""


@dataclass(frozen=True)
class DummyLine:
    """A dummy's value, where it is known.

    Attributes
    ----------
    scale : MetricFormat
    value : float
        Missing if it is unknown.
    near : bool
        Whether it is near enough to what is drawn.
    """

    scale: MetricFormat
    value: float
    near: bool

    @classmethod
    def beside(cls, scale: MetricFormat, value: float, drawn: Collection[float]) -> DummyLine:
        """Decide whether the line is drawn beside these values."""
        known = [each for each in drawn if math.isfinite(each)]
        low, high = min(known), max(known)
        return cls(scale, value, low - _REACH * (high - low) <= value <= high + _REACH * (high - low))

    @property
    def sentence(self) -> str:
        """What it is, for a caption; empty if it is unknown."""
        if not math.isfinite(self.value):
            return ""
        value = self.scale.text(self.value)
        if self.near:
            return f"Dotted: {self.scale.dummy}, {value}."
        return f"{capital(self.scale.dummy)} ({value}) is too far away to be drawn."

    def draw(self, area: Axes) -> None:
        """Draw it, if it is near."""
        if self.near:
            area.axhline(self.value, zorder=0.7, label=f"dummy ({self.scale.text(self.value)})", **DUMMY_LINE)
