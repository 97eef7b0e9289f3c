"""The fast engine: a block of trials trained as one net with a leading trial axis.

Trials that share a fold share its data, its batches and the uniform draws under its masks; nothing else is shared.
Every sum runs within one trial, in an order of additions that does not depend on the others, so that a trial gets
the same bits in any block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from dropout_lab.datasets import Dataset, splits
from dropout_lab.engines.contract import Block, Train
from dropout_lab.engines.material import material_of, outputs_for, per_class
from dropout_lab.engines.stacked.block import Stack, assemble
from dropout_lab.engines.stacked.program import Program, Totals
from dropout_lab.outcome import History, Outcome

__all__ = ["load"]

_PULSES = 20
"""Calls of the program per block: how often progress moves."""


def load(blocks: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks; see `engines.Train`."""
    experiment = blocks[0][0].experiment
    programs = {
        hidden: _program([block for block in blocks if block[0].experiment.hidden == hidden], data)
        for hidden in {block[0].experiment.hidden for block in blocks}
    }
    material = material_of(data)
    every_split = splits(data, experiment.evaluation, experiment.dataset.train_rows, 0)
    test_rows = max(len(split.test) for split in every_split)  # stratified folds have the same sizes in every repeat
    epochs = experiment.training.epochs
    pulses = [len(part) for part in np.array_split(np.arange(epochs), min(_PULSES, epochs))]

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[Outcome]]:
        began = time.perf_counter()
        program = programs[block[0].experiment.hidden]
        stack = assemble(block, material, program, test_rows)
        state, totals = stack.state, []
        for pulse in pulses:
            state, sums = program.train(state, stack.inputs, tf.constant(stack.orders(pulse)))
            totals.append(Totals(*(each.numpy() for each in sums)))
            on_epochs(pulse * len(block))
        logits = program.predict(state, stack.inputs).numpy()
        whole = Totals(*(np.concatenate(part) for part in zip(*totals, strict=True)))
        seconds = (time.perf_counter() - began) / len(block)
        yield [_outcome(stack, position, per_class(logits[position]), whole, seconds) for position in range(len(block))]

    return train


def _program(blocks: Sequence[Block], data: Dataset) -> Program:
    """Return the program for blocks whose nets have the same layers."""
    groups = max(len({(trial.repeat, trial.fold) for trial in block}) for block in blocks)
    return Program(blocks[0][0].experiment, data.features.shape[1], outputs_for(data), groups)


def _outcome(stack: Stack, position: int, probabilities: np.ndarray, totals: Totals, seconds: float) -> Outcome:
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
    )
