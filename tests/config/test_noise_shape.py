from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from builders import experiment
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dropout_lab.config.noise_shape import noise_shape_problems

_sizes = st.integers(1, 4)
_entries = st.none() | _sizes


@given(
    shape=st.lists(_sizes, min_size=1, max_size=3).map(tuple),
    noise_shape=st.lists(_entries, min_size=1, max_size=3).map(lambda rest: (None, *rest)),
)
def test_a_noise_shape_fits_an_input_that_its_draws_spread_over(
    shape: tuple[int, ...], noise_shape: tuple[int | None, ...]
) -> None:
    whole = (7, *shape)
    spreads = False
    if len(noise_shape) == len(whole):
        draws = tuple(own if entry is None else entry for own, entry in zip(whole, noise_shape, strict=True))
        with suppress(ValueError):
            spreads = np.broadcast_shapes(whole, draws) == whole
    assert (not noise_shape_problems(noise_shape, {"hidden_1": shape})) == spreads


def test_it_holds_for_the_layers_with_as_many_axes_and_all_of_these_are_told() -> None:
    shapes = {"visible": ("steps", "features"), "conv_1": (4, 16), "conv_2": (2, 32), "dense_1": (8,)}
    assert noise_shape_problems((None, 1, None), shapes) == noise_shape_problems((None, 8), shapes) == []
    assert noise_shape_problems((None, 2, 16), shapes) == [
        "dropout.noise_shape.1: 2 does not fit the input of conv_1_dropout, (batch, 4, 16): expected null, 1 or 4",
        "dropout.noise_shape.2: 16 does not fit the input of conv_2_dropout, (batch, 2, 32): expected null, 1 or 32",
    ]


def test_where_no_layer_has_as_many_axes_their_shapes_are_told() -> None:
    expected = "dropout.noise_shape: expected an entry for each axis of a layer's input, the batch included, got 3 "
    assert noise_shape_problems((None, 1, None), {"visible": ("inputs",), "hidden_1": (60,)}) == [
        f"{expected}entries: that of visible_dropout is (batch, inputs); that of hidden_1_dropout is (batch, 60)"
    ]
    assert noise_shape_problems((None, 1, None), {}) == [f"{expected}entries: there is no layer at dropout.where"]


def test_units_are_those_of_the_widened_layers() -> None:
    changes = {"model": {"hidden": [4], "width": "n/(1-rate)"}, "dropout": {"rate": 0.5, "noise_shape": [None, 8]}}
    assert experiment(changes).inputs() == {"hidden_1": (8,)}
    with pytest.raises(
        ValidationError, match=r"noise_shape\.1: 8 does not fit the input of hidden_1_dropout, \(batch, 4\)"
    ):
        experiment({**changes, "dropout.rate": 0.0})
