"""The fast engine: a block of trials trained as one net with a leading trial axis.

Trials that share a fold share its data, its batches and the uniform draws under its masks; nothing else is shared.
Every sum runs within one trial, in an order of additions that does not depend on the others, so that a trial gets
the same bits in any block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.activations import Activations, measure
from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset, splits
from dropout_lab.engines.contract import Block, Train
from dropout_lab.engines.material import material_of, outputs_for, per_class
from dropout_lab.engines.monte_carlo import mean
from dropout_lab.engines.split import frame
from dropout_lab.engines.stacked.block import Stack, assemble
from dropout_lab.engines.stacked.program import PIECE, Program, Totals
from dropout_lab.engines.timing import epoch_seconds
from dropout_lab.outcome import History, Outcome

__all__ = ["load"]

_PULSES = 20
"""Calls of the program per block: how often progress moves."""


def load(blocks: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks; see `engines.Train`."""
    groups: dict[str, int] = {}
    for block in blocks:
        of = frame(block[0].experiment)
        groups[of] = max(groups.get(of, 0), len({(trial.repeat, trial.fold) for trial in block}))
    programs = {
        of: Program(block[0].experiment, data.inputs, outputs_for(data), groups[of])
        for of, block in {frame(block[0].experiment): block for block in blocks}.items()
    }
    material = material_of(data)
    experiment = blocks[0][0].experiment  # its evaluation is that of all points of a sweep
    test_rows = _most_test_rows(experiment, data)

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[Outcome]]:
        began = time.perf_counter()
        program, epochs = programs[frame(block[0].experiment)], block[0].experiment.training.epochs
        pulses = [len(part) for part in np.array_split(np.arange(epochs), min(_PULSES, epochs))]
        stack = assemble(block, material, program, test_rows)
        state, totals, ends = stack.state, [], []
        for pulse in pulses:
            state, sums = program.train(state, stack.inputs, tf.constant(stack.orders(pulse)))
            totals.append(Totals(*(each.numpy() for each in sums)))
            on_epochs(pulse * len(block))
            ends.append(time.perf_counter())
        logits = _logits(stack, program, state)
        whole = Totals(*(np.concatenate(part) for part in zip(*totals, strict=True)))
        times = (
            (time.perf_counter() - began) / len(block),
            epoch_seconds(ends, [len(block) * pulse for pulse in pulses]),
        )
        outcomes = [_outcome(stack, at, per_class(logits[at]), whole, *times) for at in range(len(block))]
        if experiment.evaluation.monte_carlo:
            outcomes = _with_monte_carlo(outcomes, _passes(stack, program, state, on_epochs))
        if "activations" in experiment.evaluation.measures:
            outcomes = _with_activations(outcomes, [each.numpy() for each in program.activations(state, stack.inputs)])
        yield outcomes

    return train


def _logits(stack: Stack, program: Program, state: list[Any]) -> NDArray[np.floating]:
    """Return the logits of all rows, dropout off: shape (trials with padding, rows with padding, outputs)."""
    rows = len(stack.inputs.features) // program.groups
    return np.concatenate(
        [program.predict(state, stack.inputs, tf.constant(first)).numpy() for first in range(0, rows, PIECE)], axis=1
    )


def _most_test_rows(experiment: Experiment, data: Dataset) -> int:
    """Return how many rows a fold may hold out, however many repeats there are."""
    if data.groups is not None:
        return len(data.labels)
    every_split = splits(data, experiment.evaluation, experiment.dataset.train_rows, 0)
    return max(len(split.test) for split in every_split)  # stratified folds have the same sizes in every repeat


def _outcome(
    stack: Stack, position: int, probabilities: NDArray[np.float64], totals: Totals, seconds: float, epoch: float
) -> Outcome:
    material = stack.materials[position]
    train, test = material.split.train, material.split.test
    return Outcome(
        stack.trials[position],
        test_rows=test,
        train_rows=train,
        test_labels=material.labels[test],
        train_labels=material.labels[train],
        test_probabilities=probabilities[test],
        train_probabilities=probabilities[train],
        history=History(
            train_loss=totals.train_loss[:, position] / len(train),
            train_accuracy=totals.train_hits[:, position] / len(train),
            loss=totals.loss[:, position] / len(test),
            accuracy=totals.hits[:, position] / len(test),
        ),
        seconds=seconds,
        epoch_seconds=epoch,
    )


def _passes(
    stack: Stack, program: Program, state: list[Any], on_epochs: Callable[[int], None]
) -> Iterator[NDArray[np.float64]]:
    """Yield the probabilities of each pass with dropout on: shape (trials, test rows with padding, classes)."""
    for number in range(stack.trials[0].experiment.evaluation.monte_carlo):
        on_epochs(0)  # a chance to be stopped
        logits = program.sample(state, stack.sampled, tf.constant(number, state[0].dtype)).numpy()
        yield np.stack([per_class(logits[position]) for position in range(len(stack.trials))])


def _with_monte_carlo(outcomes: list[Outcome], passes: Iterator[NDArray[np.float64]]) -> list[Outcome]:
    probabilities = zip(outcomes, mean(passes), strict=True)
    return [replace(outcome, monte_carlo=rows[: len(outcome.test_rows)]) for outcome, rows in probabilities]


def _with_activations(outcomes: list[Outcome], layers: list[NDArray[np.floating]]) -> list[Outcome]:
    """Measure the activations of layers, each of shape (trials with padding, test rows with padding, units)."""

    def measured(position: int, rows: int) -> Activations:
        return measure(lambda: [[layer[position, :rows] for layer in layers]])

    return [
        replace(outcome, activations=measured(position, len(outcome.test_rows)))
        for position, outcome in enumerate(outcomes)
    ]
