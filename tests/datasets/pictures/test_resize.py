"""Bilinear resizing, against TensorFlow's."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.datasets.pictures.resize import resize

SIDES = st.integers(1, 70)


@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from([1, 3]), st.integers(0, 2**32 - 1))
def test_a_picture_is_resized_to_what_keras_gives_rounded_to_bytes(
    height: int, width: int, new_height: int, new_width: int, channels: int, seed: int
) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    expected = tf.image.resize(picture, (new_height, new_width), method="bilinear").numpy()
    np.testing.assert_array_equal(resize(picture, (new_height, new_width)), np.rint(expected).astype(np.uint8))


def test_a_picture_of_the_size_is_left_as_it_is() -> None:
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert resize(picture, (2, 4)) is picture
