"""Every optimizer is Keras', with Keras' settings; and stacked trials take the steps that each would take alone."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

import keras  # noqa: E402 - Keras must be started first
import plain_keras  # noqa: E402
from builders import experiment  # noqa: E402

from dropout_lab.config import Experiment  # noqa: E402
from dropout_lab.config.optimizers import OPTIMIZERS  # noqa: E402
from dropout_lab.models.optimizers import optimizer  # noqa: E402

STACKED = sorted(name for name, section in OPTIMIZERS.sections.items() if section.elementwise)  # type: ignore[attr-defined]
every_optimizer = pytest.mark.parametrize("name", sorted(OPTIMIZERS.sections))
SHAPES = ((3, 4), (4,), (4, 1), (1,))
"""Of the weights of one net: kernels and biases."""


def _experiment(name: str, **changes: Any) -> Experiment:
    return experiment({"training.optimizer": {"name": name, **changes}, "training.precision": "float64"})


def test_the_oracle_has_the_optimizers_that_a_config_has() -> None:
    assert sorted(plain_keras.OPTIMIZERS) == sorted(OPTIMIZERS.sections)


@every_optimizer
def test_its_name_and_its_settings_are_keras_with_keras_defaults(name: str) -> None:
    section: Any = OPTIMIZERS.sections[name]
    made = optimizer(_experiment(name))
    assert type(made).__name__.lower() == name
    assert type(made) is getattr(keras.optimizers, section.__name__)
    parameters = inspect.signature(type(made)).parameters
    fields = {key: field for key, field in section.model_fields.items() if key not in ("name", "schedule")}
    assert {key: field.default or None for key, field in fields.items()} == {
        key: parameters[key].default or None for key in fields
    }


@every_optimizer
def test_it_is_made_with_the_settings_of_the_config(name: str) -> None:
    described = _experiment(name, learning_rate=0.25, weight_decay=0.125, clipnorm=3.0).training.optimizer
    found = optimizer(_experiment(name, learning_rate=0.25, weight_decay=0.125, clipnorm=3.0)).get_config()
    expected = described.model_dump(exclude={"name", "schedule"})
    assert {key: found[key] for key in expected} == expected
    assert optimizer(_experiment(name, weight_decay=0.0)).weight_decay is None


clipping = st.sampled_from([{}, {"clipnorm": 0.5}, {"clipnorm": 3.0}, {"clipvalue": 0.3}])


@settings(max_examples=15)  # each is traced
@given(
    name=st.sampled_from(STACKED),
    clip=clipping,
    weight_decay=st.sampled_from([0.0, 0.01, 0.5]),
    more=st.sampled_from([{}, {"schedule": {"name": "inverse_time", "steps": 2}}]),
    scales=st.lists(st.sampled_from([0.0, 1e-3, 1.0, 1e3]), min_size=2, max_size=4),
    seed=st.integers(0, 2**32 - 1),
)
def test_each_trial_of_a_stack_takes_the_steps_of_plain_keras(
    name: str, clip: dict[str, float], weight_decay: float, more: dict[str, Any], scales: list[float], seed: int
) -> None:
    """A gradient's norm is the trial's own, for each kernel and bias; decay comes after clipping, before the step."""
    described = _experiment(name, learning_rate=0.1, weight_decay=weight_decay, **clip, **more)
    keras.config.set_floatx("float64")
    random = np.random.default_rng(seed)
    start = [random.normal(size=(len(scales), *shape)) for shape in SHAPES]
    steps = [
        [random.normal(size=value.shape) * np.reshape(scales, (-1, *[1] * (value.ndim - 1))) for value in start]
        for _ in range(4)
    ]
    found = _stacked(described, start, steps)
    for trial in range(len(scales)):
        alone = [keras.Variable(value[trial], dtype="float64") for value in start]
        plain = plain_keras.optimizer(described)
        for gradients in steps:
            plain.apply([keras.ops.convert_to_tensor(gradient[trial]) for gradient in gradients], alone)
        for stacked, variable in zip(found, alone, strict=True):
            assert stacked[trial] == pytest.approx(variable.numpy(), rel=1e-9, abs=1e-12)


def _stacked(described: Experiment, start: list[Any], steps: list[list[Any]]) -> list[Any]:
    """Take some steps with all trials at once, the optimizer built for variables with a trial axis of 1."""
    made = optimizer(described, stacked=True)
    variables = [keras.Variable(np.zeros((1, *value.shape[1:])), dtype="float64") for value in start]
    made.build(variables)
    every = [*variables, *made.variables]
    open_axis = [tf.TensorSpec((None, *each.shape[1:]) if each.ndim else (), each.dtype) for each in every]

    @tf.function(input_signature=(open_axis, open_axis[: len(start)]), autograph=False)
    def step(state: list[Any], gradients: list[Any]) -> list[Any]:
        scope = keras.StatelessScope()
        for pair in zip(every, state, strict=True):
            scope.add_update(pair)
        with scope:
            made.apply(gradients, variables)
        return [scope.get_current_value(variable) for variable in every]

    state = [
        *start,
        *(slot.numpy().repeat(len(start[0]), axis=0) if slot.ndim else slot.numpy() for slot in made.variables),
    ]
    state = [tf.constant(value, variable.dtype) for value, variable in zip(state, every, strict=True)]
    for gradients in steps:
        state = step(state, [tf.constant(gradient) for gradient in gradients])
    return [value.numpy() for value in state[: len(start)]]


def test_a_large_gradient_is_clipped_to_the_same_bits_anywhere_in_a_stack() -> None:
    """TensorFlow splits long sums where the array's addresses are round, which depends on the trials before."""
    made = optimizer(_experiment("sgd", clipnorm=0.5), stacked=True)
    clip = tf.function(made._clip_by_norm, [tf.TensorSpec((None, 20011, 1), tf.float32)], autograph=False)
    gradients = np.random.default_rng(1).normal(size=(48, 20011, 1)).astype(np.float32)
    expected = clip(gradients).numpy()
    for start in (1, 5, 7):
        assert (clip(gradients[start : start + 16]).numpy() == expected[start : start + 16]).all()
