"""The config's dropout, as it is passed to a user's function."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.dropout import StochasticLayer
from dropout_lab.models.registry import layer_class

__all__ = ["DropoutFactory"]


class DropoutFactory:
    """Makes the dropout layers of a user's function.

    The rate of a layer made by calling it can change without building the network again. A function that reads `rate`
    is called, and its network traced, once per rate.

    Attributes
    ----------
    kind, where : str
        As in the config; ``none`` if nothing is dropped. What `where` means is up to the function.
    made : list of StochasticLayer
        The layers.
    asked : bool
        Whether `rate` was read.
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

    def __call__(
        self, name: str | None = None, noise_shape: tuple[int | None, ...] | None = None, *, share: float = 1.0
    ) -> Any:
        """Return a new dropout layer of the config's kind; the identity if that is ``none``.

        Parameters
        ----------
        name : str, optional
            Names the layer and its random stream; numbered by default.
        noise_shape : tuple of int or None, optional
            As for ``keras.layers.Dropout``.
        share : float, optional
            Of the config's rate that this layer has, 0 <= share <= 1: with the place of the layer in its network, rates
            increase linearly from the first to the last, however the config's rate is swept.

        Raises
        ------
        ValueError
            For another share, or a noise shape that the kind has not.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"share: expected 0 <= share <= 1, got {share}")
        self._count += 1
        name, dtype = name or f"dropout_{self._count}", self._experiment.training.precision
        if self.kind == "none":
            return keras.layers.Activation("linear", name=name, dtype=dtype)
        layer = layer_class(self._experiment.dropout)(name=name, noise_shape=noise_shape, dtype=dtype)
        layer.share = float(share)
        self.made.append(layer)
        return layer
