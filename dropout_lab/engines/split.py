"""Trials -> blocks. Pure; loads nothing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from dropout_lab.datasets import Dataset, folds
from dropout_lab.engines.contract import Block
from dropout_lab.plan import Trial

__all__ = ["LANES", "deal", "stack"]

LANES = 16
"""A stack is padded to a multiple of this many trials. Exponentials, divisions and the like give other last digits in
the tail of an array that is too short for the processor's vectors; so there is no tail."""

_LARGEST = 64
"""Trials in a stack. Beyond this a stack only grows, in memory and in what an interruption costs, not in speed."""


def deal(trials: Sequence[Trial], data: Dataset, jobs: int) -> list[Block]:
    """Deal trials out into as many blocks as are trained at once, so that what finishes is spread over the plan."""
    return [tuple(trials[start::jobs]) for start in range(min(jobs, len(trials)))]


def stack(trials: Sequence[Trial], data: Dataset, jobs: int) -> list[Block]:
    """Cut trials into stacks of equal shape and nearly equal size.

    A stack holds trials with the same number of batches in an epoch, and as few (repeat, fold) groups as it can, for
    a group's data, batches and draws are shared. There are enough stacks to keep `jobs` of them busy.

    Parameters
    ----------
    trials : sequence of Trial
    data : Dataset
    jobs : int
    """
    batches = {key: _batches(trial, data) for key, trial in {_group(trial): trial for trial in trials}.items()}
    ordered = sorted(trials, key=lambda trial: (batches[_group(trial)], *_group(trial)))
    blocks: list[Block] = []
    for _, same in itertools.groupby(ordered, key=lambda trial: batches[_group(trial)]):
        blocks += _even(list(same), jobs)
    return blocks


def _even(trials: list[Trial], jobs: int) -> list[Block]:
    """Cut into stacks of a whole number of lanes, none above `_LARGEST`, in rounds of `jobs` equal ones."""
    rounds = math.ceil(len(trials) / (jobs * _LARGEST))
    size = math.ceil(len(trials) / (rounds * jobs))
    if len(trials) > LANES:
        size = math.ceil(size / LANES) * LANES
    return [tuple(trials[start : start + size]) for start in range(0, len(trials), size)]


def _group(trial: Trial) -> tuple[int, int]:
    return trial.repeat, trial.fold


def _batches(trial: Trial, data: Dataset) -> int:
    evaluation = trial.experiment.evaluation
    split = folds(data.labels, evaluation.folds, trial.repeat, evaluation.split_seed)[trial.fold]
    return math.ceil(len(split.train) / trial.experiment.training.batch_size)
