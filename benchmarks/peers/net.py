"""The net of the tutorial in plain Keras, compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from benchmarks import workload

__all__ = ["compiled"]


def compiled(dropout: Callable[[], keras.layers.Layer], **options: Any) -> keras.Model:
    """Return the net.

    Parameters
    ----------
    dropout : callable
        Makes the layer that follows a hidden one.
    **options
        Further arguments of ``Model.compile``.
    """
    layers: list[keras.layers.Layer] = [keras.Input((60,))]
    for units in workload.HIDDEN:
        limit = keras.constraints.MaxNorm(workload.MAX_NORM)
        layers += [keras.layers.Dense(units, activation="relu", kernel_constraint=limit), dropout()]
    model = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(
        keras.optimizers.SGD(workload.LEARNING_RATE, momentum=workload.MOMENTUM),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        **options,
    )
    return model
