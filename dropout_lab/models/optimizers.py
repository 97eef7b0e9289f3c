"""A config's optimiser -> Keras' optimiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from dropout_lab.config import Experiment

__all__ = ["OPTIMIZERS", "optimizer"]

OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
}


def optimizer(experiment: Experiment) -> Any:
    """Return a new Keras optimiser as the experiment describes it."""
    settings = experiment.training.optimizer.model_dump(exclude={"name"})
    return OPTIMIZERS[experiment.training.optimizer.name](**settings)
