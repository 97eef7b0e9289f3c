"""The fast engine: a block of trials trained as one network with a leading trial axis.

Trials of one fold share its data, its batches and the random draws of its masks; nothing else is shared. Every sum
runs within one trial, in an order of additions that does not depend on the other trials, so that a trial gets the same
bits in any block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import most_rows, trace_key
from dropout_lab.engines.fold_data import fold_data_of, outputs_for
from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.engines.runtime import epoch_seconds
from dropout_lab.engines.stacked.block import Stack, assemble
from dropout_lab.engines.stacked.program import PIECE, Inputs, Program
from dropout_lab.engines.trained import Totals, Trained, pulses, result_of, with_activations, with_monte_carlo

__all__ = ["TrainedStack", "load", "logits_of", "train_stack"]


def load(blocks: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks; see `engines.Train`."""
    groups: dict[str, int] = {}
    experiments: dict[str, Experiment] = {}
    for block in blocks:
        key = trace_key(block[0].experiment)
        groups[key] = max(groups.get(key, 0), len({(trial.repeat, trial.fold) for trial in block}))
        experiments[key] = block[0].experiment
    outputs, fold_data = outputs_for(data), fold_data_of(data, scaled=True)
    programs = {key: Program(point, data.inputs, outputs, groups[key]) for key, point in experiments.items()}
    rows = {key: most_rows(point, data) for key, point in experiments.items()}
    evaluation = blocks[0][0].experiment.evaluation  # the same at all points of a sweep

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        started = time.perf_counter()
        key = trace_key(block[0].experiment)
        program = programs[key]
        stack = assemble(block, fold_data, program, *rows[key])
        trained = train_stack(stack, program, on_epochs)
        logits = logits_of(stack, program, trained.state)
        seconds = (time.perf_counter() - started) / len(block)
        results = [
            result_of(trial, fold, fold.predictions(logits[at]), trained, at, seconds)
            for at, (trial, fold) in enumerate(zip(block, stack.folds, strict=True))
        ]
        if evaluation.monte_carlo:
            results = with_monte_carlo(results, _passes(stack, program, trained, on_epochs))
        if "activations" in evaluation.measures:
            activations = program.activations(trained.state, stack.inputs)
            results = with_activations(results, [layer.numpy() for layer in activations])
        yield results

    return train


@dataclass(frozen=True)
class TrainedStack(Trained):
    """A stack after training.

    Attributes
    ----------
    state : list of array
        See `Program.train`; with early stopping the weights are those of the best epochs.
    """

    state: list[Any]


def train_stack(stack: Stack, program: Program, on_epochs: Callable[[int], None]) -> TrainedStack:
    """Train a stack to its last epoch, or until all of its trials have run out of patience."""
    count, epochs, patience = len(stack.trials), stack.trials[0].experiment.training.epochs, program.patience
    lengths = pulses(epochs)
    state, best, totals, ends, done = stack.state, stack.best, [], [], 0
    for pulse in lengths:
        state, best, sums = program.train(state, best, stack.inputs, tf.constant(stack.orders(pulse)))
        totals.append(Totals(*(total.numpy() for total in sums)))
        on_epochs(pulse * count)
        ends.append(time.perf_counter())
        done += pulse
        if patience and (best.epoch.numpy() + patience <= done).all():
            on_epochs((epochs - done) * count)  # those that early stopping saved
            break
    seconds = epoch_seconds(ends, [count * pulse for pulse in lengths[: len(ends)]])
    all_totals = Totals(*(np.concatenate(part) for part in zip(*totals, strict=True)))
    if not patience:
        return TrainedStack(all_totals, [epochs] * count, [None] * count, seconds, state)
    best_state = [state[0], *best.weights, *state[1 + len(best.weights) :]]
    best_epochs = best.epoch.numpy().tolist()[:count]
    trained_epochs = [min(epoch + patience, done) for epoch in best_epochs]
    return TrainedStack(all_totals, trained_epochs, best_epochs, seconds, best_state)


def logits_of(stack: Stack, program: Program, state: list[Any]) -> NDArray[np.floating]:
    """Return the logits of all rows, dropout off: shape (trials with padding, rows with padding, outputs)."""
    rows = len(stack.inputs.features) // program.groups
    return np.concatenate(
        [program.predict(state, stack.inputs, tf.constant(first)).numpy() for first in range(0, rows, PIECE)], axis=1
    )


def _passes(
    stack: Stack, program: Program, trained: TrainedStack, on_epochs: Callable[[int], None]
) -> Iterator[NDArray[np.float64]]:
    """Yield the probabilities of each pass with dropout on: shape (trials, test rows with padding, classes)."""
    inputs, dtype = _at_best_epoch(stack.sampled, trained), trained.state[0].dtype
    for number in range(stack.trials[0].experiment.evaluation.monte_carlo):
        on_epochs(0)  # lets an interrupt through
        logits = program.sample(trained.state, inputs, tf.constant(number, dtype)).numpy()
        yield np.stack([fold.predictions(values) for fold, values in zip(stack.folds, logits, strict=False)])


def _at_best_epoch(inputs: Inputs, trained: TrainedStack) -> Inputs:
    """Return the inputs with the dropout rates of the epochs whose weights were restored."""
    strength = inputs.strength.numpy()
    kept = [len(strength) if epoch is None else min(epoch, len(strength)) for epoch in trained.best]
    padded = kept + kept[:1] * (strength.shape[1] - len(kept))
    return inputs._replace(strength=tf.constant(strength[np.array(padded) - 1, np.arange(len(padded))][None]))
