"""What more repeats, or more rows, would resolve."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dropout_lab.stats.estimates import Estimate, chances, upper_quantile

__all__ = ["Precision", "precision_of"]


@dataclass(frozen=True)
class Precision:
    """The standard error of a difference, as a function of the number of repeats.

    Attributes
    ----------
    diff : float
    row_error : float
        What rows contribute, whatever the number of repeats; missing where unknown.
    training_error : float
        What training contributes with the repeats that there are.
    df : float
    repeats : int
        How many there are.
    """

    diff: float
    row_error: float
    training_error: float
    df: float
    repeats: int

    @property
    def known(self) -> bool:
        """Whether rows and training can be told apart: each row is held out twice at least."""
        return math.isfinite(self.row_error) and math.isfinite(self.training_error)

    def error(self, repeats: float) -> float:
        """Return the standard error with so many repeats: of its square, the part from training is as 1 / repeats."""
        return math.hypot(self.row_error, self.training_error * math.sqrt(self.repeats / repeats))

    def half_width(self, repeats: float, level: float) -> float:
        """Return the half-width of the interval at a level with so many repeats."""
        return float(upper_quantile(np.asarray(self.df), level)) * self.error(repeats)

    def repeats_for_significance(self, level: float) -> int | None:
        """Return with how many repeats the interval would exclude 0, the difference being as it is; None if never."""
        needed = abs(self.diff) / float(upper_quantile(np.asarray(self.df), level))
        return self._repeats_for(needed)

    def repeats_for_equivalence(self, margin: float, certainty: float) -> int | None:
        """Return with how many repeats the difference would be within the margin with a probability; None if never."""
        low, high = 0.0, margin
        for _ in range(60):  # the largest standard error that is small enough
            middle = (low + high) / 2
            low, high = (middle, high) if self._within(middle, margin) >= certainty else (low, middle)
        return self._repeats_for(low)

    def rows_for_significance(self, rows: int, level: float) -> int:
        """Return how many rows like these `rows` would show the difference, with as many repeats as there are."""
        needed = abs(self.diff) / float(upper_quantile(np.asarray(self.df), level))
        return math.ceil(rows * (self.error(self.repeats) / needed) ** 2)

    def _within(self, error: float, margin: float) -> float:
        unknown, diff, found, df = map(np.asarray, (math.nan, self.diff, error, self.df))
        return float(chances(Estimate(unknown, diff, unknown, found, df, unknown), margin)[1])

    def _repeats_for(self, error: float) -> int | None:
        left = (error - self.row_error) * (error + self.row_error)
        repeats = self.repeats * self.training_error * self.training_error / left if left > 0 else math.inf
        return math.ceil(repeats) if math.isfinite(repeats) else None


def precision_of(differences: Estimate, index: int, repeats: int) -> Precision:
    """Return the precision of one of several differences that rest on so many repeats."""
    error, row_error = float(differences.error[index]), float(differences.row_error[index])
    row_error = min(row_error, error)
    training_error = math.sqrt((error - row_error) * (error + row_error))
    return Precision(float(differences.mean[index]), row_error, training_error, float(differences.df[index]), repeats)
