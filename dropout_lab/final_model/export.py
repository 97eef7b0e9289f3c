"""A trained net -> a Keras model of Keras' own layers, with what is done to rows in front."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from dropout_lab.errors import ModelError
from dropout_lab.final_model.fit import Whole
from dropout_lab.final_model.preprocessing_layers import front
from dropout_lab.models import CustomModelLayer, layers, strengths
from dropout_lab.models.dropconnect import WeightDropped
from dropout_lab.models.stochastic import StochasticLayer

__all__ = ["exported"]

_TWINS: dict[str, Callable[..., Any]] = {
    "dropout": keras.layers.Dropout,
    "spatial_dropout": keras.layers.Dropout,
    "gaussian_dropout": keras.layers.GaussianDropout,
    "gaussian_noise": keras.layers.GaussianNoise,
    "alpha_dropout": keras.layers.AlphaDropout,
}


def exported(whole: Whole) -> Any:
    """Return the model: rows as they are in the data -> what the output layer gives.

    It needs nothing of this program to be loaded: a dropout layer is Keras' own, at the rate of the last epoch, and
    DropConnect, which does nothing once trained, is a dense layer.

    Parameters
    ----------
    whole : Whole

    Returns
    -------
    keras.Model
        Inputs as of `front`. Output (rows, 1) for two classes, the probability of the second, or for a number, in the
        target's unit; else (rows, classes).

    Raises
    ------
    ModelError
        If a net of one's own cannot be copied with Keras' dropout in place of ours, or a text cannot be saved.
    """
    outputs = 1 if whole.unit or whole.classes == 2 else whole.classes
    net = keras.Sequential([keras.Input((math.prod(whole.row),)), *layers(whole.experiment, whole.row, outputs)])
    for variable, value in zip(net.weights, whole.weights, strict=True):
        variable.assign(value)
    given, inner = front(whole.preprocessing, whole.row)
    for layer in map(_twin_of(whole), net.layers):
        inner = layer(inner)
    if whole.unit:
        sd, mean = np.array([whole.unit.sd]), np.array([whole.unit.mean])  # numbers that are no arrays are rounded
        inner = keras.ops.add(keras.ops.multiply(keras.ops.cast(inner, "float64"), sd), mean)
    return keras.Model(given, inner, name=whole.experiment.name.replace("-", "_"))


def _twin_of(whole: Whole) -> Callable[[Any], Any]:
    """Return what gives a layer of ours its twin of Keras' own."""
    experiment = whole.experiment

    def twin(layer: Any) -> Any:
        if isinstance(layer, StochasticLayer):
            ((strength,),) = strengths(experiment, [layer])[-1:]
            shape = {} if layer.noise_shape is None else {"noise_shape": layer.noise_shape}
            return _TWINS[experiment.dropout.kind](strength, name=layer.name, dtype=layer.dtype_policy, **shape)
        if isinstance(layer, WeightDropped):
            return _dense(layer)
        return _own(layer, twin) if isinstance(layer, CustomModelLayer) else layer

    return twin


def _dense(layer: Any) -> Any:
    made = keras.layers.Dense(layer.units, layer.activation, name=layer.name, dtype=layer.dtype_policy)
    made.build((None, layer.kernel.shape[0]))
    made.set_weights([layer.kernel.numpy(), layer.bias.numpy()])
    return made


def _own(layer: CustomModelLayer, twin: Callable[[Any], Any]) -> Any:
    """Copy the user's model with other dropout layers in it."""

    def copied(each: Any) -> Any:
        return twin(each) if isinstance(each, StochasticLayer) else type(each).from_config(each.get_config())

    ours = {id(variable) for drawing in layer.drawings for variable in drawing.weights}
    try:
        copy = keras.models.clone_model(layer.net, clone_function=copied)
        copy.set_weights([each.numpy() for each in layer.net.weights if id(each) not in ours])
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise ModelError(
            f"{layer.place}: model.builder: the model cannot be copied with Keras' dropout in place of ours, which "
            f"takes keras.Sequential or keras.Model(inputs, outputs): {type(error).__name__}: {text}"
        ) from error
    return copy
