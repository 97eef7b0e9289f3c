"""Whether a network can be vectorized: tried on a few batches, and held against plain Keras."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.fold_data import FoldData, batch_orders, fold_data_of, outputs_for
from dropout_lab.engines.vectorized.assemble import Shape, assemble
from dropout_lab.engines.vectorized.network import Network
from dropout_lab.engines.vectorized.program import VectorizedProgram
from dropout_lab.errors import describe_error
from dropout_lab.models import optimizer, strengths
from dropout_lab.plan import Trial, plan

__all__ = ["reason_not_vectorizable"]

_FULL_BATCHES = 2
"""Batches of the trial; a third one is half full, if there are rows for it."""

_TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}
"""Of losses and logits in float32, after a few steps."""

_OWN = ("train_step", "compute_loss", "make_train_function", "fit")
"""Methods by which a user's model would be trained otherwise than by its outputs and a loss."""

_PER_TRIAL_FILTERS = (
    keras.layers.Conv1D,
    keras.layers.Conv1DTranspose,
    keras.layers.DepthwiseConv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)


def reason_not_vectorizable(experiment: Experiment, data: Dataset) -> str:
    """Train each network of an experiment for a few steps, vectorized and by plain Keras; compare the two.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset

    Returns
    -------
    str
        Why it has to be trained trial by trial; empty if it need not.
    """
    by_key: dict[str, list[Trial]] = {}
    for trial in plan(experiment):
        if (trial.repeat, trial.fold) == (0, 0):
            by_key.setdefault(trace_key(trial.experiment), []).append(trial)
    return next(filter(None, (_reason(same[0], same[-1], data) for same in by_key.values())), "")


def _reason(first: Trial, last: Trial, data: Dataset) -> str:
    """Return the reason for trials of one network; see `reason_not_vectorizable`."""
    network = Network(first.experiment, data.row, outputs_for(data))
    if reason := _reason_by_kind(network):
        return reason
    if not network.serves(last.experiment):
        last = first
    fold = _few_rows(fold_data_of(data, scaled=True)(first), first)
    batch = first.experiment.training.batch_size
    remainder = len(fold.epoch_rows) % batch if network.couples_rows else 0
    program = VectorizedProgram(network, first.experiment, remainder)
    shape = Shape(1, len(fold.split.test), len(fold.split.validation))
    try:
        block = assemble((first, last), lambda _: fold, program, shape)
        progress, totals = program.train((block.state, block.best), block.padded, block.inputs, block.orders(1), (0, 1))
        logits = program.predict(progress[0], block.padded, block.inputs)
    except Exception as error:
        return f"it cannot be vectorized: {describe_error(error, 300)}"
    for at, trial in enumerate((first, last)):
        loss, expected = _plain(network, trial, fold)
        rows = fold.split.test
        if not np.allclose(logits[at, rows], expected, **_TOLERANCE, equal_nan=True) or not np.allclose(
            totals.train_loss[at, 0], loss, **_TOLERANCE, equal_nan=True
        ):
            return "vectorized, its first steps differ from those of plain Keras"
    return ""


def _reason_by_kind(network: Network) -> str:
    if network.custom is not None:
        kind = type(network.custom.net)
        changed = [name for name in _OWN if getattr(kind, name) is not getattr(keras.Model, name)]
        if changed:
            return f"{kind.__name__} has a {changed[0]} of its own"
    filters = [layer for layer in network.logits._flatten_layers() if isinstance(layer, _PER_TRIAL_FILTERS)]
    return f"layer {filters[0].name} has filters, which are faster trial by trial on a processor" if filters else ""


def _few_rows(fold: FoldData, trial: Trial) -> FoldData:
    """Return a fold with as many training rows as two batches and a half, if it has them, and fewer held-out ones."""
    batch = trial.experiment.training.batch_size
    train = fold.split.train[: _FULL_BATCHES * batch + max(1, batch // 2)]
    split = replace(fold.split, train=train, test=fold.split.test[:batch])
    return replace(fold, split=split, oversampled=fold.oversampled[:0])


def _plain(network: Network, trial: Trial, fold: FoldData) -> tuple[float, Any]:
    """Train by plain Keras for one epoch; return the sum of the losses, and the logits of the held-out rows."""
    experiment, model = trial.experiment, network.logits
    network.start(trial.seed)
    for layer, strength in zip(
        network.stochastic_layers, strengths(experiment, network.stochastic_layers)[0], strict=True
    ):
        layer.set(strength)
    model.compile(optimizer(experiment), network.plain_loss)
    total, order = 0.0, batch_orders(fold.epoch_rows, trial.seed)(1)[0]
    targets = fold.learned_targets[:, None].astype(fold.features.dtype)
    for start in range(0, len(order), experiment.training.batch_size):
        rows = order[start : start + experiment.training.batch_size]
        weight = None if fold.sample_weight is None else fold.sample_weight[rows]
        state = [np.asarray(variable.value) for variable in network.others]
        outputs = model(fold.features[rows], training=True)
        total += float(np.sum(network.losses(targets[rows], outputs)))
        for variable, value in zip(network.others, state, strict=True):
            variable.assign(value)
        model.train_on_batch(fold.features[rows], targets[rows], sample_weight=weight)
    return total, np.asarray(model(fold.features[fold.split.test], training=False))
