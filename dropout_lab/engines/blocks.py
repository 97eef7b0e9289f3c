"""Divide trials into blocks; how they are divided never changes a number."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment, without_defaults
from dropout_lab.datasets import Dataset, rows_when_balanced, splits
from dropout_lab.engines.fold_data import dtype_of, outputs_for
from dropout_lab.engines.interface import Block
from dropout_lab.plan import Trial
from dropout_lab.provenance import LANES
from dropout_lab.provenance import memory as free_memory

__all__ = [
    "compiled_blocks",
    "most_rows",
    "padding_multiple",
    "single_trial_blocks",
    "stack",
    "trace_key",
]

_COPIES = 8
"""Arrays of the size of the weights in memory at once: weights, two optimizer slots, gradient, temporaries."""

_COPIES_OF_BEST = 2
"""Further such arrays with early stopping: the best epoch's weights, old and new."""

_COPIES_OF_MASKED = 4
"""Further such arrays with DropConnect: draws, masks, masked weights, and their gradient."""

_STRENGTHS = ("rate", "stddev", "initial_rate")

_MOST_DATA = 2**28
"""Bytes of inputs in all stacks trained at once: each fold has its own inputs, in several copies."""

_LARGEST = 64
"""Trials in a stack. Twice as many were a tenth faster in one thread, but use more memory and lose more if stopped."""


def single_trial_blocks(
    trials: Sequence[Trial], data: Dataset, jobs: int, memory_limit: int | None = None
) -> list[Block]:
    """Make a block of each trial; trials that share a `trace_key` follow each other, so that each is traced once."""
    return [(trial,) for same_key in _by_key(trials) for trial in same_key]


def trace_key(experiment: Experiment) -> str:
    """Return what all trials of one traced program have in common: every setting except the dropout rate."""
    config = without_defaults(experiment)
    config["dropout"] = {key: value for key, value in config["dropout"].items() if key not in _STRENGTHS}
    config["hidden"] = experiment.hidden  # which may depend on the rate
    return json.dumps(config, sort_keys=True, default=str)


def stack(trials: Sequence[Trial], data: Dataset, jobs: int, memory_limit: int | None = None) -> list[Block]:
    """Divide trials into stacks of equal shape and nearly equal size.

    A stack holds trials with one `trace_key` and the same number of batches per epoch, from as few (repeat, fold)
    groups as possible, because a group shares its data, batches and draws. There are enough stacks for `jobs` workers.

    Parameters
    ----------
    trials : sequence of Trial
    data : Dataset
    jobs : int
    memory_limit : int, optional
        Bytes of memory for a stack, if it is trained on another machine. By default all are trained here, `jobs` at
        once, in half of the free memory.
    """
    memory = memory_limit or int(free_memory() / 2 / jobs)
    inputs_limit = _MOST_DATA // jobs if memory_limit is None else min(_MOST_DATA, memory_limit // _COPIES)
    by_key = _by_key(trials)
    share = math.ceil(jobs / len(by_key))  # a sweep with many keys has enough blocks without small ones
    blocks: list[Block] = []
    for same_key in by_key:
        experiment, sizes = same_key[0].experiment, _batches(same_key, data)
        most_groups = _most_groups(experiment, data, inputs_limit)
        ordered = sorted(same_key, key=lambda trial: (sizes[_group(trial)], *_group(trial)))
        for _, same_size in itertools.groupby(ordered, key=lambda trial: sizes[_group(trial)]):
            groups = [list(group) for _, group in itertools.groupby(same_size, key=_group)]
            most = min(most_groups, len(groups))
            for start in range(0, len(groups), most):
                together = list(itertools.chain(*groups[start : start + most]))
                blocks += _even(together, share, _largest(experiment, data, memory))
    return blocks


def compiled_blocks(trials: Sequence[Trial], data: Dataset, jobs: int, memory_limit: int | None = None) -> list[Block]:
    """Divide trials into blocks of nearly equal size, of one trace key each; those with as many rows are together."""
    by_key = _by_key(trials)
    share, blocks = math.ceil(jobs / len(by_key)), []
    for same_key in by_key:
        rows = _epoch_rows(same_key, data)
        blocks += _even(sorted(same_key, key=lambda trial: (rows[_group(trial)], *_group(trial))), share, _LARGEST)
    return blocks


def _by_key(trials: Sequence[Trial]) -> list[list[Trial]]:
    """Divide trials by their trace key, in the order of its first trial."""
    by_key: dict[str, list[Trial]] = {}
    for trial in trials:
        by_key.setdefault(trace_key(trial.experiment), []).append(trial)
    return list(by_key.values())


