"""Recurrent layers that drop a part of their own state: variational dropout."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from dropout_lab.models.dropout import BernoulliDropout

__all__ = ["RecurrentDropout", "StateDropout"]


class StateDropout(BernoulliDropout):
    """Draws the masks that a recurrent layer multiplies its state by, one for each gate.

    Parameters
    ----------
    gates : int
    **kwargs
        As for `StochasticLayer`.
    """

    def __init__(self, gates: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gates = gates

    def masks(self, state: Any) -> tuple[Any, ...]:
        """Draw masks of 0 and ``1 / (1 - rate)`` in the shape of a state, (rows, units)."""
        ones, rate = ops.ones_like(state), ops.convert_to_tensor(self.strength[0])
        return tuple(self.change(ones, self._draw(ops.shape(state)), rate) for _ in range(self.gates))


class RecurrentDropout(keras.layers.RNN):
    """A recurrent layer of Keras with dropout on its state, as by ``recurrent_dropout`` and with its masks.

    In training, what a gate sees of the last step's output is multiplied by a mask that is the same at all steps; an
    LSTM's cell state is not dropped (Gal and Ghahramani 2016, "A theoretically grounded application of dropout in
    recurrent neural networks", with weights that are not tied). It differs from Keras' layers in that the rate can be
    set after tracing. At rate 0 it computes what the layer without dropout does; in a compiled program
    perhaps rounded otherwise.

    Parameters
    ----------
    cell : str
        A key of `CELLS`.
    units : int
    name : str
        The layer of the masks has it with the suffix ``_state_dropout``.
    dtype : str
    return_sequences, unroll : bool
    **kwargs
        Of Keras' cell: constraints and regularizers.
    """

    def __init__(
        self, cell: str, units: int, *, name: str, dtype: str, return_sequences: bool, unroll: bool, **kwargs: Any
    ) -> None:
        kind = CELLS[cell]
        super().__init__(
            kind(units, dtype=dtype, **kwargs),
            return_sequences=return_sequences,
            unroll=unroll,
            name=name,
            dtype=dtype,
        )
        self.state_dropout = StateDropout(kind.gates, name=f"{name}_state_dropout", dtype=dtype)

    @property
    def keras_layer(self) -> type[Any]:
        """The class in ``keras.layers`` that it is like."""
        kind: type[Any] = self.cell.layer
        return kind

    @property
    def units(self) -> int:
        """The size of its state and its output."""
        return int(self.cell.units)

    @property
    def activation(self) -> Any:
        """Keras' activation of its output."""
        return self.cell.activation

    @property
    def stochastic_layers(self) -> list[StateDropout]:
        """The layer that draws the masks."""
        return [self.state_dropout]

    def build(self, sequences_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        super().build(sequences_shape)
        self.state_dropout.build((None, self.units))

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Run over the steps; with masks drawn for all of them if `training`."""

        def run(masks: tuple[Any, ...] = ()) -> Any:
            self.cell.masks = masks
            try:
                return super(RecurrentDropout, self).inner_loop(sequences, initial_state, mask, training)
            finally:
                self.cell.masks = ()

        if not training:
            return run()
        masks = self.state_dropout.masks(initial_state[0])
        rate = ops.convert_to_tensor(self.state_dropout.strength[0])
        return ops.cond(rate > 0, lambda: run(masks), run)  # gate by gate, products are rounded otherwise


class _LSTMCell(keras.layers.LSTMCell):
    layer, gates = keras.layers.LSTM, 4
    masks: tuple[Any, ...] = ()

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        if not self.masks:
            return super().call(inputs, states, training=training)
        output, carry = states
        gates = ops.matmul(inputs, self.kernel) + _from_state(self, output) + self.bias
        into, forget, candidate, out = ops.split(gates, 4, axis=1)
        carry = self.recurrent_activation(forget) * carry + self.recurrent_activation(into) * self.activation(candidate)
        output = self.recurrent_activation(out) * self.activation(carry)
        return output, [output, carry]


class _GRUCell(keras.layers.GRUCell):
    layer, gates = keras.layers.GRU, 3
    masks: tuple[Any, ...] = ()

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        if not self.masks:
            return super().call(inputs, states, training=training)
        (output,) = states
        input_bias, recurrent_bias = self.bias[0], self.bias[1]
        update, reset, candidate = ops.split(ops.matmul(inputs, self.kernel) + input_bias, 3, axis=1)
        parts = ops.split(_from_state(self, output) + recurrent_bias, 3, axis=1)
        update = self.recurrent_activation(update + parts[0])
        reset = self.recurrent_activation(reset + parts[1])
        candidate = self.activation(candidate + reset * parts[2])
        output = update * output + (1 - update) * candidate
        return output, [output]


class _SimpleRNNCell(keras.layers.SimpleRNNCell):
    layer, gates = keras.layers.SimpleRNN, 1
    masks: tuple[Any, ...] = ()

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        if not self.masks:
            return super().call(inputs, states, training=training)
        (output,) = states
        output = self.activation(ops.matmul(inputs, self.kernel) + self.bias + _from_state(self, output))
        return output, [output]


def _from_state(cell: Any, output: Any) -> Any:
    """Return the last output times the recurrent weights, masked gate by gate: shape (rows, gates * units)."""
    kernels = ops.split(cell.recurrent_kernel, cell.gates, axis=1)
    return ops.concatenate(
        [ops.matmul(output * mask, kernel) for mask, kernel in zip(cell.masks, kernels, strict=True)], axis=1
    )


CELLS: dict[str, Any] = {"lstm": _LSTMCell, "gru": _GRUCell, "simple": _SimpleRNNCell}
