"""The dropout of a config, as a function of the user's is given it."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.registry import LAYERS
from dropout_lab.models.stochastic import StochasticLayer

__all__ = ["DropoutFactory"]


class DropoutFactory:
    """What a function of the user's asks for dropout layers, or for the rate.

    Called, it makes a layer, whose rate can change without the net being made anew. Asked for its `rate`, it is
    answered, and the net is then made and traced anew for each rate.

    Attributes
    ----------
    kind, where : str
        As in the config; ``none`` if nothing is dropped. The function may make of `where` what it likes.
    made : list of StochasticLayer
        The layers.
    asked : bool
        Whether the rate was asked for.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.kind: str = experiment.dropout.kind
        self.where: str = experiment.dropout.where
        self.made: list[StochasticLayer] = []
        self.asked = False
        self._experiment = experiment
        self._count = 0

    @property
    def rate(self) -> float:
        """The fraction dropped; of gaussian_noise its standard deviation."""
        self.asked = True
        return self._experiment.dropout.strength_of("own")

    def __call__(self, name: str | None = None, noise_shape: tuple[int | None, ...] | None = None) -> Any:
        """Return a new dropout layer of the config's kind; one that passes everything on if that is none.

        Parameters
        ----------
        name : str, optional
            Of the layer, which says what stream it draws from; else they are numbered.
        noise_shape : tuple of int or None, optional
            As of ``keras.layers.Dropout``.
        """
        self._count += 1
        name, dtype = name or f"dropout_{self._count}", self._experiment.training.precision
        if self.kind == "none":
            return keras.layers.Activation("linear", name=name, dtype=dtype)
        layer = LAYERS[self.kind](name=name, noise_shape=noise_shape, dtype=dtype)
        self.made.append(layer)
        return layer
