from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from dropout_lab.models import stochastic_layers  # noqa: E402 - Keras must be started first
from dropout_lab.models.dropconnect import DropConnect, StackedDropConnect  # noqa: E402

INPUTS, UNITS = 30, 40


def _layer(rate: float, seed: int, name: str = "hidden_1", **options: Any) -> DropConnect:
    layer = DropConnect(UNITS, name=name, **options)
    layer.build((None, INPUTS))
    layer.kernel.assign(np.random.default_rng(9).normal(size=(INPUTS, UNITS)) + 3)  # none is 0
    layer.bias.assign(np.arange(UNITS))
    [drawing] = stochastic_layers([layer])
    drawing.set(rate)
    drawing.start(seed)
    return layer


def _weights(layer: DropConnect) -> Any:
    """Return the weights that a training step works with, from what each input alone makes of the units."""
    return np.asarray(layer(np.eye(INPUTS, dtype=np.float32), training=True)) - layer.bias.numpy()


def test_in_training_a_weight_is_dropped_or_divided_by_what_is_kept_and_biases_stay() -> None:
    layer = _layer(0.4, 1)
    weights, kernel = _weights(layer), layer.kernel.numpy()
    dropped = weights == 0
    assert weights[~dropped] == pytest.approx(kernel[~dropped] / 0.6, rel=1e-4)
    assert (np.asarray(layer(np.zeros((2, INPUTS), np.float32), training=True)) == layer.bias.numpy()).all()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_over_many_masks_the_share_dropped_is_the_rate_and_the_expectation_is_kept(rate: float) -> None:
    layer = _layer(rate, 1)
    masks = np.array([_weights(layer) for _ in range(60)])
    assert (masks == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / masks.size))
    kept = (masks / layer.kernel.numpy()).mean()
    assert kept == pytest.approx(1, abs=5 * np.sqrt(rate / (1 - rate) / masks.size))


def test_one_mask_serves_all_rows_of_a_batch_and_the_next_batch_has_another() -> None:
    layer, row = _layer(0.5, 1), np.linspace(1, 2, INPUTS, dtype=np.float32)
    first, second = (np.asarray(layer(np.tile(row, (4, 1)), training=True)) for _ in range(2))
    assert (first == first[0]).all()
    assert (first != second).any()


@pytest.mark.parametrize(("rate", "training"), [(0.7, False), (0.0, True)])
def test_at_evaluation_and_at_rate_0_it_is_keras_dense_layer(rate: float, training: bool) -> None:
    ours, theirs = _layer(rate, 1, activation="tanh"), keras.layers.Dense(UNITS, activation="tanh")
    theirs.build((None, INPUTS))
    theirs.set_weights([ours.kernel.numpy(), ours.bias.numpy()])
    inputs = np.random.default_rng(0).normal(size=(8, INPUTS)).astype(np.float32)
    assert (np.asarray(ours(inputs, training=training)) == np.asarray(theirs(inputs))).all()


def test_a_lower_rate_drops_a_part_of_what_a_higher_one_drops() -> None:
    low, high = (_weights(_layer(rate, 5)) == 0 for rate in (0.2, 0.5))
    assert low.any()
    assert not (low & ~high).any()


def test_layers_and_trials_have_masks_of_their_own() -> None:
    masks = {(_weights(_layer(0.5, seed, name)) == 0).tobytes() for seed in (1, 2) for name in ("hidden_1", "hidden_2")}
    assert len(masks) == 4


def test_only_weights_that_were_kept_learn() -> None:
    import tensorflow as tf

    layer = _layer(0.5, 1)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(np.ones((4, INPUTS), np.float32), training=True))
    gradient = tape.gradient(total, layer.kernel.value).numpy()
    dropped = _weights(_layer(0.5, 1)) == 0
    assert (gradient[dropped] == 0).all()
    assert gradient[~dropped] == pytest.approx(4 / 0.5)


def test_with_a_trial_axis_each_trial_has_its_own_weights_masks_and_rate() -> None:
    stacked = StackedDropConnect(UNITS, name="hidden_1")
    stacked.build((1, None, INPUTS))
    singles = [_layer(rate, seed) for rate, seed in ((0.2, 1), (0.6, 2))]
    inputs = np.random.default_rng(0).normal(size=(2, 8, INPUTS)).astype(np.float32)
    draws = []
    for layer in singles:
        start = layer.connections.seed_generator.state.numpy().astype(np.int32)
        draws.append(stacked.connections.draw_for(start, 16, "float32"))
    expected = [np.asarray(layer(rows, training=True)) for layer, rows in zip(singles, inputs, strict=True)]
    values = [
        (stacked.kernel, np.stack([layer.kernel.numpy() for layer in singles])),
        (stacked.bias, np.stack([layer.bias.numpy() for layer in singles])[:, None]),
        (stacked.connections.draws, np.stack(draws)),
        (stacked.connections.strength[0], np.float32([0.2, 0.6])[:, None, None]),
    ]
    with keras.StatelessScope() as scope:
        for variable, value in values:
            scope.add_update((variable, keras.ops.convert_to_tensor(value)))
        found = np.asarray(stacked(inputs, training=True))
    assert found == pytest.approx(np.array(expected), rel=1e-5, abs=1e-4)
