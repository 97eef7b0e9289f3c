"""The dense layer for one network or for a stack of them, and the limits on weights."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from dropout_lab.config import Experiment
from dropout_lab.config.training import Regularization
from dropout_lab.models.deterministic_sums import add_bias, sum_rows
from dropout_lab.provenance import LANES

__all__ = ["Dense", "MaxNorm", "UnitNorm", "dense", "norm_constraint", "weight_penalty"]


class Dense(keras.layers.EinsumDense):
    """A dense layer with a leading trial axis: each trial has its own kernel and bias.

    Input (trials, rows, inputs), output (trials, rows, units). It differs from Keras' layer in one way: the gradient
    of the bias is summed in an order that does not depend on the number of trials.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__("kri,kio->kro", output_shape=(None, units), bias_axes="ko", **kwargs)

    def call(self, inputs: Any) -> Any:
        """Return ``activation(inputs @ kernel + bias)``, trial by trial."""
        return self.activation(add_bias(ops.matmul(inputs, self.kernel), self.bias))


class MaxNorm(keras.constraints.MaxNorm):
    """Keras' limit on the norm of the weights into each unit, for kernels of shape (trials, inputs, units)."""

    def __call__(self, w: Any) -> Any:
        """Return the kernels, scaled down where a column's norm is above the limit."""
        norms = _norms(w)
        factors = ops.clip(norms, 0, self.max_value) / (keras.config.epsilon() + norms)
        return w * factors[..., : w.shape[-1]]


class UnitNorm(keras.constraints.UnitNorm):
    """Keras' norm of 1 for the weights into each unit, for kernels of shape (trials, inputs, units)."""

    def __call__(self, w: Any) -> Any:
        """Return the kernels, each column divided by its norm."""
        return w * (1 / (keras.config.epsilon() + _norms(w)))[..., : w.shape[-1]]


def _norms(w: Any) -> Any:
    """Return the norm of each column: shape (trials, 1, units), the units padded to whole vectors of the processor.

    Roots and divisions can differ in the last digit between full vectors and the tail of an array.
    """
    return ops.sqrt(ops.pad(sum_rows(ops.square(w)), [(0, 0), (0, 0), (0, -w.shape[-1] % LANES)]))


def dense(
    units: int,
    limited: Experiment | None,
    *,
    stacked: bool = False,
    classes: tuple[Any, Any] = (keras.layers.Dense, Dense),
    **kwargs: Any,
) -> Any:
    """Return a dense layer, with a leading trial axis if `stacked`.

    Parameters
    ----------
    units : int
    limited : Experiment or None
        Whose regularization and precision the layer has; None for the output layer.
    stacked : bool
    classes : tuple of type
        The class without a trial axis and the one with it: Keras' own and `Dense`, or subclasses of them.
    **kwargs
        As for ``keras.layers.Dense``.
    """
    if limited is not None:
        limits = limited.regularization
        kwargs["dtype"] = limited.training.precision
        kwargs["kernel_constraint"] = norm_constraint(limits, stacked=stacked)
        kwargs["kernel_regularizer"] = weight_penalty(limits)
    return classes[stacked](units, **kwargs)


def norm_constraint(limits: Regularization, inputs: int | list[int] = 0, *, stacked: bool = False) -> Any:
    """Return Keras' constraint on the norm of the weights into each unit; None if the config has none.

    Parameters
    ----------
    limits : Regularization
    inputs : int or list of int
        The axes of the kernel over which the norm is taken.
    stacked : bool
        For kernels with a leading trial axis; `inputs` is then unused.
    """
    if limits.unit_norm:
        return UnitNorm() if stacked else keras.constraints.UnitNorm(inputs)
    if limits.max_norm:
        return MaxNorm(limits.max_norm) if stacked else keras.constraints.MaxNorm(limits.max_norm, inputs)
    return None


def weight_penalty(limits: Regularization) -> Any:
    """Return Keras' L1 and L2 penalty on weights; None if the config has none."""
    return keras.regularizers.L1L2(limits.l1, limits.l2) if limits.l1 or limits.l2 else None
