"""A trained net -> a Keras model of Keras' own layers, with the scaling in front."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras

from dropout_lab.engines.whole import Whole
from dropout_lab.errors import ModelError
from dropout_lab.models import OwnNet, layers, strengths
from dropout_lab.models.drawing import Drawing
from dropout_lab.models.dropconnect import OnWeights

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
    DropConnect, which does nothing once trained, is a dense layer. The scaling is computed in float64.

    Parameters
    ----------
    whole : Whole

    Returns
    -------
    keras.Model
        Input (rows, *row), output (rows, 1) for two classes, the probability of the second, else (rows, classes).

    Raises
    ------
    ModelError
        If a net of one's own cannot be copied with Keras' dropout in place of ours.
    """
    outputs = 1 if whole.classes == 2 else whole.classes
    inputs = math.prod(whole.row)
    net = keras.Sequential([keras.Input((inputs,)), *layers(whole.experiment, whole.row, outputs)])
    for variable, value in zip(net.weights, whole.weights, strict=True):
        variable.assign(value)
    twin = _twin_of(whole)
    first: list[Any] = [keras.Input(whole.row, name="rows", dtype="float64")]
    if len(whole.row) > 1:
        first.append(keras.layers.Reshape((inputs,), name="numbers", dtype="float64"))
    scaling = keras.layers.Normalization(
        mean=whole.scaling.shift.tolist(),
        variance=(whole.scaling.divisor**2).tolist(),
        name="scaling",
        dtype="float64",
    )
    return keras.Sequential([*first, scaling, *map(twin, net.layers)], name=whole.experiment.name.replace("-", "_"))


def _twin_of(whole: Whole) -> Callable[[Any], Any]:
    """Return what gives a layer of ours its twin of Keras' own."""
    experiment = whole.experiment

    def twin(layer: Any) -> Any:
        if isinstance(layer, Drawing):
            ((strength,),) = strengths(experiment, [layer])[-1:]
            shape = {} if layer.noise_shape is None else {"noise_shape": layer.noise_shape}
            return _TWINS[experiment.dropout.kind](strength, name=layer.name, dtype=layer.dtype_policy, **shape)
        if isinstance(layer, OnWeights):
            return _dense(layer)
        return _own(layer, twin) if isinstance(layer, OwnNet) else layer

    return twin


def _dense(layer: Any) -> Any:
    made = keras.layers.Dense(layer.units, layer.activation, name=layer.name, dtype=layer.dtype_policy)
    made.build((None, layer.kernel.shape[0]))
    made.set_weights([layer.kernel.numpy(), layer.bias.numpy()])
    return made


def _own(layer: OwnNet, twin: Callable[[Any], Any]) -> Any:
    """Copy the user's model with other dropout layers in it."""

    def copied(each: Any) -> Any:
        return twin(each) if isinstance(each, Drawing) else type(each).from_config(each.get_config())

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
