"""The recurrent net: recurrent layers, then dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.dropout_sites import sequence
from dropout_lab.config.model import RNN
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.output import output
from dropout_lab.models.registry import dropout_layer
from dropout_lab.models.sequence_input import as_sequence

__all__ = ["CELLS", "rnn"]

CELLS: dict[str, Any] = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple": keras.layers.SimpleRNN}

_UNROLLED = 16
"""Steps up to which a loop is written out, which saves a quarter of the time; more take too long to trace."""


def rnn(experiment: Experiment, model: RNN, row: tuple[int, ...], outputs: int) -> list[Any]:
    """Describe the net as Keras layers.

    Nothing is dropped of what a layer hands on from step to step: Keras' ``recurrent_dropout`` has its rate in the
    traced program, which would have to be traced anew for each rate.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization (of the weights of both what goes in and what is handed on) and precision are used.
    model : RNN
    row : tuple of int
        What a row's inputs are.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs). The layers that draw at random are called ``visible_dropout``,
        ``recurrent_1``, ``recurrent_1_dropout`` ... ``dense_1``, ``dense_1_dropout`` ... ``output``. All recurrent
        layers give sequences but the last, which gives its last step: dropout after it is of (rows, units).
    """
    steps, _ = sequence(row)
    limits, dropout = experiment.regularization, experiment.dropout
    layers = as_sequence(experiment, row)
    for number, units in enumerate(model.units, 1):
        layers.append(
            CELLS[model.cell](
                units,
                return_sequences=number < len(model.units),
                unroll=steps <= _UNROLLED,
                kernel_constraint=norm_constraint(limits),
                recurrent_constraint=norm_constraint(limits),
                kernel_regularizer=weight_penalty(limits),
                recurrent_regularizer=weight_penalty(limits),
                name=f"recurrent_{number}",
                dtype=experiment.training.precision,
            )
        )
        if dropout.where in ("sequence", "all"):
            layers.append(dropout_layer(experiment, f"recurrent_{number}"))
    return layers + dense_stack(experiment, "dense", model.dense) + output(experiment, outputs)
