"""Standard errors of means over rows and trained networks, two crossed sources of chance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.stats.estimates import Estimate, Influence, all_equal

__all__ = ["Cells", "cluster_robust"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Which row and which trained network each value of a row belongs to; a row held out in R repeats has R cells.

    Attributes
    ----------
    unit : array of shape (cells,), int64
        The row; where rows are held out by group, the group. Counted from 0.
    network : array of shape (cells,), int64
        The repeat and fold, counted from 0. Networks of one number at two points are a pair.
    minimum_error : float
        The least standard error that a mean can have, see `cluster_robust`.
    instability : float
        How much of the rows' part of the variance is added for their effect in training, see `cluster_robust`.
    """

    unit: NDArray[np.int64]
    network: NDArray[np.int64]
    minimum_error: float = 0.0
    instability: float = 0.0


def cluster_robust(estimates: Estimate, values: Array, cells: Cells) -> Estimate:
    """Give estimates of means over trials the standard errors that the rows' values show.

    The mean over trials of the means over their rows is a weighted mean of all cells. Its variance is estimated by
    clusters (Cameron, Gelbach and Miller, "Robust inference with multiway clustering", Journal of Business and Economic
    Statistics 29, 2011): with e a cell's deviation from the mean, times its weight,

        V = V_units + max(V_networks - V_cells, 0),

    each the sum of the squared sums of e over the clusters, times G / (G - 1) for G clusters. V_units alone is the
    variance between rows, each averaged over the repeats: the interval of Bayle, Bayle, Janson and Mackey
    ("Cross-validation confidence intervals for test error", NeurIPS 2020) for cross-validation, asymptotically exact
    for k-fold test error if learning is stable. V_networks - V_cells is what networks differ by beyond what their rows
    explain, as when training collapses on some folds, or with some seeds on a fixed split. With one network a point it
    is unknown and left out: the standard error then speaks of other rows only. The degrees of freedom are
    Satterthwaite's (Biometrics Bulletin 2, 1946) for the two terms.

    Parameters
    ----------
    estimates : Estimate
        Of the same means from the trials; n, mean and sd stay.
    values : array of shape (points, cells)
        The `row values <Metric.row_values>` of the metric, or their differences; missing for networks without a result.
    cells : Cells

    Returns
    -------
    Estimate

    Notes
    -----
    Of the variance between rows, what a row's cells vary by from repeat to repeat is due to training and shrinks with
    their number; the rest is `row_error`, unknown as long as a row has one cell.

    The influences are the sums of e over each row and over each network. Where seeds differ by more than rows, what
    points have in common in their rows does not say how far they depend on one another.

    A metric of predicted classes changes in steps of a row, one of ranks in steps of half a row, and rows that all
    agree show no spread at all; so the variance is increased by the square of `minimum_error`. For classes that amounts
    to one further row on which two points differ: half a row that only the one predicts right and half a row that only
    the other does (Agresti and Min, "Effects and non-effects of paired identical observations in comparing proportions
    with binary matched-pairs data", Statistics in Medicine 23, 2004, add half a row to each cell).

    The variance between rows takes training to be stable: that no single row, as one that is trained on, moves the
    values of many others. Values of predicted classes are nearly so; probabilities and losses less, which shows once
    repeats have averaged the noise of training out. So `instability` times the rows' part of the variance is added: 0
    for metrics of predicted classes, 0.75 for others with bounds, and for those of predicted classes where each of many
    has `few rows <row_matrix.few_per_class>`, 1.5 for those without bounds. With one cell a row the rows' part is
    unknown, and half of the variance is taken for it. These numbers are what
    ``python -m benchmarks.calibration`` found to be enough for networks of this program; no general bound exists
    (Bengio and Grandvalet, "No unbiased estimator of the variance of k-fold cross-validation", JMLR 5, 2004).
    """
    known = np.isfinite(values)
    both, pair_unit = _intersections(cells)
    codes = cells.unit, cells.network, both
    members = [_members(known, code) for code in codes]
    counts = [(each > 0).sum(axis=1).astype(np.float64) for each in members]
    networks = counts[1]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        weight = np.where(members[1] > 0, 1 / (networks[:, None] * members[1]), 0.0)[:, cells.network]
        mean = np.einsum("ij,ij->i", weight, np.where(known, values, 0.0))[:, None]
        deviation = weight * np.where(known & ~all_equal(values)[:, None], values - mean, 0.0)
        by_unit, by_network, by_both = (_sums(deviation, code) for code in codes)
        units, between_networks, within = (
            np.where(count > 1, count / (count - 1), np.nan) * (sums**2).sum(axis=1)
            for sums, count in zip((by_unit, by_network, by_both), counts, strict=True)
        )
        excess = np.where(networks > 1, np.maximum(between_networks - within, 0), 0.0)
        rows = units - _training_part(by_both, members[2] > 0, by_unit, pair_unit)
        unstable = cells.instability * np.where(np.isfinite(rows), np.maximum(rows, 0), (units + excess) / 2)
        variance = units + excess + unstable + cells.minimum_error**2
        share = np.where(excess > 0, excess / (units + excess), 0.0)
        satterthwaite = 1 / ((1 - share) ** 2 / (counts[0] - 1) + share**2 / np.maximum(networks - 1, 1))
        df = np.where(share > 0, satterthwaite, counts[0] - 1)
    known_rows = counts[0] > 1
    row_variance = (1 + cells.instability) * np.maximum(rows, 0) + cells.minimum_error**2
    return replace(
        estimates,
        error=np.sqrt(np.where(known_rows, variance, np.nan)),
        df=np.where(known_rows, df, 0.0),
        row_error=np.sqrt(np.where(known_rows, row_variance, np.nan)),
        influence=Influence(by_unit, by_network, _scale(by_unit, units + unstable), _scale(by_network, excess)),
    )


