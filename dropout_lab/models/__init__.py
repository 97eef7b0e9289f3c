"""A description -> Keras layers. Import only after TensorFlow has been started by `engines.runtime`."""

from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN, RNN, Conv1D, CustomModel
from dropout_lab.models.cnn import cnn
from dropout_lab.models.conv1d import conv1d
from dropout_lab.models.custom.network import CustomModelLayer, own
from dropout_lab.models.initializers import initial_weights
from dropout_lab.models.losses import loss_for
from dropout_lab.models.mlp import mlp
from dropout_lab.models.optimizers import optimizer
from dropout_lab.models.output import hidden_activations
from dropout_lab.models.registry import stochastic_layers, strengths
from dropout_lab.models.rnn import rnn
from dropout_lab.models.stochastic import mask_seed

__all__ = [
    "CustomModelLayer",
    "hidden_activations",
    "initial_weights",
    "layers",
    "loss_for",
    "mask_seed",
    "optimizer",
    "stochastic_layers",
    "strengths",
]


def layers(experiment: Experiment, row: tuple[int, ...], outputs: int, *, stacked: bool = False) -> list[Any]:
    """Return the layers of the experiment's model.

    Parameters
    ----------
    experiment : Experiment
    row : tuple of int
        What a row's inputs are: ``(inputs,)``, or ``(height, width, channels)`` of a picture; a multilayer
        perceptron does not ask.
    outputs : int
        1 for two classes, else the number of classes.
    stacked : bool
        With a leading trial axis; a multilayer perceptron's can have one.
    """
    model = experiment.model
    if isinstance(model, CNN):
        return cnn(experiment, model, row, outputs)
    if isinstance(model, RNN):
        return rnn(experiment, model, row, outputs)
    if isinstance(model, Conv1D):
        return conv1d(experiment, model, row, outputs)
    if isinstance(model, CustomModel):
        return own(experiment, model, row, outputs)
    return mlp(experiment, model, outputs, stacked=stacked)
