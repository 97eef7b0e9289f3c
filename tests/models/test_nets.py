"""What the nets are made of, but not how they are trained."""

from __future__ import annotations

import math
from typing import Any

import builders
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from dropout_lab.config.dropout_sites import inputs  # noqa: E402 - Keras must be started first
from dropout_lab.models import initial_weights, layers, stochastic_layers  # noqa: E402

_few = st.lists(st.integers(1, 4), min_size=1, max_size=3)
_net = st.one_of(
    st.fixed_dictionaries({"kind": st.just("mlp"), "hidden": _few}),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["cnn", "conv1d"]), "filters": _few, "dense": _few, "pool": st.integers(1, 2)}
    ),
    st.fixed_dictionaries({"kind": st.just("rnn"), "units": _few, "dense": _few}),
)
LSTM = {"model": {"kind": "rnn", "units": [3, 5]}, "dropout": {"kind": "none"}}


def built(changes: dict[str, Any], row: tuple[int, ...]) -> Any:
    """Return a net, its variables made, for rows of that shape."""
    return keras.Sequential([keras.Input((math.prod(row),)), *layers(builders.experiment(changes), row, 3)])


@settings(max_examples=15)
@given(model=_net, size=st.tuples(st.integers(8, 12), st.integers(8, 12), st.integers(1, 3)))
def test_the_layers_that_draw_stand_where_the_config_says_before_inputs_of_that_shape(
    model: dict[str, Any], size: tuple[int, int, int]
) -> None:
    changes = {"model": model, "dropout.where": "both" if model["kind"] == "mlp" else "all"}
    experiment = builders.experiment(changes)
    expected = inputs(experiment.model, experiment.dropout.where, size)
    found = {layer.name: tuple(layer.output.shape[1:]) for layer in stochastic_layers(built(changes, size).layers)}
    assert list(found.items()) == [(f"{name}_dropout", shape) for name, shape in expected.items()]


@pytest.mark.parametrize(
    ("model", "dropout", "shapes"),
    [
        ({"kind": "cnn", "filters": [4], "dense": [4]}, {"kind": "spatial_dropout"}, [(None, 1, 1, None), None]),
        ({"kind": "rnn", "units": [4]}, {"kind": "spatial_dropout"}, [(None, 1, None), None]),
        ({"kind": "conv1d", "filters": [4]}, {"noise_shape": [None, None, 1]}, [(None, None, 1)] * 2),
        ({"kind": "conv1d", "filters": [4], "dense": [4]}, {"noise_shape": [None, 1]}, [None, None, (None, 1)]),
    ],
)
def test_a_noise_shape_holds_where_inputs_have_as_many_axes(
    model: dict[str, Any], dropout: dict[str, Any], shapes: list[tuple[int | None, ...] | None]
) -> None:
    net = built({"model": model, "dropout": {"where": "all", **dropout}}, (8, 8, 1))
    assert [layer.noise_shape for layer in stochastic_layers(net.layers)] == shapes


def test_what_a_recurrent_layer_hands_on_starts_orthogonal_and_an_lstm_remembers() -> None:
    net = built(LSTM, (8, 8, 1))
    start = initial_weights(net.layers, "glorot_uniform", 7)
    for layer, (_, recurrent, bias) in zip(net.layers[1:3], (start[:3], start[3:6]), strict=True):
        product = np.asarray(recurrent) @ np.asarray(recurrent).T
        assert product == pytest.approx(np.eye(layer.units), abs=1e-5)
        assert np.asarray(bias).tolist() == layer.cell.bias.numpy().tolist()  # as Keras has just made it
    assert np.asarray(start[5]).tolist() == [0] * 5 + [1] * 5 + [0] * 10


def test_each_layer_starts_from_a_stream_of_its_own_whatever_else_the_net_has() -> None:
    one, other = (
        initial_weights(built({**LSTM, "model": {**LSTM["model"], "units": units}}, (8, 8, 1)).layers, "normal", 7)
        for units in ([5, 5, 5], [5, 5])
    )
    for here, there in zip(one[:6], other[:6], strict=True):
        assert (np.asarray(here) == np.asarray(there)).all()
    assert (np.asarray(one[1]) != np.asarray(one[4])).any()
    elsewhere = initial_weights(built(LSTM, (8, 8, 1)).layers, "normal", 8)
    assert (
        np.asarray(elsewhere[1]) != np.asarray(initial_weights(built(LSTM, (8, 8, 1)).layers, "normal", 7)[1])
    ).any()
