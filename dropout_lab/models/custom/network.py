"""A net that a function of the user's makes, held to what the engine needs of it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.config.model import CustomModel
from dropout_lab.errors import ModelError
from dropout_lab.models.custom.builder import made
from dropout_lab.models.custom.dropout_factory import DropoutFactory
from dropout_lab.models.custom.seeding import SeedingError, layers_of, seeding
from dropout_lab.models.stochastic import StochasticLayer

__all__ = ["CustomModelLayer", "own"]

_ROWS = 4
"""Rows that a net is tried on."""


def own(experiment: Experiment, model: CustomModel, row: tuple[int, ...], outputs: int) -> list[Any]:
    """Describe the net as Keras layers.

    Parameters
    ----------
    experiment : Experiment
    model : CustomModel
    row : tuple of int
        What a row's inputs are.
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
    dtype = experiment.training.precision
    pictures = [keras.layers.Reshape(row, name="picture", dtype=dtype)] if len(row) > 1 else []
    activation = "linear" if experiment.regression else "sigmoid" if outputs == 1 else "softmax"
    net = CustomModelLayer(experiment, model, row, outputs)
    return [*pictures, net, keras.layers.Activation(activation, name="probability", dtype=dtype)]


class CustomModelLayer(keras.layers.Layer):
    """The user's model as a layer: (rows, *row) -> logits of shape (rows, outputs).

    Parameters
    ----------
    experiment, model, row, outputs
        As of `own`.

    Attributes
    ----------
    net : keras.Model
        What the function returned.
    seeding : Seeding
        What sets it to where a trial starts.

    Raises
    ------
    ModelError
        If the function cannot be had, raises or returns something else, or what its net starts from or draws cannot be
        seeded.
    """

    def __init__(self, experiment: Experiment, model: CustomModel, row: tuple[int, ...], outputs: int) -> None:
        super().__init__(name="own", dtype=experiment.training.precision)
        self._outputs = outputs
        self._strength = experiment.dropout.strength
        self._dropping = DropoutFactory(experiment)
        net, self.place = made(model, row, outputs, self._dropping)
        self._check_shapes(net, row, outputs)
        self.net = net
        self._check_dropout(experiment)
        twin, _ = made(model, row, outputs, DropoutFactory(experiment))
        self._check_shapes(twin, row, outputs)
        try:
            self.seeding = seeding(self.net, twin)
        except SeedingError as why:
            raise self._error(f"{why}. {_WHY_SEEDED}") from None
        rows = np.random.default_rng(0).normal(size=(_ROWS, *row)).astype(self.compute_dtype)
        self._check_draws(rows)
        self._check_logits(np.asarray(self.net(rows), np.float64))

    @property
    def stochastic_layers(self) -> list[StochasticLayer]:
        """The layers of ours that draw at random."""
        return [layer for layer in self._dropping.made if layer.built]

    @property
    def asks(self) -> bool:
        """Whether the function has asked how strong dropout is, so that the net is for that strength only."""
        return self._dropping.asked

    def serves(self, experiment: Experiment) -> bool:
        """Tell whether the net can train an experiment that differs from its own in how strong dropout is."""
        return not self.asks or self._strength == experiment.dropout.strength

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Do nothing: the net is built."""

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the logits."""
        return input_shape[0], self._outputs

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the logits; layers within know from Keras whether this is training."""
        return self.net(inputs)

    def _check_shapes(self, net: Any, row: tuple[int, ...], outputs: int) -> None:
        if not isinstance(net, keras.Model):
            raise self._error(f"it returned {_short(net)}: expected a Keras model (keras.Model, keras.Sequential)")
        try:
            given = net(keras.Input(row, dtype=self.compute_dtype))
        except Exception as error:
            text = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise self._error(f"the model does not take rows of shape {row}: {text}") from error
        shape = getattr(given, "shape", None)
        if shape is None or tuple(shape) != (None, outputs):
            what = "the logit of the second class" if outputs == 1 else "a logit per class"
            got = f"{len(given)} outputs" if isinstance(given, list | tuple | dict) else f"shape {shape}"
            raise self._error(f"the model gives {got}: expected shape (None, {outputs}), {what}")

    def _check_dropout(self, experiment: Experiment) -> None:
        kind, asked = experiment.dropout.kind, self._dropping.asked
        if kind != "none" and not asked and not self.stochastic_layers:
            raise self._error(
                f"dropout.kind is {kind}, and the function neither asks for dropout.rate nor has a layer made by "
                "dropout() in its model: every rate would be the same net"
            )
        if asked and experiment.dropout.schedule is not None:
            raise self._error(
                "dropout.schedule changes the rate from epoch to epoch, which layers made by dropout() follow, but the "
                "function asks for dropout.rate"
            )
        by_batch = [each for each in layers_of(self.net) if isinstance(each, keras.layers.BatchNormalization)]
        if experiment.evaluation.monte_carlo and by_batch:
            raise self._error(
                f"evaluation.monte_carlo: layer {by_batch[0].name} goes by the batch in training, so that a pass with "
                "dropout on is none of the trained net: leave monte_carlo out, or take LayerNormalization"
            )

    def _check_draws(self, rows: Any) -> None:
        self.seeding.start(1)
        once = np.asarray(self.net(rows, training=True))
        self.seeding.start(1)
        if not np.array_equal(once, np.asarray(self.net(rows, training=True)), equal_nan=True):
            raise self._error(
                "with the same seeds the model gives two results in training: a layer draws from no "
                f"keras.random.SeedGenerator of its own. {_WHY_SEEDED}"
            )

    def _check_logits(self, given: Any) -> None:
        last = self.net
        while getattr(last, "layers", None):
            last = last.layers[-1]
        activation = getattr(getattr(last, "activation", None), "__name__", type(last).__name__.lower())
        are_shares = given.shape[1] > 1 and (given >= 0).all() and np.allclose(given.sum(axis=1), 1, atol=1e-5)
        if are_shares or activation in ("sigmoid", "softmax"):
            end = "softmax" if are_shares else activation
            raise self._error(
                f"the model ends in a {end}: expected logits: leave the "
                "last activation out, for the program applies sigmoid or softmax itself"
            )

    def _error(self, text: str) -> ModelError:
        return ModelError(f"{self.place}: model.builder: {text}")


_WHY_SEEDED = "Rates are compared pair by pair, for which all must start alike and share their draws"


def _short(value: Any) -> str:
    return "None" if value is None else f"{type(value).__name__} {' '.join(repr(value).split())[:80]}"