def _most_groups(experiment: Experiment, data: Dataset, limit: int) -> int:
    """Return how many (repeat, fold) groups a stack may have so that their inputs fit in `limit` bytes."""
    size = len(data.labels) * data.inputs * np.dtype(dtype_of(experiment)).itemsize
    return max(1, limit // size)


def _even(trials: list[Trial], jobs: int, largest: int) -> list[Block]:
    """Divide into stacks of nearly equal size, none above `largest`, in rounds of `jobs`."""
    rounds = math.ceil(len(trials) / (jobs * largest))
    count = min(len(trials), rounds * jobs)
    ends = [len(trials) * number // count for number in range(count + 1)]
    return [tuple(trials[start:end]) for start, end in itertools.pairwise(ends)]


def _largest(experiment: Experiment, data: Dataset, memory_limit: int) -> int:
    """Return how many trials a stack of so many bytes may hold; padding takes memory too, so a whole multiple."""
    fit = min(_LARGEST, int(memory_limit / _trial_bytes(experiment, data)))
    step = padding_multiple(experiment, outputs_for(data))
    return max(step, fit // step * step)


def _trial_bytes(experiment: Experiment, data: Dataset) -> int:
    """Estimate a trial's memory in a stack: its weights while they are updated, and the activations of all rows."""
    rows, inputs = len(data.labels), data.inputs
    widths = [inputs, *experiment.hidden, len(data.classes)]
    weights = sum(below * above for below, above in itertools.pairwise(widths))
    copies = _COPIES + (_COPIES_OF_MASKED if experiment.dropout.kind == "dropconnect" else 0)
    copies += _COPIES_OF_BEST if experiment.training.early_stopping else 0
    kept = experiment.evaluation.monte_carlo or experiment.evaluation.measures
    activations = 2 * rows * max(widths) + (rows * sum(widths) if kept else 0)  # kept: of all layers
    return (copies * weights + activations) * np.dtype(dtype_of(experiment)).itemsize


def padding_multiple(experiment: Experiment, outputs: int) -> int:
    """Return the multiple to which the number of trials in a stack is padded, so that bits do not depend on it.

    Exponentials, divisions and roots can differ in the last digit between a processor's full vectors and the tail of
    an array. So the size of every array that goes through one is made a multiple of `LANES`: by padding the rows, and
    else by the number of trials. Sums, products and differences are the same everywhere.

    Parameters
    ----------
    experiment : Experiment
    outputs : int
        Outputs of the net.
    """
    hidden, training = experiment.hidden, experiment.training
    sizes = [training.batch_size]
    if experiment.model.normalization == "batch":  # a root of each unit's variance
        sizes += hidden
    if training.optimizer.divides:
        sizes += [*hidden, outputs]
    if training.optimizer.clipnorm is not None:
        sizes.append(1)  # the norms: one for each trial
    return LANES // math.gcd(LANES, *sizes)


def _group(trial: Trial) -> tuple[int, int]:
    return trial.repeat, trial.fold


def _batches(trials: Sequence[Trial], data: Dataset) -> dict[tuple[int, int], int]:
    """Return the number of batches per epoch for each (repeat, fold)."""
    batch_size = trials[0].experiment.training.batch_size
    return {group: math.ceil(rows / batch_size) for group, rows in _epoch_rows(trials, data).items()}


def _epoch_rows(trials: Sequence[Trial], data: Dataset) -> dict[tuple[int, int], int]:
    """Return the number of rows that an epoch goes through for each (repeat, fold)."""
    experiment = trials[0].experiment
    training, share = experiment.training, experiment.training.validation_share

    def rows(train: NDArray[np.int64]) -> int:
        return rows_when_balanced(train, data.labels) if training.oversample else len(train)

    return {
        (repeat, fold): rows(split.train)
        for repeat in {trial.repeat for trial in trials}
        for fold, split in enumerate(splits(data, experiment.evaluation, experiment.dataset.train_rows, repeat, share))
    }


def most_rows(experiment: Experiment, data: Dataset) -> tuple[int, int]:
    """Return the most held-out and validation rows that any fold can have, whatever the number of repeats."""
    share = experiment.training.validation_share
    if data.groups is not None and experiment.evaluation.shuffled:
        return len(data.labels), len(data.labels) if share else 0
    every_split = splits(data, experiment.evaluation, experiment.dataset.train_rows, 0, share)
    # stratified folds have the same sizes in every repeat; others are the same
    return max(len(split.test) for split in every_split), max(len(split.validation) for split in every_split)
