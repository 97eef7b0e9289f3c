"""Draws that several inputs share, as Keras' layers with a noise_shape share them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from drawn import UNITS, as_seeded, layer_of  # noqa: E402 - Keras must be started first

from dropout_lab.models.registry import LAYERS  # noqa: E402

STEPS, FEATURES = 6, 10
KERAS: dict[str, Any] = {"dropout": keras.layers.Dropout, "alpha_dropout": keras.layers.AlphaDropout}
noise_shapes = st.tuples(st.none(), st.sampled_from([None, 1, STEPS]), st.sampled_from([None, 1, FEATURES]))
over_time = (None, 1, None)


def some_inputs(rows: int = 8) -> Any:
    return np.random.default_rng(0).normal(size=(rows, STEPS, FEATURES)).astype(np.float32)


def of_sequences(kind: str, rate: float, seed: int, noise_shape: tuple[int | None, ...]) -> Any:
    return layer_of(kind, rate, seed, shape=(STEPS, FEATURES), noise_shape=noise_shape)


@settings(max_examples=30)
@given(
    kind=st.sampled_from(sorted(KERAS)),
    noise_shape=noise_shapes,
    rate=st.sampled_from([0.1, 0.5, 0.9]),
    seed=st.integers(0, 2**60 - 1),
)
def test_it_gives_the_numbers_of_keras_own_layer_with_that_noise_shape(
    kind: str, noise_shape: tuple[int | None, ...], rate: float, seed: int
) -> None:
    ours, theirs = (
        of_sequences(kind, rate, seed, noise_shape),
        as_seeded(KERAS[kind](rate, noise_shape=noise_shape, seed=0), seed),
    )
    for _ in range(2):
        expected = np.asarray(theirs(some_inputs(), training=True))
        assert np.asarray(ours(some_inputs(), training=True)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@settings(max_examples=10)
@given(noise_shape=noise_shapes, seed=st.integers(0, 2**60 - 1))
def test_a_mask_is_constant_along_the_axes_of_1_and_rows_have_their_own(
    noise_shape: tuple[int | None, ...], seed: int
) -> None:
    ones = np.ones((200, STEPS, FEATURES), np.float32)
    dropped = np.asarray(of_sequences("dropout", 0.5, seed, noise_shape)(ones, training=True)) == 0
    own = tuple(slice(0, 1) if entry == 1 else slice(None) for entry in noise_shape)
    assert (dropped == dropped[own]).all()
    assert dropped[:, :1, :1].any()
    assert not dropped[:, :1, :1].all()
    free = [axis for axis, entry in enumerate(noise_shape) if entry != 1]
    assert all((dropped != dropped.take([0], axis)).any() for axis in free)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_share_dropped_is_the_rate_and_the_expectation_is_kept(rate: float) -> None:
    layer, ones = of_sequences("dropout", rate, 3, over_time), np.ones((2000, STEPS, FEATURES), np.float32)
    changed = np.array([np.asarray(layer(ones, training=True))[:, 0] for _ in range(5)])
    assert (changed == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / changed.size))
    assert changed.mean() == pytest.approx(1, abs=5 * np.sqrt(rate / (1 - rate) / changed.size))


@pytest.mark.parametrize("kind", KERAS)
def test_it_is_the_identity_at_evaluation_and_at_rate_0(kind: str) -> None:
    inputs = some_inputs()
    assert (np.asarray(of_sequences(kind, 0.7, 1, over_time)(inputs, training=False)) == inputs).all()
    assert (np.asarray(of_sequences(kind, 0.0, 1, over_time)(inputs, training=True)) == inputs).all()


def test_what_a_lower_rate_drops_a_higher_one_drops_too_and_a_smaller_batch_sees_the_first_rows() -> None:
    low, high = (
        np.asarray(of_sequences("dropout", rate, 5, over_time)(some_inputs(), training=True)) == 0
        for rate in (0.2, 0.5)
    )
    assert low.any()
    assert not (low & ~high).any()
    part = np.asarray(of_sequences("dropout", 0.5, 5, over_time)(some_inputs()[:5], training=True))
    assert ((part == 0) == high[:5]).all()


@pytest.mark.parametrize("kind", KERAS)
@pytest.mark.parametrize("noise_shape", [(None, 1), (None, UNITS)])
def test_with_a_trial_axis_it_has_the_bits_of_a_single_net(kind: str, noise_shape: tuple[int | None, ...]) -> None:
    inputs = np.random.default_rng(0).normal(size=(11, UNITS)).astype(np.float32)
    single = layer_of(kind, 0.3, 7, noise_shape=noise_shape)
    start = single.seed_generator.state.numpy().astype(np.int32)
    expected = np.asarray(single(inputs, training=True))
    stacked = LAYERS[kind](stacked=True, noise_shape=noise_shape, name="hidden_1_dropout")
    stacked.build((1, None, UNITS))
    draws = stacked.draw_for(start, 16, "float32")[:11]
    strength = [np.float32([[[number]]]) for number in stacked.numbers_of(0.3)]
    assert (np.asarray(stacked.change(inputs[None], draws[None], *strength))[0] == expected).all()
