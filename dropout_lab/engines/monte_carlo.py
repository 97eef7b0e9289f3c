"""The Monte-Carlo prediction: the mean over many passes with dropout on.

It is reported besides the usual prediction with dropout off, in which each unit has its mean (Srivastava et al. 2014,
section 7.5, compare the two; Gal and Ghahramani 2016, "Dropout as a Bayesian approximation", interpret the mean as a
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
    """Return the seed of the draws in a trial's passes: a stream of their own, the same for all rates of a fold."""
    return derive_seed(trial.seed, "monte carlo")


def mean(passes: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the running mean of arrays of the same shape; of equal arrays, exactly their value.

    Parameters
    ----------
    passes : iterable of array
        At least one.
    """
    average: NDArray[np.float64] = np.zeros(())
    for number, values in enumerate(passes, 1):
        average = average + (values - average) / number
    return average
