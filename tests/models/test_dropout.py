from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from dropout_lab.models import mask_seed  # noqa: E402 - Keras must be started first
from dropout_lab.models.dropout import BernoulliDropout  # noqa: E402


def _layer(rate: float, seed: int, name: str = "hidden_1_dropout") -> BernoulliDropout:
    layer = BernoulliDropout(name=name)
    layer.build((None, 20))
    layer.set(rate)
    layer.start(seed)
    return layer


@settings(deadline=None, max_examples=25)
@given(rate=st.sampled_from([0.1, 0.2, 0.5, 0.9]), seed=st.integers(0, 2**60 - 1))
def test_its_masks_and_scale_are_those_of_keras_own_layer(rate: float, seed: int) -> None:
    ours, theirs = _layer(rate, seed), keras.layers.Dropout(rate, seed=0)
    theirs.seed_generator.state.assign(np.array(mask_seed(seed, ours.name)))
    inputs = np.linspace(-2, 2, 160, dtype=np.float32).reshape(8, 20)
    for _ in range(3):
        assert np.asarray(ours(inputs, training=True)) == pytest.approx(
            np.asarray(theirs(inputs, training=True)), rel=1e-6
        )


def test_it_is_the_identity_at_evaluation_and_at_rate_0() -> None:
    inputs = np.random.default_rng(0).normal(size=(8, 20)).astype(np.float32)
    assert (np.asarray(_layer(0.7, 1)(inputs, training=False)) == inputs).all()
    assert (np.asarray(_layer(0.0, 1)(inputs, training=True)) == inputs).all()


def test_a_lower_rate_drops_a_part_of_what_a_higher_one_drops() -> None:
    ones = np.ones((50, 20), np.float32)
    low = np.asarray(_layer(0.2, 5)(ones, training=True)) == 0
    high = np.asarray(_layer(0.5, 5)(ones, training=True)) == 0
    assert low.any()
    assert not (low & ~high).any()


def test_layers_and_trials_have_masks_of_their_own() -> None:
    ones = np.ones((50, 20), np.float32)
    masks = {
        (seed, name): np.asarray(_layer(0.5, seed, name)(ones, training=True)).tobytes()
        for seed in (1, 2)
        for name in ("visible_dropout", "hidden_1_dropout")
    }
    assert len(set(masks.values())) == 4


def test_a_last_batch_that_is_smaller_sees_the_first_rows_of_the_same_mask() -> None:
    whole = np.asarray(_layer(0.5, 3)(np.ones((16, 20), np.float32), training=True))
    part = np.asarray(_layer(0.5, 3)(np.ones((11, 20), np.float32), training=True))
    assert (whole[:11] == part).all()


def test_in_bfloat16_the_share_dropped_is_the_rate_and_the_masks_are_those_of_float32() -> None:
    ones = np.ones((2000, 20), np.float32)
    wide, narrow = (BernoulliDropout(name="dense_1_dropout", dtype=dtype) for dtype in ("float32", "mixed_bfloat16"))
    for layer in (wide, narrow):
        layer.build((None, 20))
    for rate in (0.1, 0.3, 0.999):
        for layer in (wide, narrow):
            layer.set(rate)
            layer.start(5)
        dropped = np.asarray(keras.ops.cast(narrow(ones, training=True), "float32")) == 0
        assert (dropped == (np.asarray(wide(ones, training=True)) == 0)).all()
        assert dropped.mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / dropped.size))


def test_a_noise_shape_drops_whole_channels() -> None:
    layer = BernoulliDropout(noise_shape=(None, 1, 1, None), name="conv_1_dropout")
    layer.build((None, 4, 4, 6))
    layer.set(0.5)
    layer.start(1)
    dropped = np.asarray(layer(np.ones((30, 4, 4, 6), np.float32), training=True)) == 0
    assert (dropped == dropped[:, :1, :1]).all()
    assert 0.3 < dropped[:, 0, 0].mean() < 0.7
