"""Convert a fitted model to a plain Keras model that includes its preprocessing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from dropout_lab.config.dropout_kinds import KINDS
from dropout_lab.errors import ModelError, describe_error
from dropout_lab.final_model.preprocessing_layers import preprocessing_layers
from dropout_lab.final_model.train import FittedModel
from dropout_lab.models import CustomModelLayer, layers, learned_rate, strengths
from dropout_lab.models.composite import Composite
from dropout_lab.models.concrete import ConcreteDropout
from dropout_lab.models.dropconnect import WeightDropped
from dropout_lab.models.dropout import BernoulliDropout, StochasticLayer
from dropout_lab.models.embedded_inputs import IndexEmbedding
from dropout_lab.models.recurrent_dropout import RecurrentDropout
from dropout_lab.models.transformer import Attention

__all__ = ["export"]


def export(fitted: FittedModel) -> Any:
    """Return the Keras model that maps raw rows to what the output layer gives.

    Loading it needs Keras only: dropout layers and recurrent layers are Keras' own, at the rate of the last epoch, or
    the one that was learned; a layer with DropConnect, which is inactive after training, becomes a dense layer, and one
    of a kind that Keras has not the identity.

    Parameters
    ----------
    fitted : FittedModel

    Returns
    -------
    keras.Model
        Its inputs are those of `preprocessing_layers`. Its output has shape (rows, 1) for two classes (the probability
        of the second) and for regression (in the target's unit), else (rows, classes).

    Raises
    ------
    ModelError
        If a custom model cannot be copied with Keras' dropout layers, or a text cannot be saved.
    """
    outputs = 1 if fitted.target_scaler or fitted.classes == 2 else fitted.classes
    net = keras.Sequential([keras.Input((math.prod(fitted.row),)), *layers(fitted.experiment, fitted.row, outputs)])
    for variable, value in zip(net.weights, fitted.weights, strict=True):
        variable.assign(value)
    inputs, tensor = preprocessing_layers(fitted.preprocessing, fitted.row)
    convert = _converter(fitted)
    for layer in net.layers:
        if isinstance(layer, Composite):
            tensor = layer.apply(tensor, convert)
        elif isinstance(layer, CustomModelLayer):
            tensor = layer.feed(convert(layer), tensor)
        else:
            tensor = convert(layer)(tensor)
    if scaler := fitted.target_scaler:
        sd, mean = np.array([scaler.sd]), np.array([scaler.mean])  # arrays: Keras rounds Python floats
        tensor = keras.ops.add(keras.ops.multiply(keras.ops.cast(tensor, "float64"), sd), mean)
    return keras.Model(inputs, tensor, name=fitted.experiment.name.replace("-", "_"))


def _converter(fitted: FittedModel) -> Callable[[Any], Any]:
    """Return a function that turns each of our layers into one of Keras'."""
    experiment = fitted.experiment

    def convert(layer: Any) -> Any:
        if isinstance(layer, StochasticLayer):
            ((strength,),) = strengths(experiment, [layer])[-1:]
            if isinstance(layer, ConcreteDropout):
                strength = learned_rate([layer], strength, lambda each: each.shift.numpy()) or strength
            shape = {} if layer.noise_shape is None else {"noise_shape": layer.noise_shape}
            name = "Dropout" if isinstance(layer, BernoulliDropout) else KINDS[experiment.dropout.kind].keras_layer
            if not name:
                return keras.layers.Activation("linear", name=layer.name, dtype=layer.dtype_policy)
            kind = getattr(keras.layers, name)
            return kind(strength, name=layer.name, dtype=layer.dtype_policy, **shape)
        if isinstance(layer, WeightDropped):
            return _dense(layer)
        if isinstance(layer, IndexEmbedding):
            return _embedding(layer)
        if isinstance(layer, Attention):
            rates = [strengths(experiment, [each])[-1][0] for each in layer.stochastic_layers]
            return _attention(layer, *rates)
        if isinstance(layer, RecurrentDropout):
            ((rate,),) = strengths(experiment, layer.stochastic_layers)[-1:]
            return _recurrent(layer, rate)
        return _custom_model(layer, convert) if isinstance(layer, CustomModelLayer) else layer

    return convert


def _dense(layer: Any) -> Any:
    dense = keras.layers.Dense(layer.units, layer.activation, name=layer.name, dtype=layer.dtype_policy)
    dense.build((None, layer.kernel.shape[0]))
    dense.set_weights([layer.kernel.numpy(), layer.bias.numpy()])
    return dense


def _embedding(layer: Any) -> Any:
    embedding = keras.layers.Embedding(layer.input_dim, layer.output_dim, name=layer.name, dtype=layer.dtype_policy)
    embedding.build((None,))
    embedding.set_weights([layer.embeddings.numpy()])
    return embedding


def _attention(layer: Attention, rate: float = 0.0) -> Any:
    attention = keras.layers.MultiHeadAttention(
        layer.num_heads, layer.key_dim, dropout=rate, name=layer.name, dtype=layer.dtype_policy
    )
    shape = (None, None, layer.query_dense.kernel.shape[0])
    attention.build(shape, shape)
    for own, ours in zip(attention.trainable_weights, layer.trainable_weights, strict=True):
        own.assign(ours)
    return attention


def _recurrent(layer: RecurrentDropout, rate: float) -> Any:
    cell = layer.cell
    recurrent = layer.keras_layer(
        layer.units,
        recurrent_dropout=rate,
        return_sequences=layer.return_sequences,
        unroll=layer.unroll,
        name=layer.name,
        dtype=layer.dtype_policy,
    )
    recurrent.build((None, None, cell.kernel.shape[0]))
    recurrent.set_weights([cell.kernel.numpy(), cell.recurrent_kernel.numpy(), cell.bias.numpy()])
    return recurrent


def _custom_model(layer: CustomModelLayer, convert: Callable[[Any], Any]) -> Any:
    """Copy the user's model, with Keras' dropout layers in place of ours."""

    def copy_layer(inner: Any) -> Any:
        return convert(inner) if isinstance(inner, StochasticLayer) else type(inner).from_config(inner.get_config())

    ours = {id(variable) for stochastic in layer.stochastic_layers for variable in stochastic.weights}
    try:
        copy = keras.models.clone_model(layer.net, clone_function=copy_layer)
        copy.set_weights([variable.numpy() for variable in layer.net.weights if id(variable) not in ours])
    except Exception as error:
        raise ModelError(
            f"{layer.location}: model.builder: the model cannot be copied with Keras' dropout layers in place of ours "
            f"(only keras.Sequential and keras.Model(inputs, outputs) can): {describe_error(error, 200)}"
        ) from error
    return copy
