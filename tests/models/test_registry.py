"""What every kind of dropout must do, and that each is Keras' own layer where Keras has one."""

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

from builders import experiment  # noqa: E402 - Keras must be started first
from drawn import UNITS, as_seeded, layer_of  # noqa: E402

from dropout_lab.config.dropout_kinds import KINDS  # noqa: E402
from dropout_lab.models.registry import LAYERS, strengths  # noqa: E402

KERAS: dict[str, Any] = {
    "dropout": keras.layers.Dropout,
    "gaussian_dropout": keras.layers.GaussianDropout,
    "gaussian_noise": keras.layers.GaussianNoise,
    "alpha_dropout": keras.layers.AlphaDropout,
}
every_kind = pytest.mark.parametrize("kind", sorted(KERAS))


def test_every_kind_of_a_config_has_a_layer_and_its_keras_layer_is_the_one_compared_with_here() -> None:
    assert set(LAYERS) == set(KINDS) - {"none"}
    assert KINDS["stochastic_depth"].keras_layer == KINDS["concrete_dropout"].keras_layer == "Dropout"
    twins = {getattr(keras.layers, kind.keras_layer) for kind in KINDS.values() if kind.keras_layer}
    assert twins == set(KERAS.values())
    assert all(KERAS[name].__name__ == KINDS[name].keras_layer for name in KERAS)
    assert {name for name, kind in KINDS.items() if not kind.keras_layer} == {"none", "dropconnect", "dropblock"}


def some_inputs(rows: int = 8) -> Any:
    return np.random.default_rng(0).normal(size=(rows, UNITS)).astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(
    kind=st.sampled_from(sorted(KERAS)),
    strength=st.sampled_from([0.1, 0.2, 0.5, 0.9]),
    seed=st.integers(0, 2**60 - 1),
)
def test_it_gives_the_numbers_of_keras_own_layer_with_the_same_draws(kind: str, strength: float, seed: int) -> None:
    ours, theirs = layer_of(kind, strength, seed), as_seeded(KERAS[kind](strength, seed=0), seed)
    for _ in range(3):
        expected = np.asarray(theirs(some_inputs(), training=True))
        assert np.asarray(ours(some_inputs(), training=True)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@every_kind
def test_it_is_the_identity_at_evaluation_and_where_it_has_no_strength(kind: str) -> None:
    inputs = some_inputs()
    assert (np.asarray(layer_of(kind, 0.7, 1)(inputs, training=False)) == inputs).all()
    assert (np.asarray(layer_of(kind, 0.0, 1)(inputs, training=True)) == inputs).all()


@every_kind
@pytest.mark.parametrize("strength", [0.2, 0.5])
def test_over_many_draws_it_keeps_the_expectation_of_what_has_mean_0(kind: str, strength: float) -> None:
    """All but alpha dropout keep that of any input; see the kinds' own tests."""
    layer, inputs = layer_of(kind, strength, 3), some_inputs(2000)
    changed = np.mean([np.asarray(layer(inputs, training=True)).mean() for _ in range(10)])
    assert changed == pytest.approx(inputs.mean(), abs=5 * 1.2 / np.sqrt(10 * inputs.size))


@every_kind
def test_one_traced_program_serves_all_strengths_and_trials(kind: str) -> None:
    layer, inputs = layer_of(kind, 0.0, 1), some_inputs()
    traced = tf.function(lambda rows: layer(rows, training=True))
    for strength, seed in ((0.0, 1), (0.3, 1), (0.6, 2)):
        layer.set(strength)
        layer.start(seed)
        expected = np.asarray(layer_of(kind, strength, seed)(inputs, training=True))
        assert np.asarray(traced(inputs)) == pytest.approx(expected, abs=1e-6)
    assert traced.experimental_get_tracing_count() == 1


@settings(deadline=None, max_examples=25)
@given(rate=st.floats(0, 0.9), start=st.floats(0, 1), end=st.floats(0, 1))
def test_the_share_dropped_in_an_epoch_is_the_rate_times_the_factor(rate: float, start: float, end: float) -> None:
    dropout = {"rate": {"hidden": [0.0, rate]}, "schedule": {"name": "linear", "start": start, "end": end}}
    layer = layer_of("dropout", 0.5, 4, "hidden_2_dropout")
    epochs = strengths(experiment({"model.hidden": [4, 4], "dropout": dropout}), [layer])
    for [strength], factor in zip(epochs, (start, (start + end) / 2, end), strict=True):
        layer.set(strength)
        dropped = np.asarray(layer(np.ones((500, UNITS), np.float32), training=True)) == 0
        share = rate * factor
        assert dropped.mean() == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / dropped.size) + 1e-9)


@every_kind
def test_layers_trials_and_steps_have_draws_of_their_own(kind: str) -> None:
    found = {}
    for seed in (1, 2):
        for name in ("visible_dropout", "hidden_1_dropout"):
            layer = layer_of(kind, 0.5, seed, name)
            for step in range(2):
                found[seed, name, step] = np.asarray(layer(some_inputs(), training=True)).tobytes()
    assert len(set(found.values())) == len(found) == 8


@every_kind
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_last_batch_that_is_smaller_sees_the_first_rows_of_the_same_draws(kind: str, dtype: str) -> None:
    inputs = some_inputs(16)
    whole = np.asarray(layer_of(kind, 0.5, 3, dtype=dtype)(inputs, training=True))
    part = np.asarray(layer_of(kind, 0.5, 3, dtype=dtype)(inputs[:11], training=True))
    assert (whole[:11] == part).all()


@every_kind
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_with_a_trial_axis_it_has_the_bits_of_a_single_net(kind: str, dtype: str) -> None:
    inputs, seed = some_inputs(11).astype(dtype), 7
    stacked = LAYERS[kind](stacked=True, name="hidden_1_dropout", dtype=dtype)
    stacked.build((1, None, UNITS))
    single = layer_of(kind, 0.3, seed, dtype=dtype)
    start = single.seed_generator.state.numpy().astype(np.int32)
    expected = np.asarray(single(inputs, training=True))
    draws = stacked.draw_for(start, 16, dtype)[:11]
    for variable, number in zip(stacked.strength, stacked.numbers_of(0.3), strict=True):
        variable.assign([[[number]]])
    strength = [variable.value for variable in stacked.strength]
    assert (np.asarray(stacked.change(inputs[None], draws[None], *strength))[0] == expected).all()


@every_kind
def test_in_bfloat16_the_draws_are_those_of_float32(kind: str) -> None:
    inputs = some_inputs(200)
    wide, narrow = (layer_of(kind, 0.3, 5, dtype=dtype) for dtype in ("float32", "mixed_bfloat16"))
    found = np.asarray(keras.ops.cast(narrow(inputs, training=True), "float32"))
    assert found == pytest.approx(np.asarray(wide(inputs, training=True)), rel=0.03, abs=0.03)
