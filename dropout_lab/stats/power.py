"""What more repeats can resolve, and what no number of them can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dropout_lab.stats.corrected_t import Estimate, chances, significance, upper_quantile

__all__ = ["minimum_half_width", "repeats_for_equivalence", "repeats_for_significance"]

_MOST = 2**40
"""Beyond so many repeats, none is taken to be enough."""


def minimum_half_width(sd: float, ratio: float, level: float = 0.05) -> float:
    """Return the half-width that an interval of a mean never gets below, however many repeats there are.

    The corrected variance of J differences, (1 / J + n_test / n_train) sd^2 (see `estimate`), tends to
    n_test / n_train sd^2, and Student's quantile to the normal one, 1.96 for a 95% interval: more repeats do not make
    more rows.

    Parameters
    ----------
    sd : float
        Standard deviation of the values, or of the paired differences.
    ratio : float
        n_test / n_train; 0 for a fixed split, which has no such limit but speaks of its own rows only.
    level : float
        1 minus the confidence.
    """
    return float(upper_quantile(np.asarray(np.inf), level)) * float(np.sqrt(ratio)) * sd


def repeats_for_significance(effect: float, sd: float, folds: int, ratio: float, level: float = 0.05) -> int | None:
    """Return how many repeats make the interval's half-width smaller than an effect, that is p less than the level.

    Parameters
    ----------
    effect : float
        In the unit of `sd`; its sign does not matter.
    sd : float
        Standard deviation of the paired differences, taken to stay as it is.
    folds : int
        Folds per repeat; 1 for a fixed split.
    ratio : float
        n_test / n_train; see `correction`.
    level : float
        1 minus the confidence.

    Returns
    -------
    int or None
        None if no number of repeats does: `minimum_half_width` is not below the effect.
    """
    if not minimum_half_width(sd, ratio, level) < abs(effect):
        return None
    return _fewest(lambda repeats: bool(significance(_after(effect, sd, repeats * folds, ratio))[1] < level))


def repeats_for_equivalence(
    effect: float, sd: float, folds: int, ratio: float, margin: float, certainty: float = 0.95
) -> int | None:
    """Return how many repeats show a difference to be within the margin, with the probability asked for.

    Parameters
    ----------
    effect, sd, folds, ratio
        As of `repeats_for_significance`.
    margin : float
        Differences up to this are practically none.
    certainty : float
        The probability asked for, as `chances` computes it.

    Returns
    -------
    int or None
        None if no number of repeats does.
    """
    if not abs(effect) < margin:
        return None
    return _fewest(lambda repeats: bool(chances(_after(effect, sd, repeats * folds, ratio), margin)[1] >= certainty))


def _after(effect: float, sd: float, values: int, ratio: float) -> Estimate:
    """Return the estimate that so many values will give if their mean and sd stay as they are."""
    n = np.asarray(float(values))
    return Estimate(n, np.asarray(effect), np.asarray(sd), np.sqrt(1 / n + ratio) * sd, n - 1)


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """Return the smallest number that is enough, every larger one being enough too; None if none is."""
    high = 1
    while not enough(high):
        high *= 2
        if high > _MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
