"""Concrete dropout: what Gal, Hron and Kendall (2017) compute, written by hand, and a rate that learns."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from drawn import UNITS, layer_of  # noqa: E402 - Keras must be started first

from dropout_lab.models.concrete import learned_rate, tie_to_weights  # noqa: E402

FACTORS = (0.02, 0.03)


def of(rate: float, seed: int = 1, dtype: str = "float64") -> Any:
    return layer_of("concrete_dropout", rate, seed, dtype=dtype, regularizers=FACTORS)


def some_inputs(rows: int = 8) -> Any:
    return np.random.default_rng(0).normal(size=(rows, UNITS))


def by_hand(inputs: Any, draws: Any, rate: float) -> Any:
    z = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) - np.log(draws / (1 - draws))) / 0.1))
    return inputs * (1 - z) / (1 - rate)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.8])
def test_it_gives_the_numbers_of_the_papers_formula_with_the_same_draws(rate: float) -> None:
    layer, same = of(rate), of(rate)
    for _ in range(2):
        draws = np.asarray(same._draw((8, UNITS)))
        assert np.asarray(layer(some_inputs(), training=True)) == pytest.approx(by_hand(some_inputs(), draws, rate))


def test_it_is_the_identity_at_evaluation() -> None:
    assert (np.asarray(of(0.3)(some_inputs(), training=False)) == some_inputs()).all()


def test_it_drops_what_dropout_of_that_rate_drops_but_for_draws_near_the_rate_and_keeps_the_expectation() -> None:
    ones = np.ones((2000, UNITS))
    soft = np.asarray(of(0.3)(ones, training=True))
    hard = np.asarray(layer_of("dropout", 0.3, 1, dtype="float64")(ones, training=True))
    assert ((soft < 0.5 / 0.7) == (hard == 0)).all()
    assert np.abs(soft - hard).mean() < 0.1
    assert soft.mean() == pytest.approx(1, abs=0.02)


def test_a_higher_rate_leaves_less_of_every_unit() -> None:
    low, high = (np.asarray(of(rate)(np.ones((50, UNITS)), training=True)) * (1 - rate) for rate in (0.2, 0.5))
    assert (high <= low).all()
    assert (high < low).mean() > 0.5


def test_the_penalty_is_that_of_the_paper_and_its_gradient_reaches_rate_and_weights() -> None:
    layer, dense = of(0.3), keras.layers.Dense(4, dtype="float64")
    tie_to_weights([layer, keras.layers.Activation("relu"), dense])
    dense.build((None, UNITS))
    kernel, (of_weights, of_entropy) = dense.kernel.numpy(), FACTORS

    def expected(rate: float) -> Any:
        entropy = rate * np.log(rate) + (1 - rate) * np.log(1 - rate)
        return of_weights * (kernel**2).sum() / (1 - rate) + of_entropy * UNITS * entropy

    with tf.GradientTape() as tape:
        (penalty,) = layer.losses
    of_shift, of_kernel = tape.gradient(penalty, [layer.shift.value, dense.kernel.value])
    assert float(penalty) == pytest.approx(expected(0.3))
    by_rate = (expected(0.3 + 1e-6) - expected(0.3 - 1e-6)) / 2e-6
    assert float(of_shift) == pytest.approx(by_rate * 0.3 * 0.7, rel=1e-6)
    assert np.asarray(of_kernel) == pytest.approx(2 * of_weights * kernel / 0.7)


def test_the_rate_falls_where_noise_hurts_and_rises_where_only_the_entropy_counts() -> None:
    layer, dense = of(0.3), keras.layers.Dense(1, kernel_initializer="zeros", dtype="float64")
    tie_to_weights([layer, dense])
    dense.build((None, UNITS))
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_mean((layer(np.ones((500, UNITS)), training=True) - 1) ** 2)
        (entropy,) = layer.losses
    assert float(tape.gradient(loss, layer.shift.value)) > 0 > float(tape.gradient(entropy, layer.shift.value))


def test_no_draw_gives_anything_but_a_number_and_bfloat16_has_the_draws_of_float32() -> None:
    layer = of(1e-6, dtype="float32")
    start = keras.ops.convert_to_tensor(layer.strength[0])
    changed = np.asarray(layer.change(np.ones((3, 1), np.float32), np.float32([[0], [0.5], [1]]), start))
    assert np.isfinite(changed).all()
    wide, narrow = (of(0.3, dtype=dtype) for dtype in ("float32", "mixed_bfloat16"))
    found = np.asarray(keras.ops.cast(narrow(some_inputs(), training=True), "float32"))
    assert found == pytest.approx(np.asarray(wide(some_inputs(), training=True)), rel=0.03, abs=0.03)


def test_the_learned_rate_is_the_mean_over_the_layers_that_learn() -> None:
    layers = [of(0.2), layer_of("dropout", 0.5, 1), of(0.2)]
    assert learned_rate(layers, 0.2, lambda layer: 0.0) == pytest.approx(0.2)
    assert learned_rate(layers, 0.2, lambda layer: [0, np.log(4)][layer is layers[2]]) == pytest.approx((0.2 + 0.5) / 2)
    assert learned_rate(layers, 0.2, lambda layer: 1e6) == 1
    assert learned_rate(layers[1:2], 0.2, lambda layer: 0.0) is None
