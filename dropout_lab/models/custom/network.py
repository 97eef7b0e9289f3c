"""A network that a user's function builds, checked for what the engine needs of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.config.model import CustomModel, OwnModel, SavedModel
from dropout_lab.datasets.named_inputs import RowShape
from dropout_lab.errors import ModelError, describe_error
from dropout_lab.models.custom.builder import call_builder, import_builder
from dropout_lab.models.custom.dropout_factory import DropoutFactory
from dropout_lab.models.custom.feed import builder_inputs, embeddings_of, feed, name_problem, no_index, sample_rows
from dropout_lab.models.custom.initializers import recorded_initializers
from dropout_lab.models.custom.saved_network import read_network, saved_network
from dropout_lab.models.custom.seeding import SeedingError, layers_of, seeding
from dropout_lab.models.dropout import StochasticLayer

__all__ = ["CustomModelLayer", "check_source", "custom_model"]

_ROWS = 4
"""Rows that a network is tried on."""


def custom_model(experiment: Experiment, model: OwnModel, row: tuple[int, ...], outputs: int) -> list[Any]:
    """Return the layers of a custom model.

    Parameters
    ----------
    experiment : Experiment
    model : OwnModel
    row : tuple of int
        Shape of a row.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs): the user's model, then its probabilities.

    Raises
    ------
    ModelError
        See `CustomModelLayer`.
    """
    dtype = _wide(experiment)
    reshape = [keras.layers.Reshape(row, name="picture", dtype=dtype)] if len(row) > 1 else []
    activation = "linear" if experiment.regression else "sigmoid" if outputs == 1 else "softmax"
    net = CustomModelLayer(experiment, model, row, outputs)
    return [*reshape, net, keras.layers.Activation(activation, name="probability", dtype=dtype)]


def _wide(experiment: Experiment) -> str:
    """Return the precision of what is outside of the user's layers: token numbers, say, would be lost in bfloat16."""
    return "float64" if experiment.training.precision == "float64" else "float32"


@contextmanager
def _policy(precision: str) -> Iterator[None]:
    """Set the precision of the layers that are made meanwhile."""
    kept = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(kept)


def check_source(model: OwnModel) -> None:
    """Check that a builder exists and can be called, or that a saved network can be read; raises `ModelError`."""
    if isinstance(model, CustomModel):
        import_builder(model)
    elif isinstance(model, SavedModel):
        read_network(model)


def _build(model: OwnModel, row: tuple[int, ...], outputs: int, dropout: DropoutFactory) -> tuple[Any, str]:
    """Return the user's network, and where it is from; raises `ModelError`."""
    if isinstance(model, SavedModel):
        return saved_network(model, outputs, dropout)
    if isinstance(model, CustomModel):
        return call_builder(model, builder_inputs(row), outputs, dropout)
    raise TypeError(f"no network comes from a {type(model).__name__}")


