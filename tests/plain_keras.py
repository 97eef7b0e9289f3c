"""The same training written by hand in plain Keras: what both engines are held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras
import numpy as np
from plain_texts import Positions, embedded

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN, MLP, RNN, Conv1D, Transformer
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.named_inputs import RowShape
from dropout_lab.engines.fold_data import FoldData, batch_orders
from dropout_lab.engines.monte_carlo import monte_carlo_seed
from dropout_lab.models import mask_seed
from dropout_lab.models.initializers import INITIALIZERS
from dropout_lab.plan import Trial
from dropout_lab.seeds import derive_seed


@dataclass
class Trained:
    """What a plain Keras training gave: logits of all rows, of the held-out ones pass by pass, and activations.

    With early stopping `stopping` is Keras' own, after the training, and `monitored` what it saw.
    """

    train_loss: list[float]
    loss: list[float]
    logits: Any
    passes: list[Any]
    activations: list[Any]
    stopping: Any = None
    monitored: list[float] = field(default_factory=list)


def train(trial: Trial, fold: FoldData, data: Dataset) -> Trained:
    """Train one trial with Keras' own layers, batch by batch."""
    experiment = trial.experiment
    size = experiment.training.batch_size
    keras.config.set_floatx(experiment.training.precision)
    model = _model(trial, data)
    labels = fold.labels.astype(experiment.training.precision)[:, None]
    held_out = fold.split.test
    result = Trained([], [], None, [], [], _early_stopping(trial, model))
    steps = 0
    for epoch, order in enumerate(batch_orders(_epoch_rows(trial, fold), trial.seed)(experiment.training.epochs)):
        total = 0.0
        _strengthen(trial, model, epoch, epoch * -(-len(order) // size))
        for first in range(0, len(order), size):
            rows = order[first : first + size]
            model.reset_metrics()
            _redraw_states(model, trial.seed, steps)
            steps += 1
            logs = model.train_on_batch(fold.features[rows], labels[rows], return_dict=True)
            total += float(logs["cross_entropy"]) * len(rows)
        result.train_loss.append(total / len(order))
        model.reset_metrics()
        scores = model.test_on_batch(fold.features[held_out], labels[held_out], return_dict=True)
        result.loss.append(float(scores["cross_entropy"]))
        if result.stopping is not None:
            model.reset_metrics()
            told = model.test_on_batch(
                fold.features[fold.split.validation], labels[fold.split.validation], return_dict=True
            )
            logs = {"val_loss": float(told["cross_entropy"]), "val_accuracy": float(told["accuracy"])}
            result.monitored.append(logs[result.stopping.monitor])
            result.stopping.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
    if result.stopping is not None:
        result.stopping.on_train_end()
    logits = keras.Model(model.inputs, model.layers[-1].input)
    result.logits = logits(keras.ops.convert_to_tensor(fold.features)).numpy()
    rows = keras.ops.convert_to_tensor(fold.features[held_out])
    for layer in model.layers:
        if layer.name.startswith(("hidden", "conv", "recurrent", "feedforward", "dense")) and hasattr(
            layer, "activation"
        ):
            result.activations.append(keras.Model(model.inputs, layer.output)(rows).numpy())
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(np.array(mask_seed(monte_carlo_seed(trial), _stream_of(layer))))
    for layer in model.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)  # so it uses its moving averages
    for number in range(experiment.evaluation.monte_carlo):
        _redraw_states(model, monte_carlo_seed(trial), number)
        result.passes.append(logits(rows, training=True).numpy())
    return result


def _redraw_states(model: Any, seed: int, step: int) -> None:
    """Set where the draws for recurrent states are after so many steps: Keras draws at evaluation, too."""
    for layer in model.layers:
        cell = getattr(layer, "cell", None)
        if getattr(cell, "recurrent_dropout", 0):
            start, drawn = mask_seed(seed, f"{layer.name}_state_dropout"), step * getattr(cell, "dropout_mask_count", 1)
            cell.seed_generator.state.assign(np.add(start, (0, drawn)))


def _early_stopping(trial: Trial, model: Any) -> Any:
    """Return Keras' own early stopping, ready for its first epoch; None if the trial has none."""
    early = trial.experiment.training.early_stopping
    if early is None:
        return None
    stopping = keras.callbacks.EarlyStopping(
        f"val_{early.monitor}",
        min_delta=early.min_delta,
        patience=early.patience,
        mode="max" if early.monitor == "accuracy" else "min",
        restore_best_weights=True,
    )
    stopping.set_model(model)
    stopping.on_train_begin()
    model.stop_training = False
    return stopping


def _epoch_rows(trial: Trial, fold: FoldData) -> Any:
    """Return the training rows, and after them those drawn once more of the smaller classes, class by class."""
    rows = fold.split.train
    if not trial.experiment.training.oversample:
        return rows
    random = np.random.default_rng(derive_seed(trial.seed, "oversample"))
    of_class = [rows[fold.labels[rows] == code] for code in range(int(fold.labels.max()) + 1)]
    most = max(map(len, of_class))
    return np.concatenate([rows, *(own[random.integers(0, len(own), most - len(own))] for own in of_class)])


def _stream_of(layer: Any) -> str:
    return f"{layer.name}_dropconnect" if isinstance(layer, _DropConnect) else str(layer.name)


def _model(trial: Trial, data: Dataset) -> Any:
    experiment = trial.experiment
    dtype, classes = experiment.training.precision, len(data.classes)
    outputs, activation, kind = (1, "sigmoid", "Binary") if classes == 2 else (classes, "softmax", "SparseCategorical")
    net = experiment.model
    if isinstance(data.row, RowShape):
        return _compiled(trial, _of_named_inputs(trial, data.row, outputs, activation), kind)
    if isinstance(net, CNN):
        body = _convolutions(trial, net, data)
    else:
        body = _sequence(trial, net, data) if isinstance(net, RNN | Conv1D) else _chain(trial)
    stack: list[Any] = [keras.Input((data.features.shape[1],), dtype=dtype), *body]
    stack.append(keras.layers.Dense(outputs, name="output", dtype=dtype))
    stack.append(keras.layers.Activation(activation, dtype=dtype))
    return _compiled(trial, keras.Sequential(stack), kind)


def _of_named_inputs(trial: Trial, row: RowShape, outputs: int, activation: str) -> Any:
    """Return a network of categories with embeddings and of texts."""
    experiment = trial.experiment
    dtype, where = experiment.training.precision, experiment.dropout.where

    def follow(name: str, shape: tuple[int, ...]) -> list[Any]:
        drops = where in ("visible", "all") if name == "visible" else where in ("sequence", "all")
        dropout = _dropout(trial, f"{name}_dropout", axes=len(shape)) if drops else []
        blocks = name == "visible" or isinstance(experiment.model, Transformer)
        return dropout if blocks else _ordered(trial, dropout)

    rows = keras.Input(tuple(row), dtype=dtype)
    tensor = embedded(trial, row, rows, follow)
    body = _chain(trial) if isinstance(experiment.model, MLP) else _dense(trial, experiment.model.dense)
    for layer in [*body, keras.layers.Dense(outputs, name="output", dtype=dtype)]:
        tensor = layer(tensor)
    return keras.Model(rows, keras.layers.Activation(activation, dtype=dtype)(tensor))


def _compiled(trial: Trial, model: Any, kind: str) -> Any:
    """Return a model with the trial's initial weights, ready for training."""
    experiment = trial.experiment
    dtype = experiment.training.precision
    for at, layer in enumerate(model.layers):
        _start(layer, trial)
        if isinstance(layer, _Concrete):
            following = next(after for after in model.layers[at:] if isinstance(after, keras.layers.Dense))
            layer.after = partial(getattr, following, "kernel")
    loss = getattr(keras.losses, f"{kind}Crossentropy")(dtype=dtype)
    metric = getattr(keras.metrics, f"{kind}Crossentropy")(name="cross_entropy", dtype=dtype)
    # Eagerly: once traced, Keras' layers keep the rate they have, and to trace takes longer than these few steps.
    metrics = ["accuracy", metric] if experiment.training.early_stopping else [metric]
    model.compile(optimizer(experiment), loss, metrics=metrics, run_eagerly=True)
    return model


def _strengthen(trial: Trial, model: Any, epoch: int, steps: int) -> None:
    """Set the rate of an epoch, and where the draws are after so many steps: at rate 0, Keras draws none."""
    schedule, epochs = trial.experiment.dropout.schedule, trial.experiment.training.epochs
    if schedule is None:
        return
    factor = {
        "early": lambda: float(epoch < schedule.epochs),
        "late": lambda: float(epoch >= schedule.epochs),
        "linear": lambda: np.linspace(schedule.start, schedule.end, epochs)[epoch],
    }[schedule.name]()
    for layer in model.layers:
        if hasattr(layer, "seed_generator"):
            key = "stddev" if isinstance(layer, keras.layers.GaussianNoise) else "rate"
            name = _stream_of(layer)
            setattr(layer, key, float(factor * trial.experiment.dropout.strength_of(name)))
            layer.seed_generator.state.assign(np.add(mask_seed(trial.seed, name), (0, steps)))


def _start(layer: Any, trial: Trial) -> None:
    """Give a layer the trial's initial weights; all biases stay as Keras has made them."""
    recurrent = isinstance(layer, keras.layers.RNN)
    seed = derive_seed(trial.seed, "weights", layer.name)
    if isinstance(layer, keras.layers.Embedding | Positions):
        start = keras.initializers.RandomUniform(-0.05, 0.05, seed=seed)(layer.embeddings.shape, layer.embeddings.dtype)
        zero = 2 if isinstance(layer, keras.layers.Embedding) else 0  # padding or missing, and unknown
        layer.embeddings.assign(np.concatenate([np.zeros((zero, start.shape[1])), np.asarray(start)[zero:]]))
    if isinstance(layer, keras.layers.MultiHeadAttention):
        parts = {"query": layer.query_dense, "key": layer.key_dense, "value": layer.value_dense}
        for name, part in {**parts, "attention_output": layer.output_dense}.items():
            start = INITIALIZERS[trial.experiment.model.initializer](
                derive_seed(trial.seed, "weights", layer.name, name)
            )
            part.kernel.assign(start(part.kernel.shape, dtype=part.kernel.dtype))
    if recurrent or isinstance(layer, keras.layers.Dense | keras.layers.Conv1D | keras.layers.Conv2D):
        kernel = layer.cell.kernel if recurrent else layer.kernel
        start = INITIALIZERS[trial.experiment.model.initializer](derive_seed(trial.seed, "weights", layer.name))
        kernel.assign(start(kernel.shape, dtype=kernel.dtype))
    if recurrent:
        kernel = layer.cell.recurrent_kernel
        orthogonal = keras.initializers.Orthogonal(
            seed=derive_seed(trial.seed, "weights", layer.name, "recurrent_kernel")
        )
        kernel.assign(orthogonal(kernel.shape, dtype=kernel.dtype))


def _chain(trial: Trial) -> list[Any]:
    experiment = trial.experiment
    where = experiment.dropout.where
    stack = _dropout(trial, "visible_dropout", axes=2) if where in ("visible", "both") else []
    for number, units in enumerate(experiment.model.hidden, 1):
        stack.append(_hidden(trial, units, f"hidden_{number}"))
        dropped = where in ("hidden", "both") and experiment.dropout.kind != "dropconnect"
        stack += _ordered(trial, _dropout(trial, f"hidden_{number}_dropout", axes=2) if dropped else [])
    return stack


def _convolutions(trial: Trial, model: CNN, data: Dataset) -> list[Any]:
    experiment = trial.experiment
    dtype, where = experiment.training.precision, experiment.dropout.where
    stack: list[Any] = [keras.layers.Reshape(data.shape, dtype=dtype)]
    for number, filters in enumerate(model.filters, 1):
        kind: dict[str, Any] = {**_limits(experiment, axis=[0, 1, 2]), "name": f"conv_{number}", "dtype": dtype}
        stack.append(keras.layers.Conv2D(filters, model.kernel, padding="same", activation=model.activation, **kind))
        stack.append(keras.layers.MaxPooling2D(model.pool, dtype=dtype))
        channels = keras.layers.SpatialDropout2D
        dropped = where in ("conv", "all")
        stack += _ordered(trial, _dropout(trial, f"conv_{number}_dropout", channels, axes=4) if dropped else [])
    return [*stack, keras.layers.Flatten(dtype=dtype), *_dense(trial, model.dense)]


def _dense(trial: Trial, units: tuple[int, ...]) -> list[Any]:
    dropout = trial.experiment.dropout
    stack: list[Any] = []
    for number, each in enumerate(units, 1):
        stack.append(_hidden(trial, each, f"dense_{number}"))
        dropped = dropout.where in ("dense", "all") and dropout.kind != "dropconnect"
        stack += _ordered(trial, _dropout(trial, f"dense_{number}_dropout", axes=2) if dropped else [])
    return stack


CELLS: dict[str, Any] = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple": keras.layers.SimpleRNN}


def _sequence(trial: Trial, model: RNN | Conv1D, data: Dataset) -> list[Any]:
    experiment = trial.experiment
    dtype, where = experiment.training.precision, experiment.dropout.where
    steps = (data.shape[0], data.shape[1] * data.shape[2]) if data.shape else (data.features.shape[1], 1)
    channels = keras.layers.SpatialDropout1D
    stack: list[Any] = [keras.layers.Reshape(steps, dtype=dtype)]
    if where in ("visible", "all"):
        stack += _dropout(trial, "visible_dropout", channels, axes=3)
    for number, units in enumerate(model.units if isinstance(model, RNN) else model.filters, 1):
        vector = isinstance(model, RNN) and number == len(model.units)
        if isinstance(model, RNN):
            name = f"recurrent_{number}"
            more = _limits(experiment, 0, "kernel", "recurrent")
            if where == "recurrent":
                more["recurrent_dropout"] = experiment.dropout.strength_of(name)
            stack.append(CELLS[model.cell](units, return_sequences=not vector, name=name, dtype=dtype, **more))
        else:
            name = f"conv_{number}"
            kind = {"activation": model.activation, **_limits(experiment, axis=[0, 1])}
            stack.append(keras.layers.Conv1D(units, model.kernel, padding="same", name=name, dtype=dtype, **kind))
            stack.append(keras.layers.MaxPooling1D(model.pool, dtype=dtype))
        shared, axes = (None, 2) if vector else (channels, 3)
        dropped = where in ("sequence", "all")
        stack += _ordered(trial, _dropout(trial, f"{name}_dropout", shared, axes=axes) if dropped else [])
    return [*stack, keras.layers.Flatten(dtype=dtype), *_dense(trial, model.dense)]


class _DropConnect(keras.layers.Dense):
    """Keras' dense layer whose kernel goes through Keras' own dropout function, seeded as the trial's masks are."""

    def __init__(self, trial: Trial, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rate = trial.experiment.dropout.strength_of(f"{self.name}_dropconnect")
        self.seed_generator = keras.random.SeedGenerator(0)
        self.seed_generator.state.assign(np.array(mask_seed(trial.seed, _stream_of(self))))

    def call(self, inputs: Any, training: bool = False) -> Any:
        kernel = keras.ops.convert_to_tensor(self.kernel)
        if training:
            kernel = keras.random.dropout(kernel, self.rate, seed=self.seed_generator)
        return self.activation(inputs @ kernel + self.bias)


class _Concrete(keras.layers.Layer):
    """The formulas of Gal, Hron and Kendall (2017), with the draws of the trial's stream."""

    def __init__(self, factors: tuple[float, float], rate: float, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factors, self.start, self.after = factors, rate, lambda: None
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        at_start = float(np.log(self.start / (1 - self.start)))
        self.logit = self.add_weight(shape=(), initializer=keras.initializers.Constant(at_start), name="logit")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def call(self, inputs: Any, training: bool = False) -> Any:
        ops, rate = keras.ops, keras.ops.sigmoid(self.logit)
        kernel: Any = self.after()
        if kernel is not None:
            entropy = rate * ops.log(rate) + (1 - rate) * ops.log(1 - rate)
            of_weights, of_entropy = self.factors
            squares = ops.sum(ops.square(kernel))
            self.add_loss(of_weights * squares / (1 - rate) + of_entropy * inputs.shape[-1] * entropy)
        if not training:
            return inputs
        u = keras.random.uniform(inputs.shape, dtype=self.compute_dtype, seed=self.seed_generator)
        dropped = ops.sigmoid((ops.log(rate) - ops.log(1 - rate) + ops.log(1 - u) - ops.log(u)) / 0.1)
        return inputs * (1 - dropped) / (1 - rate)


class _DropBlock(keras.layers.Layer):
    """Drops block by block, where the draws of the trial's stream say."""

    def __init__(self, block_size: int, rate: float, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block_size, self.rate = block_size, rate
        self.seed_generator = keras.random.SeedGenerator(seed)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        rows, *sizes, channels = inputs.shape
        starts = [size - min(self.block_size, size) + 1 for size in sizes]
        draws = keras.random.uniform((rows, *starts, channels), dtype=self.compute_dtype, seed=self.seed_generator)
        return inputs * block_mask(np.asarray(draws), inputs.shape, self.rate, self.block_size)


def block_mask(draws: Any, shape: tuple[int, ...], rate: float, block_size: int) -> Any:
    """Return what DropBlock multiplies inputs of that shape by: 0, or one over the share of the row that is kept."""
    sizes = shape[1:-1]
    blocks = [min(block_size, size) for size in sizes]
    gamma = rate
    for size, block in zip(sizes, blocks, strict=True):
        gamma *= size / (block * (size - block + 1))
    mask = np.ones(shape)
    for row, *start, channel in np.argwhere(draws < gamma):
        block = tuple(slice(at, at + length) for at, length in zip(start, blocks, strict=True))
        mask[(row, *block, channel)] = 0
    for kept in mask:
        kept *= kept.size / max(kept.sum(), 1)
    return mask


def _hidden(trial: Trial, units: int, name: str) -> Any:
    experiment = trial.experiment
    layer = partial(_DropConnect, trial) if experiment.dropout.kind == "dropconnect" else keras.layers.Dense
    return layer(
        units,
        activation=experiment.model.activation,
        name=name,
        dtype=experiment.training.precision,
        **_limits(experiment, axis=0),
    )


def _limits(experiment: Experiment, axis: Any, *weights: str) -> dict[str, Any]:
    limits = experiment.regularization
    constraint = keras.constraints.UnitNorm(axis) if limits.unit_norm else None
    if limits.max_norm:
        constraint = keras.constraints.MaxNorm(limits.max_norm, axis)
    penalty = keras.regularizers.L1L2(limits.l1, limits.l2)
    each = {"constraint": constraint, "regularizer": penalty}
    return {f"{name}_{what}": value for name in weights or ("kernel",) for what, value in each.items()}


KINDS: dict[str, Any] = {
    "dropout": keras.layers.Dropout,
    "spatial_dropout": keras.layers.Dropout,  # where it does not follow a convolution
    "dropblock": keras.layers.Dropout,  # as well
    "gaussian_dropout": keras.layers.GaussianDropout,
    "gaussian_noise": keras.layers.GaussianNoise,
    "alpha_dropout": keras.layers.AlphaDropout,
}


def _dropout(trial: Trial, name: str, of_channels: Any = None, *, axes: int) -> list[Any]:
    """Return Keras' own layer, its stream of draws started where the trial's starts; none at rate 0.

    `of_channels` is its layer for whole channels, where there are some, and `axes` those of its inputs.
    """
    dropout = trial.experiment.dropout
    strength = dropout.strength_of(name)
    if strength == 0:
        return []
    kind = of_channels if of_channels and dropout.kind == "spatial_dropout" else KINDS.get(dropout.kind)
    if dropout.kind == "concrete_dropout":
        kind = partial(_Concrete, dropout.regularizers)
    if of_channels and dropout.kind == "dropblock":
        kind = partial(_DropBlock, dropout.block)
    shape = {"noise_shape": dropout.noise_shape} if dropout.noise_shape and len(dropout.noise_shape) == axes else {}
    layer = kind(strength, seed=0, name=name, dtype=trial.experiment.training.precision, **shape)
    layer.seed_generator.state.assign(np.array(mask_seed(trial.seed, name)))
    return [layer]


def _ordered(trial: Trial, dropout: list[Any]) -> list[Any]:
    """Return dropout with Keras' normalization before or after it."""
    model, dtype = trial.experiment.model, trial.experiment.training.precision
    kinds = {
        "none": [],
        "batch": [keras.layers.BatchNormalization(dtype=dtype)],
        "layer": [keras.layers.LayerNormalization(dtype=dtype)],
    }
    normalization: list[Any] = kinds[model.normalization]
    before = model.normalization_place == "before_dropout"
    return normalization + dropout if before else dropout + normalization


OPTIMIZERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "sgd": (keras.optimizers.SGD, ("momentum", "nesterov")),
    "adam": (keras.optimizers.Adam, ("beta_1", "beta_2")),
    "adamw": (keras.optimizers.AdamW, ("beta_1", "beta_2")),
    "nadam": (keras.optimizers.Nadam, ("beta_1", "beta_2")),
    "adagrad": (keras.optimizers.Adagrad, ("initial_accumulator_value",)),
    "rmsprop": (keras.optimizers.RMSprop, ("rho", "momentum")),
    "lamb": (keras.optimizers.Lamb, ("beta_1", "beta_2")),
}
"""What a config calls an optimizer -> Keras' class, and the settings that not all have."""


def optimizer(experiment: Experiment) -> Any:
    """Return Keras' own optimizer."""
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
    kind, own = OPTIMIZERS[described.name]
    keys = ("weight_decay", "clipnorm", "clipvalue", *own)
    return kind(rate, **{key: getattr(described, key) for key in keys})
