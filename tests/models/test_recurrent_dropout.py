"""Recurrent layers that drop their own state: Keras' recurrent_dropout, with a rate that can be set."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from dropout_lab.models import mask_seed, stochastic_layers  # noqa: E402 - Keras must be started first
from dropout_lab.models.recurrent_dropout import RecurrentDropout  # noqa: E402
from dropout_lab.models.rnn import CELLS  # noqa: E402

UNITS, STEPS, FEATURES = 5, 4, 3
GATES = {"lstm": 4, "gru": 3, "simple": 1}
every_cell = pytest.mark.parametrize("cell", CELLS)


def some_inputs(rows: int = 7) -> Any:
    return np.random.default_rng(0).normal(size=(rows, STEPS, FEATURES)).astype(np.float32)


def of(cell: str, rate: float, seed: int = 1, *, name: str = "recurrent_1", unroll: bool = False) -> Any:
    """Return a layer with weights that no other test changes, started for a trial's seed."""
    layer = RecurrentDropout(cell, UNITS, name=name, dtype="float32", return_sequences=True, unroll=unroll)
    layer.build((None, STEPS, FEATURES))
    random = np.random.default_rng(9)
    for weight in layer.trainable_weights:
        weight.assign(random.normal(size=weight.shape))
    [drawing] = stochastic_layers([layer])
    drawing.set(rate)
    drawing.start(seed)
    return layer


def of_keras(cell: str, rate: float, like: Any) -> Any:
    """Return Keras' own layer with the weights of ours."""
    layer = CELLS[cell](UNITS, return_sequences=True, recurrent_dropout=rate)
    layer.build((None, STEPS, FEATURES))
    layer.set_weights([weight.numpy() for weight in like.trainable_weights])
    return layer


@settings(deadline=None, max_examples=15)
@given(
    cell=st.sampled_from(sorted(CELLS)),
    rate=st.sampled_from([0.1, 0.5, 0.9]),
    seed=st.integers(0, 2**60 - 1),
    unroll=st.booleans(),
)
def test_it_gives_the_numbers_of_keras_own_recurrent_dropout_with_the_same_draws(
    cell: str, rate: float, seed: int, unroll: bool
) -> None:
    ours = of(cell, rate, seed, unroll=unroll)
    theirs = of_keras(cell, rate, ours)
    theirs.cell.seed_generator.state.assign(np.array(mask_seed(seed, "recurrent_1_state_dropout")))
    for _ in range(2):
        expected = np.asarray(theirs(some_inputs(), training=True))
        assert np.asarray(ours(some_inputs(), training=True)) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@every_cell
@pytest.mark.parametrize(("rate", "training"), [(0.7, False), (0.0, True)])
def test_at_evaluation_and_at_rate_0_it_is_keras_own_layer_to_the_bit(cell: str, rate: float, training: bool) -> None:
    ours = of(cell, rate)
    expected = np.asarray(of_keras(cell, 0.0, ours)(some_inputs(), training=training))
    assert (np.asarray(ours(some_inputs(), training=training)) == expected).all()


@every_cell
def test_an_evaluation_in_between_changes_no_draw(cell: str) -> None:
    ours, undisturbed = of(cell, 0.5), of(cell, 0.5)
    ours(some_inputs(), training=False)
    expected = np.asarray(undisturbed(some_inputs(), training=True))
    assert (np.asarray(ours(some_inputs(), training=True)) == expected).all()


def test_the_mask_of_a_batch_is_the_same_at_all_steps() -> None:
    """A state that is handed on as it is shrinks to nothing where it is dropped, and else grows by what is kept."""
    layer = of("simple", 0.5)
    kernel, recurrent, bias = layer.trainable_weights
    kernel.assign(np.ones((FEATURES, UNITS)) / FEATURES)
    recurrent.assign(np.eye(UNITS))
    bias.assign(np.zeros(UNITS))
    layer.cell.activation = keras.activations.linear
    first, *later = np.moveaxis(np.asarray(layer(np.ones((50, STEPS, FEATURES), np.float32), training=True)), 1, 0)
    assert first == pytest.approx(np.ones((50, UNITS)))
    dropped = np.abs(later[0] - 1) < 1e-6
    assert 0.3 < dropped.mean() < 0.7
    grown = first
    for output in later:
        grown = 1 + 2 * grown
        assert output == pytest.approx(np.where(dropped, 1, grown))


@every_cell
def test_each_gate_has_a_mask_and_a_lower_rate_drops_a_part_of_what_a_higher_one_drops(cell: str) -> None:
    state = np.ones((200, UNITS), np.float32)
    low, high = (np.array(of(cell, rate).state_dropout.masks(state)) for rate in (0.2, 0.5))
    assert len(low) == len({mask.tobytes() for mask in low}) == GATES[cell]
    assert set(np.unique(low)) == {0, np.float32(1 / 0.8)}
    assert not ((low == 0) & (high != 0)).any()
    assert (low == 0).mean() == pytest.approx(0.2, abs=5 * np.sqrt(0.2 * 0.8 / low.size))


def test_layers_trials_and_steps_have_masks_of_their_own_and_a_smaller_batch_those_of_the_first_rows() -> None:
    outputs = set()
    for seed in (1, 2):
        for name in ("recurrent_1", "recurrent_2"):
            layer = of("gru", 0.5, seed, name=name)
            outputs |= {np.asarray(layer(some_inputs(), training=True)).tobytes() for _ in range(2)}
    assert len(outputs) == 8
    whole, part = (np.asarray(of("gru", 0.5)(some_inputs()[:rows], training=True)) for rows in (7, 3))
    assert whole[:3] == pytest.approx(part, abs=1e-6)


@every_cell
def test_one_traced_program_serves_all_rates_and_trials_and_gradients_flow(cell: str) -> None:
    layer, inputs = of(cell, 0.0), some_inputs()

    @tf.function
    def step() -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            outputs = layer(inputs, training=True)
        return outputs, tape.gradient(outputs, layer.cell.recurrent_kernel.value)

    for rate, seed in ((0.0, 1), (0.3, 1), (0.6, 2)):
        layer.state_dropout.set(rate)
        layer.state_dropout.start(seed)
        outputs, gradient = step()
        assert np.asarray(outputs) == pytest.approx(np.asarray(of(cell, rate, seed)(inputs, training=True)), abs=1e-6)
        assert np.abs(gradient).max() > 0
    assert step.experimental_get_tracing_count() == 1
