"""A description -> Keras layers. Import only after TensorFlow has been started by `engines.runtime`."""

from collections.abc import Callable
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.models.dropout import Dropout
from dropout_lab.models.initial import set_initial_weights
from dropout_lab.models.mlp import mlp
from dropout_lab.models.optimizers import optimizer

__all__ = ["MODELS", "Dropout", "layers", "optimizer", "set_initial_weights"]

MODELS: dict[str, Callable[[Experiment, int], list[Any]]] = {"mlp": mlp}


def layers(experiment: Experiment, outputs: int) -> list[Any]:
    """Return the layers of the experiment's model; see the function of its kind for their shapes."""
    return MODELS[experiment.model.kind](experiment, outputs)
