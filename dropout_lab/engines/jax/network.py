"""A network on Keras' JAX backend, its loss, and its variables at the start of a trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.engines.fold_data import dtype_of
from dropout_lab.models import CustomModelLayer, initial_weights, layers, stochastic_layers
from dropout_lab.models.losses import loss_of_logits, losses_of_logits

__all__ = ["Network"]


class Network:
    """The network of an experiment.

    Parameters
    ----------
    experiment : Experiment
    row : tuple of int
        Shape of a row.
    outputs : int
        1 for two classes or regression, else the number of classes.

    Attributes
    ----------
    layers : list of keras.layers.Layer
        All, its output's activation included.
    logits : keras.Model
        From preprocessed rows, flattened, to logits.
    trained, others : list of keras.Variable
        Its variables with gradients, and those without: moving averages, rates, random streams.
    custom : CustomModelLayer or None
    stochastic_layers : list of StochasticLayer
    strength_at : list of list of int
        The positions of each stochastic layer's numbers in `others`.
    drawn_at : list of int
        The positions of the random streams.
    losses : callable
        ``(labels, logits)`` -> the loss of each row.
    plain_loss : keras.losses.Loss
        The same, averaged over a batch.
    couples_rows : bool
        Whether a row's output in training may depend on the other rows of its batch.
    """

    def __init__(self, experiment: Experiment, row: tuple[int, ...], outputs: int) -> None:
        dtype, inputs = dtype_of(experiment), int(np.prod(row))
        self.layers = layers(experiment, row, outputs)
        network = keras.Sequential([keras.Input((inputs,), dtype=dtype), *self.layers])
        self.logits = keras.Model(network.inputs[0], network.layers[-1].input)
        self.custom = next((layer for layer in self.layers if isinstance(layer, CustomModelLayer)), None)
        self.stochastic_layers = stochastic_layers(self.layers)
        self.trained = list(self.logits.trainable_variables)
        self.others = list(self.logits.non_trainable_variables)
        positions = {id(variable): at for at, variable in enumerate(self.others)}
        self.strength_at = [[positions[id(number)] for number in layer.strength] for layer in self.stochastic_layers]
        kept = {id(variable) for variable in self.logits.weights}
        self.drawn_at = [at for identity, at in positions.items() if identity not in kept]
        self.losses = losses_of_logits(outputs, regression=experiment.regression)
        self.plain_loss = loss_of_logits(outputs, regression=experiment.regression)
        self.couples_rows = any(_couples_rows(layer) for layer in self.logits._flatten_layers())
        self._initializer = experiment.model.initializer if self.custom is None else ""

    def serves(self, experiment: Experiment) -> bool:
        """Return whether it can train an experiment with the same trace key, whatever its dropout rate."""
        return self.custom is None or self.custom.serves(experiment)

    def start(self, seed: int) -> tuple[list[Any], ...]:
        """Return the trained and the other variables at the start of a trial."""
        if self.custom is not None:
            self.custom.seeding.start(seed)
        else:
            starts = initial_weights(self.layers, self._initializer, seed)
            for variable, value in zip(self.trained, starts, strict=True):
                variable.assign(value)
        self.draw_from(seed)
        return tuple([np.asarray(each.value) for each in part] for part in (self.trained, self.others))

    def draws_of(self, seed: int) -> list[tuple[int, Any]]:
        """Return the positions of the random streams in `others`, and their values if all restart from a seed."""
        self.draw_from(seed)
        return [(at, np.asarray(self.others[at].value)) for at in self.drawn_at]

    def numbers_of(self, strength: Sequence[float]) -> NDArray[np.float64]:
        """Return the numbers of the stochastic layers for the strength of each: shape (layers, numbers)."""
        numbers = [layer.numbers_of(each) for layer, each in zip(self.stochastic_layers, strength, strict=True)]
        return np.array(numbers, np.float64).reshape(len(numbers), -1 if numbers else 0)

    def draw_from(self, seed: int) -> None:
        """Restart all random streams."""
        if self.custom is not None:
            self.custom.seeding.draw_from(seed)
            return
        for layer in self.stochastic_layers:
            layer.start(seed)


def _couples_rows(layer: Any) -> bool:
    """Return whether a layer may mix the rows of a batch: one that normalizes over them, or one of the user's own."""
    own = not type(layer).__module__.startswith(("keras.", "dropout_lab."))
    return own or isinstance(layer, keras.layers.BatchNormalization)
