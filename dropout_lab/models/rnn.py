"""The recurrent network: recurrent layers, then dense layers."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.dropout_sites import sequence
from dropout_lab.config.model import RNN
from dropout_lab.models.after_layer import after_layer
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.output import output
from dropout_lab.models.recurrent_dropout import RecurrentDropout
from dropout_lab.models.sequence_input import sequence_input

__all__ = ["CELLS", "rnn"]

CELLS: dict[str, Any] = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple": keras.layers.SimpleRNN}

_UNROLLED = 16
"""Steps up to which the loop is unrolled, which saves a quarter of the time; more take too long to trace."""


def rnn(experiment: Experiment, model: RNN, row: tuple[int, ...], outputs: int) -> list[Any]:
    """Return the layers of a recurrent network.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization (of the input and the recurrent weights) and precision are used.
    model : RNN
    row : tuple of int
        Shape of a row.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs). Its stochastic layers and those with weights are called
        ``visible_dropout``, ``recurrent_1``, ``recurrent_1_dropout`` ... ``dense_1``, ``dense_1_dropout`` ...
        ``output``. All recurrent layers return sequences but the last, which returns its last step: dropout after it
        is of (rows, units). Those that drop their state are of another class, `RecurrentDropout`.
    """
    steps, _ = sequence(row)
    constraint, penalty = norm_constraint(experiment.regularization), weight_penalty(experiment.regularization)
    drops_state = experiment.dropout.where == "recurrent"
    recurrent = partial(RecurrentDropout, model.cell) if drops_state else CELLS[model.cell]
    layers = sequence_input(experiment, row)
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
    return layers + dense_stack(experiment, "dense", model.dense) + output(experiment, outputs)
