"""The recurrent layers of a network."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.model import RNN
from dropout_lab.models.after_layer import after_layer
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.recurrent_dropout import RecurrentDropout

__all__ = ["CELLS", "recurrent_layers"]

CELLS: dict[str, Any] = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple": keras.layers.SimpleRNN}

_UNROLLED = 16
"""Steps up to which the loop is unrolled, which saves a quarter of the time; more take too long to trace."""


def recurrent_layers(experiment: Experiment, model: RNN, steps: int) -> list[Any]:
    """Return the recurrent layers of a network.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization (of the input and the recurrent weights) and precision are used.
    model : RNN
    steps : int
        Of a sequence.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, steps, features), output (rows, units). The layers are called ``recurrent_1``,
        ``recurrent_1_dropout`` and so on. All recurrent layers return sequences but the last, which returns its last
        step: dropout after it is of (rows, units). Those that drop their state are of another class,
        `RecurrentDropout`.
    """
    constraint, penalty = norm_constraint(experiment.regularization), weight_penalty(experiment.regularization)
    drops_state = experiment.dropout.where == "recurrent"
    recurrent = partial(RecurrentDropout, model.cell) if drops_state else CELLS[model.cell]
    layers: list[Any] = []
    for number, units in enumerate(model.units, 1):
        layers.append(
            recurrent(
                units,
                return_sequences=number < len(model.units),
                unroll=steps <= _UNROLLED,
                kernel_constraint=constraint,
                recurrent_constraint=constraint,
                kernel_regularizer=penalty,
                recurrent_regularizer=penalty,
                name=f"recurrent_{number}",
                dtype=experiment.training.precision,
            )
        )
        layers += after_layer(experiment, f"recurrent_{number}")
    return layers
