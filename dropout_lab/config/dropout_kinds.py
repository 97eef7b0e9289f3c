"""The kinds of dropout: for each, what a config must know, and the Keras layer that an exported model has in its place.

A new kind is a record here and a layer in `dropout_lab.models.registry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["KINDS", "DropoutKind"]


@dataclass(frozen=True)
class DropoutKind:
    """A kind of dropout.

    Attributes
    ----------
    description : str
        What is dropped, for the JSON Schema.
    keras_layer : str
        The class in ``keras.layers`` with the same draws; empty for a kind of which nothing is left in a trained model.
    strength : str
        Which key says how strong it is: ``rate``, ``stddev``, or ``initial_rate`` if training changes it.
    noise_shape : bool
        Whether ``dropout.noise_shape`` can be set, as in Keras' layer.
    drops : str
        What it drops if not single units, and so needs in a built-in network: channels or blocks of images and
        sequences, weights, or residual branches; or inputs of dense layers.
    """

    description: str
    keras_layer: str = ""
    strength: str = "rate"
    noise_shape: bool = False
    drops: Literal["", "channels", "blocks", "weights", "branches", "dense inputs"] = ""

    @property
    def spatial(self) -> bool:
        """Whether it is for what has pixels or steps."""
        return self.drops in ("channels", "blocks")


KINDS: dict[str, DropoutKind] = {
    "none": DropoutKind("nothing"),
    "dropout": DropoutKind("units", "Dropout", noise_shape=True),
    "spatial_dropout": DropoutKind("after a convolution, whole channels", "Dropout", drops="channels"),
    "gaussian_dropout": DropoutKind("units times N(1, rate / (1 - rate))", "GaussianDropout"),
    "gaussian_noise": DropoutKind("units plus N(0, stddev^2)", "GaussianNoise", strength="stddev"),
    "alpha_dropout": DropoutKind("for selu, keeps mean and variance", "AlphaDropout", noise_shape=True),
    "dropconnect": DropoutKind("weights into the hidden or dense layers", drops="weights"),
    "dropblock": DropoutKind("after a convolution, blocks of neighbouring pixels or steps", drops="blocks"),
    "concrete_dropout": DropoutKind(
        "inputs of dense layers, at a rate that is learned", "Dropout", strength="initial_rate", drops="dense inputs"
    ),
    "stochastic_depth": DropoutKind("of each row, a residual branch as a whole", "Dropout", drops="branches"),
}
"""What ``dropout.kind`` may be."""