class CustomModelLayer(keras.layers.Layer):
    """The user's model as a layer: (rows, *row) -> logits of shape (rows, outputs).

    Parameters
    ----------
    experiment, model, row, outputs
        As for `custom_model`.

    Attributes
    ----------
    net : keras.Model
        What the function returned, or the network that was saved.
    seeding : Seeding
        Sets its weights and random streams to the start of a trial.
    location : str
        Where the function is, ``file:line``; or the file of the saved network.

    Raises
    ------
    ModelError
        If the file cannot be read; or the function cannot be imported, raises or returns something else, or its weights
        or random numbers cannot be seeded.
    """

    def __init__(self, experiment: Experiment, model: OwnModel, row: tuple[int, ...], outputs: int) -> None:
        super().__init__(name="own", dtype=_wide(experiment))
        self._model = model
        self._outputs = outputs
        self._row: Callable[[], tuple[int, ...]] = lambda: row  # not the row itself: Keras takes attributes apart
        self._strength = experiment.dropout.strength
        self._dropout = DropoutFactory(experiment)
        precision = experiment.training.precision
        with recorded_initializers() as initializers, _policy(precision):
            net, self.location = _build(model, row, outputs, self._dropout)
            self._check_shapes(net, row, outputs)
        self.net = net
        self._check_dropout(experiment)
        with _policy(precision):
            twin, _ = _build(model, row, outputs, DropoutFactory(experiment))
        self._check_shapes(twin, row, outputs)
        try:
            self.seeding = seeding(self.net, twin, initializers)
        except SeedingError as error:
            raise self._error(f"{error}. {_WHY_SEEDED}") from None
        rows = sample_rows(row, _ROWS, self.net, self.compute_dtype)
        self._check_draws(rows)
        self._check_logits(np.asarray(self._logits(rows), np.float64))

    @property
    def notes(self) -> list[str]:
        """What the user should know of how the network is trained."""
        if not getattr(self.net, "compiled", False):
            return []
        name = type(self.net.optimizer).__name__
        return [
            f"{self.location}: model.{self._model.key}: the model is compiled, but its optimizer ({name}), loss and "
            "metrics are not used: the loss is that of the task, and the optimizer that of training.optimizer"
        ]

    @property
    def stochastic_layers(self) -> list[StochasticLayer]:
        """The layers made by the function's `DropoutFactory`."""
        return [layer for layer in self._dropout.made if layer.built]

    @property
    def has_embeddings(self) -> bool:
        """Whether a layer of the network looks up indices."""
        return bool(embeddings_of(self.net))

    @property
    def asks(self) -> bool:
        """Whether the function read ``dropout.rate``, so that the network is for that rate only."""
        return self._dropout.asked

    def serves(self, experiment: Experiment) -> bool:
        """Return whether the network can train an experiment that differs from its own in the dropout rate only."""
        return not self.asks or self._strength == experiment.dropout.strength

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Do nothing: the network is built already."""

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the logits."""
        return input_shape[0], self._outputs

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the logits; Keras tells inner layers whether this is training."""
        return self._logits(inputs)

    def _logits(self, rows: Any, **training: bool) -> Any:
        return keras.ops.cast(feed(self.net, self._row(), rows, **training), self.compute_dtype)

    def feed(self, net: Any, inputs: Any) -> Any:
        """Call a network like `net` with rows of shape (rows, *row), from which it gets its inputs by name."""
        return feed(net, self._row(), inputs)

    def check_indices(self, rows: Any) -> None:
        """Refuse a network whose embeddings look up what is no index in rows of the data; raises `ModelError`."""
        row = self._row()
        if problem := no_index(self.net, row, rows):
            names = isinstance(row, RowShape) or len(row) > 1
            remedy = (
                "look up the inputs that are whole numbers only, and no more of them than there are"
                if names
                else "columns arrive as numbers, which are scaled: set dataset.encode: {COLUMN: embedding}, and look "
                'up inputs["COLUMN"], whose indices it has; or, if they are indices already, preprocessing.scale: none'
            )
            raise self._error(f"{problem}: {remedy}")

    def _check_shapes(self, net: Any, row: tuple[int, ...], outputs: int) -> None:
        if not isinstance(net, keras.Model):
            raise self._error(f"it returned {_short(net)}: expected a Keras model (keras.Model, keras.Sequential)")
        if problem := name_problem(net, row):
            raise self._error(problem)
        try:
            returned = feed(net, row, keras.Input(tuple(row), dtype=self.compute_dtype))
        except Exception as error:
            why = describe_error(error, 300)
            raise self._error(f"the model cannot be called with rows of shape {row}: {why}") from error
        shape = getattr(returned, "shape", None)
        if shape is None or tuple(shape) != (None, outputs):
            meaning = "the logit of the second class" if outputs == 1 else "a logit per class"
            found = f"{len(returned)} outputs" if isinstance(returned, list | tuple | dict) else f"shape {shape}"
            raise self._error(f"the model returns {found}: expected shape (None, {outputs}), {meaning}")

    def _check_dropout(self, experiment: Experiment) -> None:
        kind, asked = experiment.dropout.kind, self._dropout.asked
        if kind != "none" and not asked and not self.stochastic_layers:
            lacks = (
                "the function neither reads dropout.rate nor uses a layer made by dropout() in its model"
                if isinstance(self._model, CustomModel)
                else "the network has no Dropout layer"
            )
            raise self._error(f"dropout.kind is {kind}, but {lacks}: every rate would train the same network")
        if asked and experiment.dropout.schedule is not None:
            raise self._error(
                "dropout.schedule changes the rate from epoch to epoch, which only layers made by dropout() follow, "
                "but the function reads dropout.rate"
            )
        normalization = [layer for layer in layers_of(self.net) if isinstance(layer, keras.layers.BatchNormalization)]
        if experiment.evaluation.monte_carlo and normalization:
            raise self._error(
                f"evaluation.monte_carlo: layer {normalization[0].name} uses the batch's statistics while dropout is "
                "on, so a Monte-Carlo pass would not be one of the trained network: leave monte_carlo out, or use "
                "LayerNormalization"
            )

    def _check_draws(self, rows: Any) -> None:
        self.seeding.start(1)
        first = np.asarray(self._logits(rows, training=True))
        self.seeding.start(1)
        if not np.array_equal(first, np.asarray(self._logits(rows, training=True)), equal_nan=True):
            raise self._error(
                "with the same seeds the model gives two different results in training: a layer draws random numbers "
                f"without a keras.random.SeedGenerator of its own. {_WHY_SEEDED}"
            )

    def _check_logits(self, values: Any) -> None:
        last = self.net
        while getattr(last, "layers", None):
            last = last.layers[-1]
        activation = getattr(getattr(last, "activation", None), "__name__", type(last).__name__.lower())
        sum_to_1 = values.shape[1] > 1 and (values >= 0).all() and np.allclose(values.sum(axis=1), 1, atol=1e-5)
        if sum_to_1 or activation in ("sigmoid", "softmax"):
            raise self._error(
                f"the model ends in a {'softmax' if sum_to_1 else activation}: expected logits: leave the last "
                "activation out, for the program applies sigmoid or softmax itself"
            )

    def _error(self, text: str) -> ModelError:
        return ModelError(f"{self.location}: model.{self._model.key}: {text}")


_WHY_SEEDED = "Rates are compared in pairs, which needs the same initial weights and random numbers at every rate"


def _short(value: Any) -> str:
    return "None" if value is None else f"{type(value).__name__} {' '.join(repr(value).split())[:80]}"
