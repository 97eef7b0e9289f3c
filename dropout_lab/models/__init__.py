"""A description -> Keras layers. Import only after TensorFlow has been started by `engines.runtime`."""

from collections.abc import Callable
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.models.dropout import Dropout, mask_seed
from dropout_lab.models.initial import initial_weights
from dropout_lab.models.losses import loss_for
from dropout_lab.models.mlp import mlp
from dropout_lab.models.optimizers import optimizer

__all__ = ["MODELS", "Dropout", "initial_weights", "layers", "loss_for", "mask_seed", "optimizer"]

MODELS: dict[str, Callable[..., list[Any]]] = {"mlp": mlp}


def layers(experiment: Experiment, outputs: int, *, stacked: bool = False) -> list[Any]:
    """Return the layers of the experiment's model; see the function of its kind for their shapes."""
    return MODELS[experiment.model.kind](experiment, outputs, stacked=stacked)
