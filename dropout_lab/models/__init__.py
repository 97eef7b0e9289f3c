"""Build Keras layers from a config. Import only after `engines.runtime` has started TensorFlow."""

from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN, MLP, OwnModel
from dropout_lab.datasets.named_inputs import RowShape
from dropout_lab.models.concrete import learned_rate, tie_to_weights
from dropout_lab.models.convolution import cnn
from dropout_lab.models.custom.network import CustomModelLayer, custom_model
from dropout_lab.models.dense_stack import mlp
from dropout_lab.models.dropout import mask_seed
from dropout_lab.models.embedded_inputs import EmbeddedInputs
from dropout_lab.models.initializers import initial_weights
from dropout_lab.models.losses import loss_for
from dropout_lab.models.normalization import StackedBatchNormalization, moving_averages, with_moving_averages
from dropout_lab.models.optimizers import optimizer
from dropout_lab.models.output import hidden_activations
from dropout_lab.models.registry import stochastic_layers, strengths
from dropout_lab.models.sequence_network import sequence_network

__all__ = [
    "CustomModelLayer",
    "StackedBatchNormalization",
    "hidden_activations",
    "initial_weights",
    "layers",
    "learned_rate",
    "loss_for",
    "mask_seed",
    "moving_averages",
    "optimizer",
    "stochastic_layers",
    "strengths",
    "with_moving_averages",
]


def layers(experiment: Experiment, row: tuple[int, ...], outputs: int, *, stacked: bool = False) -> list[Any]:
    """Return the layers of the experiment's model.

    Parameters
    ----------
    experiment : Experiment
    row : tuple of int
        Shape of a row: ``(inputs,)``, or ``(height, width, channels)`` of an image; for a multilayer perceptron it only
        matters whether it is a `RowShape`, some of whose inputs are indices.
    outputs : int
        1 for two classes, else the number of classes.
    stacked : bool
        With a leading trial axis; for multilayer perceptrons only.
    """
    made = _layers(experiment, row, outputs, stacked=stacked)
    tie_to_weights(made)
    return made


def _layers(experiment: Experiment, row: tuple[int, ...], outputs: int, *, stacked: bool) -> list[Any]:
    model = experiment.model
    if isinstance(model, CNN):
        return cnn(experiment, model, row, outputs)
    if isinstance(model, OwnModel):
        return custom_model(experiment, model, row, outputs)
    if not isinstance(model, MLP):
        return sequence_network(experiment, model, row, outputs)
    vectors = [EmbeddedInputs(row, model.embedding, experiment.training.precision)] if isinstance(row, RowShape) else []
    return vectors + mlp(experiment, outputs, stacked=stacked)
