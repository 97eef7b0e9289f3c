"""Encoder blocks of a transformer: attention and a feed-forward network, each with a residual connection."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from dropout_lab.config import Experiment
from dropout_lab.config.model import Transformer
from dropout_lab.models.composite import Composite, Convert
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.dropout import StochasticLayer
from dropout_lab.models.embedded_inputs import masked_mean
from dropout_lab.models.registry import dropout_layer

__all__ = ["Attention", "transformer_layers"]

_EPSILON = 1e-6
"""Of the normalizations, as is usual in transformers; Keras' default of 1e-3 is meant for batches."""


def transformer_layers(experiment: Experiment, model: Transformer, steps: int, features: int) -> list[Any]:
    """Return the layers from a sequence, (rows, steps, features), to (rows, units).

    Parameters
    ----------
    experiment : Experiment
    model : Transformer
    steps, features : int
        A sequence of another size than ``model.embedding`` is projected to that first.

    Returns
    -------
    list of keras.layers.Layer
        Of each block the layers with weights are called ``attention_1``, ``attention_1_normalization``,
        ``feedforward_1`` and so on.
    """
    layers: list[Any] = []
    if features != model.embedding:
        layers.append(keras.layers.Dense(model.embedding, name="projection", dtype=experiment.training.precision))
    layers.append(Positions(steps, model.embedding, experiment.training.precision))
    layers += [Block(experiment, model, number) for number in range(1, model.blocks + 1)]
    return [*layers, MeanOverSteps(name="mean", dtype=experiment.training.precision)]


class Positions(Composite):
    """Adds a vector that is learned for each step, (rows, steps, units) -> the same shape."""

    def __init__(self, steps: int, units: int, dtype: str) -> None:
        super().__init__(name="with_positions", dtype=dtype)
        self.inner = [keras.layers.Embedding(steps, units, name="positions", dtype=dtype)]

    def apply(self, inputs: Any, convert: Convert, mask: Any = None) -> Any:
        """Return the sequence with positions."""
        ones = ops.ones_like(inputs[:1, :, 0], dtype="int32")
        return ops.add(inputs, convert(self.inner[0])(ops.subtract(ops.cumsum(ones, axis=1), 1)))


class MeanOverSteps(Composite):
    """The mean over the steps that are not padding: (rows, steps, units) -> (rows, units)."""

    def __init__(self, name: str, dtype: str) -> None:
        super().__init__(name=name, dtype=dtype)
        self.inner = []

    def apply(self, inputs: Any, convert: Convert, mask: Any = None) -> Any:
        """Return the mean."""
        return ops.mean(inputs, axis=1) if mask is None else masked_mean(inputs, mask)


class Block(Composite):
    """An encoder block, (rows, steps, units) -> the same shape, normalized after each residual connection.

    Vaswani et al. 2017, "Attention is all you need", section 3.1. Dropout is of the output of both parts (section 5.4),
    or of the attention's scores, as by Keras' `MultiHeadAttention`.
    """

    def __init__(self, experiment: Experiment, model: Transformer, number: int) -> None:
        dtype = experiment.training.precision
        super().__init__(name=f"block_{number}", dtype=dtype)
        attention, feedforward, sites = f"attention_{number}", f"feedforward_{number}", experiment.inputs()
        weights: dict[str, Any] = {
            "kernel_constraint": norm_constraint(experiment.regularization),
            "kernel_regularizer": weight_penalty(experiment.regularization),
            "dtype": dtype,
        }
        attend = Attention(
            model.heads,
            model.embedding // model.heads,
            dropout_layer(experiment, f"{attention}_scores") if f"{attention}_scores" in sites else None,
            name=attention,
            **weights,
        )
        dropped = [dropout_layer(experiment, name) if name in sites else None for name in (attention, feedforward)]
        norms = [
            keras.layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_normalization", dtype=dtype)
            for name in (attention, feedforward)
        ]
        dense = [
            keras.layers.Dense(model.feedforward, model.activation, name=f"{feedforward}_inner", **weights),
            keras.layers.Dense(model.embedding, name=feedforward, **weights),
        ]
        ordered = [attend, dropped[0], norms[0], *dense, dropped[1], norms[1]]
        self.inner = [layer for layer in ordered if layer is not None]  # first: Keras lists weights in this order
        self.attention, self.dropped, self.norms, self.feedforward = attend, dropped, norms, dense

    def apply(self, inputs: Any, convert: Convert, mask: Any = None) -> Any:
        """Return the block's output."""
        masks = {} if mask is None else {"query_mask": mask, "value_mask": mask}
        found = convert(self.attention)(inputs, inputs, **masks)
        inputs = self._normalized(0, inputs, found, convert)
        found = inputs
        for layer in self.feedforward:
            found = convert(layer)(found)
        return self._normalized(1, inputs, found, convert)

    def _normalized(self, part: int, inputs: Any, found: Any, convert: Convert) -> Any:
        dropped = self.dropped[part]
        if dropped is not None:
            found = convert(dropped)(found)
        return convert(self.norms[part])(ops.add(inputs, found))


class Attention(keras.layers.MultiHeadAttention):
    """Keras' attention, whose dropout can have its rate set after tracing.

    Parameters
    ----------
    heads, key_size : int
    scores_dropout : StochasticLayer or None
        What drops attention scores.
    **kwargs
        As for Keras' layer.
    """

    def __init__(self, heads: int, key_size: int, scores_dropout: StochasticLayer | None, **kwargs: Any) -> None:
        super().__init__(heads, key_size, **kwargs)
        self.scores_dropout = scores_dropout

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Make the weights, and the variables of the dropout."""
        super().build(query_shape, value_shape, key_shape)
        if self.scores_dropout is not None:
            self.scores_dropout.build((query_shape[0], self.num_heads, query_shape[1], value_shape[1]))

    @property
    def stochastic_layers(self) -> list[StochasticLayer]:
        """The layer that drops scores, if there is one."""
        return [] if self.scores_dropout is None else [self.scores_dropout]

    def _compute_attention(  # noqa: PLR0913 - Keras' own, which a subclass may override
        self,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> tuple[Any, Any]:
        """Return what each head attends to, of shape (rows, steps, heads, key size), and the scores."""
        query = ops.multiply(query, ops.cast(1 / math.sqrt(self.key_dim), query.dtype))
        scores = ops.einsum("bsnd,btnd->bnts", key, query)
        if attention_mask is not None:
            smallest = ops.cast(-1e9 if scores.dtype != "float16" else -3e4, scores.dtype)
            scores = ops.where(ops.expand_dims(attention_mask, 1), scores, smallest)
        scores = ops.softmax(scores, axis=-1)
        dropped = scores if self.scores_dropout is None else self.scores_dropout(scores)
        return ops.einsum("bnts,bsnd->btnd", dropped, value), scores
