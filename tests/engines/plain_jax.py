"""Train by the engine ``jax`` and by plain Keras on JAX: ``KERAS_BACKEND=jax python plain_jax.py NORMALIZATION``.

A process of its own, because Keras has one backend. Prints the largest difference of the held-out losses after each
epoch, and how much these losses change in training.
"""

from __future__ import annotations

import sys
from pathlib import Path

import builders
import jax
import keras
import numpy as np

from dropout_lab import datasets, engines
from dropout_lab.engines.fold_data import FoldData, batch_orders
from dropout_lab.engines.jax.trainer import Trainer
from dropout_lab.models import initial_weights, mask_seed
from dropout_lab.plan import Trial, plan

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")

EPOCHS, BATCH = 4, 13
normalization = sys.argv[1]


def plain_losses(trial: Trial, fold: FoldData) -> list[float]:
    """Return the held-out loss after each epoch of Keras' own training."""
    parts = []
    for number, units in enumerate((8, 6), 1):
        parts.append(keras.layers.Dense(units, "relu", name=f"hidden_{number}"))
        if normalization == "batch":
            parts.append(keras.layers.BatchNormalization(name=f"hidden_{number}_normalization"))
        parts.append(keras.layers.Dropout(trial.experiment.dropout.rate, name=f"hidden_{number}_dropout"))
    model = keras.Sequential([keras.Input((30,)), *parts, keras.layers.Dense(1, name="output")])
    for variable, value in zip(
        model.trainable_variables, initial_weights(model.layers, "glorot_uniform", trial.seed), strict=True
    ):
        variable.assign(value)
    for layer in parts:
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0:
            layer.seed_generator.state.assign(mask_seed(trial.seed, layer.name))
    model.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True))
    losses = []
    for order in batch_orders(fold.epoch_rows, trial.seed)(EPOCHS):
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            model.train_on_batch(fold.features[rows], fold.labels[rows, None].astype(np.float64))
        logits, labels = model.predict(fold.features[fold.split.test], verbose=0)[:, 0], fold.labels[fold.split.test]
        losses.append(float(np.mean(np.logaddexp(0, logits) - logits * labels)))
    return losses


changes = {
    "dataset.name": "breast_cancer",
    "model": {"hidden": [8, 6], "normalization": normalization},
    "training": {
        "epochs": EPOCHS,
        "batch_size": BATCH,
        "precision": "float64",
        "optimizer": {"name": "adam", "learning_rate": 0.01},
    },
    "evaluation": {"folds": 3},
    "engine": "jax",
    "sweep": {"dropout.rate": (0, 0.2, 0.5)},
}
trials, data = plan(builders.experiment(changes)), datasets.load_builtin("breast_cancer", Path())
blocks = engines.ENGINES["jax"].split(trials, data, 1)
trainer = Trainer(data)
outcomes = [outcome for block in blocks for part in trainer.train(block, lambda _: None) for outcome in part]
expected = [plain_losses(outcome.trial, trainer.fold_data(outcome.trial)) for outcome in outcomes]
found = [outcome.history.loss for outcome in outcomes]
sys.stdout.write(f"{np.abs(np.subtract(found, expected)).max()} {np.ptp(expected, axis=1).min()}")
