"""The same training written by hand in plain Keras: what both engines are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.engines.material import Material, batch_orders
from dropout_lab.models import mask_seed
from dropout_lab.models.initial import INITIALIZERS
from dropout_lab.plan import Trial
from dropout_lab.streams import stream


@dataclass
class Trained:
    """What a plain Keras training gave."""

    train_loss: list[float]
    loss: list[float]
    logits: Any


def train(trial: Trial, material: Material, classes: int) -> Trained:
    """Train one trial with Keras' own layers, batch by batch."""
    experiment = trial.experiment
    size = experiment.training.batch_size
    keras.config.set_floatx(experiment.training.precision)
    model = _model(trial, material.features.shape[1], classes)
    labels = material.labels.astype(material.features.dtype)[:, None]
    held_out = material.split.test
    result = Trained([], [], None)
    for order in batch_orders(material.split.train, trial.seed)(experiment.training.epochs):
        total = 0.0
        for first in range(0, len(order), size):
            rows = order[first : first + size]
            model.reset_metrics()
            logs = model.train_on_batch(material.features[rows], labels[rows], return_dict=True)
            total += float(logs["cross_entropy"]) * len(rows)
        result.train_loss.append(total / len(order))
        model.reset_metrics()
        scores = model.test_on_batch(material.features[held_out], labels[held_out], return_dict=True)
        result.loss.append(float(scores["cross_entropy"]))
    logits = keras.Model(model.inputs, model.layers[-1].input)
    result.logits = logits.predict_on_batch(material.features)
    return result


def _model(trial: Trial, inputs: int, classes: int) -> Any:
    experiment = trial.experiment
    dtype = experiment.training.precision
    outputs, activation, kind = (1, "sigmoid", "Binary") if classes == 2 else (classes, "softmax", "SparseCategorical")
    stack: list[Any] = [keras.Input((inputs,), dtype=dtype)]
    if experiment.dropout.where in ("visible", "both"):
        stack += _dropout(trial, "visible_dropout")
    for number, units in enumerate(experiment.model.hidden, 1):
        stack.append(_hidden(experiment, units, f"hidden_{number}"))
        if experiment.dropout.where in ("hidden", "both"):
            stack += _dropout(trial, f"hidden_{number}_dropout")
    stack.append(keras.layers.Dense(outputs, name="output", dtype=dtype))
    stack.append(keras.layers.Activation(activation, dtype=dtype))
    model = keras.Sequential(stack)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            start = INITIALIZERS[experiment.model.initializer](stream(trial.seed, "weights", layer.name))
            layer.kernel.assign(start(layer.kernel.shape, dtype=dtype))
    loss = getattr(keras.losses, f"{kind}Crossentropy")(dtype=dtype)
    metric = getattr(keras.metrics, f"{kind}Crossentropy")(name="cross_entropy", dtype=dtype)
    model.compile(_optimizer(experiment), loss, metrics=[metric])
    return model


def _hidden(experiment: Experiment, units: int, name: str) -> Any:
    limits = experiment.regularization
    return keras.layers.Dense(
        units,
        activation=experiment.model.activation,
        kernel_constraint=keras.constraints.MaxNorm(limits.max_norm) if limits.max_norm else None,
        kernel_regularizer=keras.regularizers.L1L2(limits.l1, limits.l2),
        name=name,
        dtype=experiment.training.precision,
    )


def _dropout(trial: Trial, name: str) -> list[Any]:
    """Return Keras' own dropout layer, its stream of masks started where the trial's starts; none at rate 0."""
    rate = trial.experiment.dropout.rate
    if rate == 0:
        return []
    layer = keras.layers.Dropout(rate, seed=0, name=name, dtype=trial.experiment.training.precision)
    layer.seed_generator.state.assign(np.array(mask_seed(trial.seed, name)))
    return [layer]


def _optimizer(experiment: Experiment) -> Any:
    described = experiment.training.optimizer
    rate: Any = described.learning_rate
    fall = described.schedule
    if fall is not None:
        decays = keras.optimizers.schedules
        rate = {
            "exponential": lambda: decays.ExponentialDecay(rate, fall.steps, fall.rate),
            "inverse_time": lambda: decays.InverseTimeDecay(rate, fall.steps, fall.rate),
            "cosine": lambda: decays.CosineDecay(rate, fall.steps),
        }[fall.name]()
    if described.name == "sgd":
        return keras.optimizers.SGD(rate, momentum=described.momentum, nesterov=described.nesterov)
    if described.name == "adam":
        return keras.optimizers.Adam(rate, beta_1=described.beta_1, beta_2=described.beta_2)
    if described.name == "rmsprop":
        return keras.optimizers.RMSprop(rate, rho=described.rho, momentum=described.momentum)
    return keras.optimizers.Lamb(rate, beta_1=described.beta_1, beta_2=described.beta_2)