def _scale(sums: Array, variance: Array) -> Array:
    """Return what to multiply sums over clusters by so that their squares add up to a variance; 0 where they are 0."""
    squares = np.einsum("ij,ij->i", sums, sums)
    known = (squares > 0) & np.isfinite(variance)
    scale: Array = np.sqrt(np.divide(variance, squares, out=np.zeros_like(squares), where=known))
    return scale


def _training_part(by_both: Array, known: NDArray[np.bool_], by_unit: Array, unit: NDArray[np.int64]) -> Array:
    """Return the part of the variance between units that comes from training: missing unless each has two cells.

    A unit's sum is one of R independent cells, of which the deviations from their mean show the variance of each.
    """
    count = _members(known, unit)
    if ((count == 1).any(axis=1) | (count == 0).all(axis=1)).all():
        return np.full(len(count), np.nan)
    own = np.where(count > 0, by_unit / count, 0.0)
    squares = _sums(np.where(known, by_both - own[:, unit], 0.0) ** 2, unit)
    part: Array = np.where(count > 0, count / (count - 1) * squares, 0.0).sum(axis=1)
    return np.where(((count == 0) | (count > 1)).all(axis=1), part, np.nan)


def _intersections(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which cells are of the same unit and network, as codes, and the unit of each code."""
    networks = int(cells.network.max(initial=0)) + 1
    found, code = np.unique(cells.unit * networks + cells.network, return_inverse=True)
    return code, found // networks


def _members(known: NDArray[np.bool_], code: NDArray[np.int64]) -> Array:
    """Count the known columns that share a code, of shape (points, codes); once if all points have the same columns."""
    some, columns = np.logical_or.reduce(known, axis=1)[:, None], np.logical_or.reduce(known, axis=0)[None, :]
    if (known == (some & columns)).all():
        return np.where(some, _sums(columns.astype(np.float64), code), 0.0)
    return _sums(known.astype(np.float64), code)


def _sums(values: Array, code: NDArray[np.int64]) -> Array:
    """Sum the columns that share a code: shape (points, codes)."""
    points, codes = len(values), int(code.max(initial=-1)) + 1
    if np.bincount(code).max(initial=0) <= 1:  # nothing to add up, as of rows and networks where no rows are grouped
        sums = np.zeros((points, codes))
        sums[:, code] = values
        return sums
    flat = (np.arange(points)[:, None] * codes + code).ravel()
    return np.bincount(flat, values.ravel(), points * codes).astype(np.float64, copy=False).reshape(points, codes)
