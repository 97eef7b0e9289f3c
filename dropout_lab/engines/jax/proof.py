"""Whether JAX can train a network as Keras would: tried on a few batches, and held against plain Keras."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.fold_data import FoldData, batch_orders
from dropout_lab.engines.jax.convolution_size import reason_slow
from dropout_lab.engines.jax.network import Network
from dropout_lab.engines.jax.trainer import Trainer, epochs_of, rows_of, spans_of, start_of
from dropout_lab.errors import describe_error
from dropout_lab.models import optimizer, strengths
from dropout_lab.plan import Trial, plan

__all__ = ["reasons_against"]

_FULL_BATCHES = 2
"""Batches of the trial, besides the last one of an epoch, which may be smaller."""

_TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}
"""Of logits in float32, after a few steps."""

_OWN = ("train_step", "compute_loss", "make_train_function", "fit")
"""Methods by which a user's model would be trained otherwise than by its outputs and a loss."""

_SLOW = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.AveragePooling2D,
    keras.layers.AveragePooling3D,
)
"""What XLA runs on a processor by plain loops, and `convolutions` does not replace."""


def reasons_against(experiment: Experiment, trainer: Trainer) -> tuple[str, str]:
    """Train each network of an experiment for a few steps, compiled and by plain Keras; compare the two.

    The program that is compiled is the one that would train the network.

    Parameters
    ----------
    experiment : Experiment
    trainer : Trainer

    Returns
    -------
    unsupported, slow : str
        Why it cannot be trained, and why it would be slow; empty where there is no reason.
    """
    by_key: dict[str, list[Trial]] = {}
    for trial in plan(experiment):
        if (trial.repeat, trial.fold) == (0, 0):
            by_key.setdefault(trace_key(trial.experiment), []).append(trial)
    slow = ""
    for same in by_key.values():
        slow = slow or _reason_slow(same[0], trainer)
        if slow and experiment.engine == "auto":  # another engine trains it
            return "", slow
        unsupported = _reason(same[0], same[-1], trainer)
        if unsupported:
            return unsupported, slow
    return "", slow


def _reason_slow(trial: Trial, trainer: Trainer) -> str:
    program, shape = trainer.program_for(trial.experiment)
    layers = program.network.logits._flatten_layers()
    slow = next((type(layer).__name__ for layer in layers if isinstance(layer, _SLOW)), "")
    if slow:
        return f"JAX computes {slow} slowly on a processor"
    rows = rows_of(trainer.fold_data(trial), shape, program.dtype)
    return reason_slow(program.numbers_in_windows(start_of(program, trial), rows.features))


def _reason(first: Trial, last: Trial, trainer: Trainer) -> str:
    """Return why trials of one network cannot be trained; see `reasons_against`."""
    program, shape = trainer.program_for(first.experiment)
    network = program.network
    if reason := _reason_by_kind(network):
        return reason
    trial = last if network.serves(last.experiment) else first  # the highest rate tells the most
    fold = _few_rows(trainer.fold_data(trial), trial)
    try:
        rows, epochs = rows_of(fold, shape, program.dtype), epochs_of(network, trial, fold, shape)
        state, _ = program.train(start_of(program, trial), rows, epochs(1, spans_of(trial.experiment)[0]))
        logits = program.logits(state, rows.features, fold.split.test)
    except Exception as error:
        return f"JAX cannot compile it: {describe_error(error, 300)}"
    if not np.allclose(logits, _plain(network, trial, fold), **_TOLERANCE, equal_nan=True):
        return "compiled by JAX, its first steps differ from those of plain Keras"
    return ""


def _reason_by_kind(network: Network) -> str:
    if network.custom is None:
        return ""
    kind = type(network.custom.net)
    changed = [name for name in _OWN if getattr(kind, name) is not getattr(keras.Model, name)]
    return f"{kind.__name__} has a {changed[0]} of its own" if changed else ""


def _few_rows(fold: FoldData, trial: Trial) -> FoldData:
    """Return a fold with two full batches of training rows and as large a last one as it has; fewer held-out rows."""
    batch = trial.experiment.training.batch_size
    train = fold.split.train[: _FULL_BATCHES * batch + len(fold.epoch_rows) % batch]
    split = replace(fold.split, train=train, test=fold.split.test[:batch])
    return replace(fold, split=split, oversampled=fold.oversampled[:0])


def _plain(network: Network, trial: Trial, fold: FoldData) -> Any:
    """Train by plain Keras for one epoch; return the logits of the held-out rows."""
    experiment, model, batch = trial.experiment, network.logits, trial.experiment.training.batch_size
    network.start(trial.seed)
    first_epoch = strengths(experiment, network.stochastic_layers)[0]
    for layer, strength in zip(network.stochastic_layers, first_epoch, strict=True):
        layer.set(strength)
    model.compile(optimizer(experiment), network.plain_loss)
    order = batch_orders(fold.epoch_rows, trial.seed)(1)[0]
    targets = fold.learned_targets[:, None].astype(fold.features.dtype)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        weight = None if fold.sample_weight is None else fold.sample_weight[rows]
        model.train_on_batch(fold.features[rows], targets[rows], sample_weight=weight)
    return model.predict_on_batch(fold.features[fold.split.test])
