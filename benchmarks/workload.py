"""What every contender trains: the net of configs/sonar/hidden.yaml, at ten rates, on ten folds. Pure.

A test holds the numbers here to the shipped config.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

__all__ = [
    "BATCH_SIZE",
    "EPOCHS",
    "FOLDS",
    "HIDDEN",
    "LEARNING_RATE",
    "MAX_NORM",
    "MOMENTUM",
    "RATE",
    "RATES",
    "SIZES",
    "SPLIT_SEED",
    "Trial",
    "grid",
    "sample",
]

HIDDEN = (60, 30)
"""Units of the hidden layers: relu, glorot_uniform, each followed by dropout; then one sigmoid output."""

MAX_NORM = 3.0
"""Largest norm of the weights into a hidden unit."""

LEARNING_RATE, MOMENTUM = 0.1, 0.9
BATCH_SIZE, EPOCHS = 16, 300
FOLDS, SPLIT_SEED = 10, 7
RATE = 0.2
RATES = tuple(tenth / 10 for tenth in range(10))

SIZES = (1, 10, 100, 1000)
"""Numbers of trials: one fold, all folds, all folds at ten rates, that ten times over."""


class Trial(NamedTuple):
    """One training of one net."""

    rate: float
    repeat: int
    fold: int


def grid(trials: int) -> tuple[tuple[float, ...], int, int]:
    """Return the rates, the number of repeats and the number of folds that make so many trials.

    Raises
    ------
    ValueError
        If the number is not 1, 10 or a multiple of 100.
    """
    if trials == 1:
        return (RATE,), 1, 1
    if trials == FOLDS:
        return (RATE,), 1, FOLDS
    repeats, left = divmod(trials, len(RATES) * FOLDS)
    if left or repeats < 1:
        raise ValueError(f"{trials} trials: expected 1, {FOLDS} or a multiple of {len(RATES) * FOLDS}")
    return RATES, repeats, FOLDS


def sample(trials: int, most: int | None = None) -> tuple[Trial, ...]:
    """Return the trials of a workload of that size, or the first of them if a contender takes too long for all.

    The folds at the config's own rate come first: the time of a trial hardly depends on its rate, and this way a
    part of the folds is what a user's cross-validation at one rate would train.

    Parameters
    ----------
    trials : int
    most : int, optional
    """
    rates, repeats, folds = grid(trials)
    every = (Trial(*each) for each in itertools.product(rates, range(repeats), range(folds)))
    return tuple(sorted(every, key=lambda trial: (trial.repeat, trial.rate != RATE, trial.rate, trial.fold))[:most])
