"""DropBlock: blocks of neighbouring pixels or steps, dropped as algorithm 1 of Ghiasi et al. (2018) drops them."""

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

from drawn import layer_of  # noqa: E402 - Keras must be started first
from plain_keras import block_mask  # noqa: E402

shapes = st.one_of(
    st.tuples(st.integers(1, 7), st.integers(1, 4)), st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3))
)
PICTURE, SEQUENCE = (6, 5, 3), (8, 3)


def of(shape: tuple[int, ...], rate: float, seed: int = 1, block_size: int = 3, dtype: str = "float32") -> Any:
    return layer_of("dropblock", rate, seed, "conv_1_dropout", shape, block_size=block_size, dtype=dtype)


def dropped(layer: Any, shape: tuple[int, ...], rows: int = 50) -> Any:
    return np.asarray(layer(np.ones((rows, *shape), np.float32), training=True)) == 0


@settings(deadline=None, max_examples=40)
@given(
    shape=shapes,
    rate=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    block_size=st.integers(1, 5),
    seed=st.integers(0, 2**60 - 1),
)
def test_it_gives_the_numbers_of_the_algorithm_written_by_hand_with_the_same_draws(
    shape: tuple[int, ...], rate: float, block_size: int, seed: int
) -> None:
    inputs = np.random.default_rng(0).normal(size=(4, *shape))
    layer, same = (of(shape, rate, seed, block_size, "float64") for _ in range(2))
    for _ in range(2):
        draws = np.asarray(same._draw(inputs.shape))
        found = np.asarray(layer(inputs, training=True))
        assert found == pytest.approx(inputs * block_mask(draws, inputs.shape, rate, block_size), abs=1e-12)


@pytest.mark.parametrize("shape", [PICTURE, SEQUENCE])
def test_it_is_the_identity_at_evaluation_and_at_rate_0(shape: tuple[int, ...]) -> None:
    inputs = np.random.default_rng(0).normal(size=(9, *shape)).astype(np.float32)
    assert (np.asarray(of(shape, 0.7)(inputs, training=False)) == inputs).all()
    assert (np.asarray(of(shape, 0.0)(inputs, training=True)) == inputs).all()


def test_blocks_of_one_pixel_are_dropped_at_the_rate() -> None:
    share = dropped(of((10, 10, 4), 0.3, block_size=1), (10, 10, 4)).mean()
    assert share == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / 20_000))


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_the_share_dropped_is_the_rate_but_for_blocks_that_overlap(rate: float) -> None:
    share = dropped(of((16, 16, 4), rate), (16, 16, 4), rows=200).mean()
    blocks = np.convolve(np.ones(14), np.ones(3))  # that cover a pixel, along an axis
    gamma = rate * 16**2 / (3 * 14) ** 2
    expected = 1 - ((1 - gamma) ** np.outer(blocks, blocks)).mean()
    assert 0.85 * rate < expected < rate
    assert share == pytest.approx(expected, abs=5 * np.sqrt(9 * rate / (200 * 16 * 16 * 4)))


def test_what_is_kept_of_a_row_is_divided_by_its_share_so_that_a_constant_rows_sum_stays() -> None:
    changed = np.asarray(of(PICTURE, 0.4)(np.ones((200, *PICTURE), np.float32), training=True))
    assert changed.sum(axis=(1, 2, 3)) == pytest.approx(np.prod(PICTURE), rel=1e-5)
    assert len(np.unique(changed[0])) == 2


def test_a_row_that_loses_all_is_0_and_no_number_is_lost() -> None:
    changed = np.asarray(of((2, 2, 1), 0.9)(np.ones((100, 2, 2, 1), np.float32), training=True))
    whole = (changed == 0).all(axis=(1, 2, 3))
    assert 0 < whole.sum() < 100
    assert np.isfinite(changed).all()


def test_what_a_lower_rate_drops_a_higher_one_drops_too_and_a_smaller_batch_sees_the_first_rows() -> None:
    low, high = (dropped(of(PICTURE, rate), PICTURE) for rate in (0.2, 0.5))
    assert low.any()
    assert not (low & ~high).any()
    assert (dropped(of(PICTURE, 0.5), PICTURE, rows=11) == high[:11]).all()


def test_channels_rows_steps_and_trials_have_draws_of_their_own() -> None:
    layer = of(PICTURE, 0.5)
    first, second = dropped(layer, PICTURE), dropped(layer, PICTURE)
    assert (first != second).any()
    assert (first != dropped(of(PICTURE, 0.5, seed=2), PICTURE)).any()
    assert (first[0] != first[1]).any()
    assert (first[..., 0] != first[..., 1]).any()


def test_one_traced_program_serves_all_rates_and_trials() -> None:
    layer, inputs = of(PICTURE, 0.0), np.ones((4, *PICTURE), np.float32)
    traced = tf.function(lambda rows: layer(rows, training=True))
    for rate, seed in ((0.0, 1), (0.3, 1), (0.6, 2)):
        layer.set(rate)
        layer.start(seed)
        expected = np.asarray(of(PICTURE, rate, seed)(inputs, training=True))
        assert np.asarray(traced(inputs)) == pytest.approx(expected, abs=1e-6)
    assert traced.experimental_get_tracing_count() == 1


def test_in_bfloat16_the_blocks_are_those_of_float32() -> None:
    wide, narrow = (of(PICTURE, 0.3, dtype=dtype) for dtype in ("float32", "mixed_bfloat16"))
    found = keras.ops.cast(narrow(np.ones((20, *PICTURE), np.float32), training=True), "float32")
    assert ((np.asarray(found) == 0) == dropped(wide, PICTURE, rows=20)).all()


@pytest.mark.parametrize("shape", [(7,), (None, 3), (4, 4, 4, 2)])
def test_inputs_without_pixels_or_steps_are_refused(shape: tuple[int | None, ...]) -> None:
    with pytest.raises(ValueError, match=r"dropblock drops blocks of pixels or steps: expected an input"):
        layer_of("dropblock", 0.3, 1, shape=shape, block_size=3)  # type: ignore[arg-type]
