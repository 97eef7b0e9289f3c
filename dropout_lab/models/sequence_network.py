"""Networks for sequences: what reads the sequence, then dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.dropout_sites import sequence
from dropout_lab.config.model import RNN, Conv1D, Transformer
from dropout_lab.datasets.named_inputs import RowShape, row_read_by
from dropout_lab.models.convolution import convolutions
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.embedded_inputs import EmbeddedInputs
from dropout_lab.models.output import output
from dropout_lab.models.registry import dropout_layer
from dropout_lab.models.rnn import recurrent_layers
from dropout_lab.models.transformer import transformer_layers

__all__ = ["sequence_network"]


def sequence_network(
    experiment: Experiment, model: RNN | Conv1D | Transformer, row: tuple[int, ...], outputs: int
) -> list[Any]:
    """Return the layers of a network for sequences.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization and precision are used.
    model : RNN, Conv1D or Transformer
    row : tuple of int
        Shape of a row: an image is a sequence of its lines, a table's row one of its numbers. Texts are a sequence of
        their words, beside whose encoding the other columns go into the dense layers.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs). ``visible_dropout`` is before the layers that read the sequence,
        and ``dense_1``, ``dense_1_dropout`` ... ``output`` after them.
    """
    precision = experiment.training.precision
    first: list[Any] = []
    texts = row if isinstance(row, RowShape) and row.texts() else None
    if isinstance(row, RowShape) and texts is None:
        first.append(EmbeddedInputs(row, model.embedding, precision))
    steps, features = sequence(row_read_by(model, row))
    if texts is None:
        first.append(keras.layers.Reshape((steps, features), name="sequence", dtype=precision))
    visible = experiment.dropout.where in ("visible", "all")
    reading: list[Any] = [dropout_layer(experiment, "visible")] if visible else []
    if isinstance(model, RNN):
        reading += recurrent_layers(experiment, model, steps)
    elif isinstance(model, Conv1D):
        reading += convolutions(experiment, model)
    else:
        reading += transformer_layers(experiment, model, steps, features)
    first += reading if texts is None else [EmbeddedInputs(texts, model.embedding, precision, reading)]
    return first + dense_stack(experiment, "dense", model.dense) + output(experiment, outputs)
