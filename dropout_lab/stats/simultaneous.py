"""Many comparisons at once: what holds for all of them, by their joint distribution."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]  # the normal distribution and its inverse

from dropout_lab.stats.estimates import Influence

__all__ = ["adjusted", "drawn_parts", "draws", "holm", "joint_level", "standardized"]

Array = NDArray[np.float64]

_DRAWS, _FEWEST = 20_000, 2_000
_MOST_NUMBERS = 50_000_000
"""Of draws and pairs of points, which bounds the time that sweeps of hundreds of points take."""


def draws(influence: Influence) -> Array:
    """Draw from the joint distribution of estimates under the hypothesis that nothing differs.

    The multiplier bootstrap over rows and networks: the influence of each times a standard normal number of its own
    (Chernozhukov, Chetverikov and Kato, "Gaussian approximations and multiplier bootstrap for maxima of sums of
    high-dimensional random vectors", Annals of Statistics 41, 2013). Its distribution is normal with the influences'
    covariance, from which it is drawn directly.

    Returns
    -------
    array of shape (draws, points)
        The same numbers whenever called with the same influences.
    """
    rows, networks = drawn_parts(influence)
    drawn: Array = influence.row_scale[:, np.newaxis] * rows + influence.network_scale[:, np.newaxis] * networks
    return drawn.T


def drawn_parts(influence: Influence) -> tuple[Array, Array]:
    """Draw what rows and what networks contribute before they are scaled; both of shape (points, draws)."""
    return _drawn(influence.rows, 0), _drawn(influence.networks, 1)


def _drawn(sums: Array, seed: int) -> Array:
    """Draw normal numbers with the covariances that products of sums add up to."""
    largest = np.abs(sums).max(initial=0.0)
    scaled = sums / largest if largest > 0 else sums
    spread = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))[:, np.newaxis]
    scaled = np.divide(scaled, spread, out=np.zeros_like(scaled), where=spread > 0)
    values, vectors = np.linalg.eigh(scaled @ scaled.T)  # of correlations, so that rounding is small beside any spread
    root = largest * spread * vectors * np.sqrt(np.maximum(values, 0))
    count = int(min(max(_MOST_NUMBERS / max(len(sums), 1) ** 2, _FEWEST), _DRAWS))
    drawn: Array = root @ _normal(seed, len(sums), count)
    return drawn


@lru_cache(maxsize=4)
def _normal(seed: int, points: int, count: int) -> Array:
    """Return standard normal numbers, of shape (points, count): the same ones each time, not to be changed."""
    return np.random.default_rng(seed).standard_normal((points, count))


def standardized(drawn: Array) -> Array:
    """Return draws as multiples of their standard deviations; of an estimate without any, 0."""
    spread = np.sqrt(np.einsum("ij,ij->j", drawn, drawn) / len(drawn))
    found: Array = drawn * np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)
    return found


def adjusted(p: Array, drawn: Array | None) -> Array:
    """Adjust p-values so that the chance of even one false alarm among them stays at the level asked for.

    Step-down by the smallest p (Romano and Wolf, "Exact and approximate stepdown methods for multiple hypothesis
    testing", Journal of the American Statistical Association 100, 2005; Westfall and Young 1993): the adjusted p of a
    comparison is the chance that the smallest p among it and all with a larger p is as small, if nothing differs.

    Parameters
    ----------
    p : array of shape (comparisons,)
        Two-sided. Missing ones are no comparisons and stay missing.
    drawn : array of shape (draws, comparisons), or None
        See `draws`. Without it, the comparisons' dependence is unknown: `holm`.
    """
    if drawn is None:
        return holm(p)
    found = np.full_like(p, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    if not len(known):
        return found
    order = known[np.argsort(p[known], kind="stable")]
    sizes = np.abs(standardized(drawn[:, order]))
    largest = np.maximum.accumulate(sizes[:, ::-1], axis=1)[:, ::-1]
    beyond = (largest >= -ndtri(p[order] / 2)).mean(axis=0)
    found[order] = np.maximum.accumulate(np.maximum(beyond, p[order]))
    return found


def joint_level(compared: NDArray[np.bool_], drawn: Array | None, level: float) -> float:
    """Return the level at which each comparison is made so that all intervals hold at once with the chance 1 - level.

    Parameters
    ----------
    compared : array of shape (comparisons,), bool
        Which are comparisons.
    drawn
        As of `adjusted`; without it Bonferroni's, the level divided by the number of comparisons.
    level : float
    """
    count = int(compared.sum())
    if count < 2:
        return level
    if drawn is None:
        return level / count
    largest = np.abs(standardized(drawn[:, compared])).max(axis=1)
    return float(min(max(2 * ndtr(-np.quantile(largest, 1 - level)), level / count), level))


def holm(p: Array) -> Array:
    """Adjust p-values as `adjusted` does, whatever their dependence.

    The k-th smallest of m becomes the largest of (m - j + 1) p_j over j <= k, at most 1 (Holm, Scandinavian Journal of
    Statistics 6, 1979).

    Parameters
    ----------
    p : array of shape (comparisons,)
        Missing ones are no comparisons and stay missing.
    """
    found = np.full_like(p, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1)
    return found
