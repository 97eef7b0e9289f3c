"""The Monte-Carlo prediction: the mean over many passes with dropout on.

It stands beside the usual one, for which dropout is off and each unit stands for its mean (Srivastava et al. 2014,
section 7.5, compare the two; Gal and Ghahramani 2016, "Dropout as a Bayesian approximation", take the mean for a
Bayesian prediction).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dropout_lab.plan import Trial
from dropout_lab.seeds import derive_seed

__all__ = ["mean", "monte_carlo_seed"]


def monte_carlo_seed(trial: Trial) -> int:
    """Return the seed of the draws in a trial's passes: of a stream of its own, the same for all rates of a fold."""
    return derive_seed(trial.seed, "monte carlo")


def mean(passes: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean of arrays of the same shape, one at a time; of equal ones, exactly what they are.

    Parameters
    ----------
    passes : iterable of array
        At least one.
    """
    so_far: NDArray[np.float64] = np.zeros(())
    for number, each in enumerate(passes, 1):
        so_far = so_far + (each - so_far) / number
    return so_far
