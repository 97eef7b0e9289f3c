"""Trials -> blocks. How they are cut never changes a number."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence

import numpy as np

from dropout_lab.config import Experiment, without_defaults
from dropout_lab.datasets import Dataset, splits
from dropout_lab.engines.fold_data import dtype_of, outputs_for
from dropout_lab.engines.interface import Block
from dropout_lab.plan import Trial
from dropout_lab.provenance import memory

__all__ = ["LANES", "padding_multiple", "single_trial_blocks", "stack", "trace_key"]

LANES = 16
"""Elements in the widest vector of today's processors, in float32."""

_COPIES = 8
"""Arrays of the size of the weights that live at once: weights, two slots, gradient, and what an update makes."""

_COPIES_OF_BEST = 2
"""The same, more where training may end early: the best epoch's, and what takes their place."""

_COPIES_OF_MASKED = 4
"""The same, more where weights are dropped: draws, masks, what they leave, and its gradient."""

_STRENGTHS = ("rate", "stddev")

_MOST_DATA = 2**28
"""Bytes of inputs in all stacks that are trained at once: each fold has its own, of which several copies are made."""

_LARGEST = 64
"""Trials in a stack. Twice as many were a tenth faster in one thread, at more memory and more to lose when stopped."""


def single_trial_blocks(trials: Sequence[Trial], data: Dataset, jobs: int, room: int | None = None) -> list[Block]:
    """Make a block of each trial."""
    return [(trial,) for trial in trials]


def trace_key(experiment: Experiment) -> str:
    """Return what trials of one traced program have in common: all but how strong their dropout is, and their seeds."""
    said = without_defaults(experiment)
    said["dropout"] = {key: value for key, value in said["dropout"].items() if key not in _STRENGTHS}
    said["hidden"] = experiment.hidden  # which may depend on the rate
    return json.dumps(said, sort_keys=True, default=str)


def stack(trials: Sequence[Trial], data: Dataset, jobs: int, room: int | None = None) -> list[Block]:
    """Cut trials into stacks of equal shape and nearly equal size.

    A stack holds trials of one frame with the same number of batches in an epoch, and as few (repeat, fold) groups as
    it can, for a group's data, batches and draws are shared. There are enough stacks to keep `jobs` of them busy.

    Parameters
    ----------
    trials : sequence of Trial
    data : Dataset
    jobs : int
    room : int, optional
        Bytes of memory for a stack that is trained elsewhere. If it is left out all are trained here, in half of the
        memory that is free, so many at once.
    """
    inputs = _MOST_DATA // jobs if room is None else min(_MOST_DATA, room // _COPIES)
    room = room or int(memory() / 2 / jobs)
    frames: dict[str, list[Trial]] = {}
    for trial in trials:
        frames.setdefault(trace_key(trial.experiment), []).append(trial)
    share = math.ceil(jobs / len(frames))  # a sweep of many frames has blocks enough without cutting them small
    return [block for some in frames.values() for block in _stacks(some, data, share, room, inputs)]


def _stacks(trials: Sequence[Trial], data: Dataset, share: int, room: int, inputs: int) -> list[Block]:
    """Cut the trials of one frame, of which `share` blocks are to be trained at once, each with so many bytes."""
    largest = _largest(trials[0].experiment, data, room)
    batches = _batches(trials, data)
    ordered = sorted(trials, key=lambda trial: (batches[_group(trial)], *_group(trial)))
    blocks: list[Block] = []
    for _, same in itertools.groupby(ordered, key=lambda trial: batches[_group(trial)]):
        groups = [list(group) for _, group in itertools.groupby(same, key=_group)]
        most = min(_most_groups(trials[0].experiment, data, inputs), len(groups))
        for start in range(0, len(groups), most):
            blocks += _even(list(itertools.chain(*groups[start : start + most])), share, largest)
    return blocks


def _most_groups(experiment: Experiment, data: Dataset, room: int) -> int:
    """Return of how many (repeat, fold) groups a stack may hold the data in so many bytes."""
    size = len(data.labels) * data.inputs * np.dtype(dtype_of(experiment)).itemsize
    return max(1, room // size)


def _even(trials: list[Trial], jobs: int, largest: int) -> list[Block]:
    """Cut into stacks of nearly equal size, none above `largest`, in rounds of `jobs`."""
    rounds = math.ceil(len(trials) / (jobs * largest))
    count = min(len(trials), rounds * jobs)
    ends = [len(trials) * number // count for number in range(count + 1)]
    return [tuple(trials[start:end]) for start, end in itertools.pairwise(ends)]


def _largest(experiment: Experiment, data: Dataset, room: int) -> int:
    """Return how many trials a stack may hold in so many bytes: whole lanes, for padding takes memory too."""
    fit = min(_LARGEST, int(room / _bytes_of_a_trial(experiment, data)))
    step = padding_multiple(experiment, outputs_for(data))
    return max(step, fit // step * step)


def _bytes_of_a_trial(experiment: Experiment, data: Dataset) -> int:
    """Estimate the memory a trial takes in a stack: weights with their update, and all rows passed through the net."""
    rows, inputs = len(data.labels), data.inputs
    widths = [inputs, *experiment.hidden, len(data.classes)]
    weights = sum(below * above for below, above in itertools.pairwise(widths))
    copies = _COPIES + (_COPIES_OF_MASKED if experiment.dropout.kind == "dropconnect" else 0)
    copies += _COPIES_OF_BEST if experiment.training.early_stopping else 0
    asked_for = experiment.evaluation.monte_carlo or experiment.evaluation.measures
    held = rows * sum(widths) if asked_for else 0  # the draws or activations of all layers
    return (copies * weights + 2 * rows * max(widths) + held) * np.dtype(dtype_of(experiment)).itemsize


def padding_multiple(experiment: Experiment, outputs: int) -> int:
    """Return the number of trials whose multiple a stack is padded to, so that a trial's bits never depend on it.

    Exponentials, divisions and roots give other last digits in the tail of an array that is too short for the
    processor's vectors. So every array that goes through one is given a size that is a multiple of `LANES`: the rows
    by padding them, the rest by the number of trials. Sums, products and differences are exact anywhere.

    Parameters
    ----------
    experiment : Experiment
    outputs : int
        Outputs of the net.
    """
    hidden, training = experiment.hidden, experiment.training
    sizes = [training.batch_size]
    if experiment.regularization.max_norm or experiment.regularization.unit_norm:
        sizes += hidden
    if training.optimizer.divides:
        sizes += [*hidden, outputs]
    if training.optimizer.clipnorm is not None:
        sizes.append(1)  # the norms: one for each trial
    return LANES // math.gcd(LANES, *sizes)


def _group(trial: Trial) -> tuple[int, int]:
    return trial.repeat, trial.fold


def _batches(trials: Sequence[Trial], data: Dataset) -> dict[tuple[int, int], int]:
    """Return the number of batches in an epoch for each (repeat, fold)."""
    experiment = trials[0].experiment
    share = experiment.training.validation_share
    return {
        (repeat, fold): math.ceil(len(split.train) / experiment.training.batch_size)
        for repeat in {trial.repeat for trial in trials}
        for fold, split in enumerate(splits(data, experiment.evaluation, experiment.dataset.train_rows, repeat, share))
    }
