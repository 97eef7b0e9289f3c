"""Random changes of the training pictures, against Keras' layers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from training import bits, train, train_alone, trials

from dropout_lab import engines
from dropout_lab.config.augmentation import Augmentation
from dropout_lab.datasets import Dataset, Split
from dropout_lab.engines.augmentation import LAYERS, AugmentedBatches
from dropout_lab.engines.fold_data import FoldData
from dropout_lab.engines.input_pipeline import InputPipeline
from dropout_lab.errors import ConfigError
from dropout_lab.models import mask_seed
from dropout_lab.seeds import derive_seed

ALL = {"flip": "horizontal", "rotation": 0.05, "translation": 0.1, "zoom": 0.2, "contrast": 0.3}
ROW = (9, 7, 3)
PICTURES = np.random.default_rng(7).integers(0, 256, (4, *ROW)).astype(np.float32)
SMALL: dict[str, Any] = {
    "dataset": {"name": "digits", "train_rows": 100},
    "preprocessing.scale": "unit",
    "model": {"kind": "cnn", "filters": [4], "dense": [8]},
    "dropout": {"where": "dense", "rate": 0.2},
    "evaluation": {"split": "holdout", "test_share": 0.1},
    "training.epochs": 2,
    "training.augmentation": ALL,
}


@pytest.fixture(scope="module")
def pictures(digits: Dataset) -> Dataset:
    return replace(digits, features=(digits.features * 15).astype(np.uint8))


def in_keras(keys: dict[str, Any], seed: int, steps: int, dtype: str = "float32") -> list[Any]:
    """Give a batch to Keras' own layers so often, each with a stream of its own."""
    layers = {
        "flip": lambda mode: keras.layers.RandomFlip(mode, dtype=dtype),
        "rotation": lambda factor: keras.layers.RandomRotation(factor, dtype=dtype),
        "translation": lambda factor: keras.layers.RandomTranslation(factor, factor, dtype=dtype),
        "zoom": lambda factor: keras.layers.RandomZoom(factor, dtype=dtype),
        "contrast": lambda factor: keras.layers.RandomContrast(factor, dtype=dtype),
    }
    chain = [layers[key](value) for key, value in keys.items()]
    for key, layer in zip(keys, chain, strict=True):
        layer.generator.state.assign(mask_seed(derive_seed(seed, "augmentation"), key))
    made = []
    for _ in range(steps):
        batch = tf.constant(PICTURES, dtype)
        for layer in chain:
            batch = layer(batch, training=True)
        made.append(batch.numpy())
    return made


@cache
def traced(augmentation: Augmentation, dtype: str) -> tuple[AugmentedBatches, Any]:
    augmented = AugmentedBatches(augmentation, ROW, dtype)
    return augmented, tf.function(lambda batch, step: augmented(batch, step), autograph=False)


def ours(keys: dict[str, Any], seed: int, steps: list[int], dtype: str = "float32") -> list[Any]:
    augmented, call = traced(Augmentation(**keys), dtype)
    augmented.start(seed)
    batch = tf.constant(PICTURES.reshape(4, -1), dtype)
    return [call(batch, tf.constant(step, tf.int64)).numpy().reshape(PICTURES.shape) for step in steps]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("keys", [*({key: value} for key, value in ALL.items()), {"flip": "vertical"}, ALL], ids=str)
def test_step_after_step_pictures_are_changed_as_by_keras_layers(keys: dict[str, Any], dtype: str) -> None:
    for mine, theirs in zip(ours(keys, 5, [0, 1, 2], dtype), in_keras(keys, 5, 3, dtype), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-3)
        assert not np.allclose(mine, PICTURES)


@settings(max_examples=10)
@given(st.integers(0, 2**60 - 1), st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
def test_a_step_draws_the_same_whatever_was_drawn_before(seed: int, steps: list[int]) -> None:
    together = ours(ALL, seed, steps)
    for step, batch in zip(steps, together, strict=True):
        np.testing.assert_array_equal(batch, ours(ALL, seed, [step])[0])
    if len({*steps}) > 1:
        first, other = min(steps), max(steps)
        assert not np.array_equal(together[steps.index(first)], together[steps.index(other)])


@given(st.sampled_from(["horizontal", "vertical"]), st.integers(0, 1000))
@settings(max_examples=10)
def test_a_flipped_picture_is_the_picture_or_its_mirror_image(mode: str, step: int) -> None:
    axis = 1 if mode == "horizontal" else 0
    for before, after in zip(PICTURES, ours({"flip": mode}, 1, [step])[0], strict=True):
        assert any(np.array_equal(after, each) for each in (before, np.flip(before, axis)))


def test_the_keys_of_the_config_are_the_layers_in_their_order() -> None:
    assert [*Augmentation.model_fields] == [*LAYERS]


def test_only_batches_of_training_rows_are_changed_and_anew_in_each_epoch(pictures: Dataset) -> None:
    experiment = trials({**SMALL, "training.batch_size": 50})[0].experiment
    engines.start("keras", experiment)
    pipeline = InputPipeline(pictures, "float32", experiment.training)
    split = Split(np.arange(100), np.arange(100, 130))
    pipeline.set(FoldData(pictures.features, pictures.labels, split), np.tile(np.arange(100), (2, 1)), 3)
    batches = [inputs.numpy() for inputs, _ in pipeline.batches.take(4)]
    for first in (0, 50):
        assert not np.allclose(batches[first // 50], pictures.features[first : first + 50])
        assert not np.allclose(batches[first // 50], batches[first // 50 + 2])
    held_out, _ = next(iter(pipeline.held_out))
    np.testing.assert_array_equal(held_out, pictures.features[100:130])
    np.testing.assert_array_equal(next(pipeline.pieces(split.train)), pictures.features[:100])
    again, _ = next(iter(pipeline.batches))
    np.testing.assert_array_equal(again, batches[0])


def test_all_rates_have_the_same_pictures_in_each_batch_and_each_fold_has_others(pictures: Dataset) -> None:
    some = trials({**SMALL, "evaluation": {"folds": 2}}, [0, 0.5])
    pipeline = InputPipeline(pictures, "float32", some[0].experiment.training)
    rows = np.arange(100)
    made = []
    for trial in some:
        fold = FoldData(pictures.features, pictures.labels, Split(rows, rows))
        pipeline.set(fold, np.tile(rows, (1, 1)), trial.seed)
        made.append([inputs.numpy() for inputs, _ in pipeline.batches.take(3)])
    by_fold = {(trial.experiment.dropout.rate, trial.fold): batch for trial, batch in zip(some, made, strict=True)}
    for fold in (0, 1):
        np.testing.assert_array_equal(by_fold[0.0, fold], by_fold[0.5, fold])
    assert not np.array_equal(by_fold[0.0, 0], by_fold[0.0, 1])


@pytest.mark.slow
def test_a_trial_has_the_same_bits_alone_and_after_others(pictures: Dataset) -> None:
    some = trials({**SMALL, "evaluation": {"folds": 2}}, [0, 0.5])
    together = [bits(each) for each in train("keras", some, pictures, anew=True)]
    assert [bits(each) for each in train_alone("keras", some[::-1], pictures)] == together[::-1]
    assert len({*together}) == len(some)
    plain = train("keras", trials({**SMALL, "training.augmentation": None, "evaluation": {"folds": 2}})[:1], pictures)
    assert bits(plain[0]) not in together


def test_the_engine_keras_trains_it_and_the_others_say_why_they_do_not() -> None:
    mlp = {**SMALL, "model": {"hidden": [4]}, "dropout": {"where": "hidden", "rate": 0.2}}
    experiment = trials(mlp)[0].experiment
    chosen, reason = engines.choose(experiment.model_copy(update={"engine": "auto"}))
    assert (chosen.engine, reason) == (
        "keras",
        "; ".join(
            f"not {name}: training.augmentation changes pictures in their batches" for name in ("stacked", "jax")
        ),
    )
    with pytest.raises(ConfigError, match=r"engine: stacked cannot train this: training\.augmentation changes"):
        engines.choose(experiment.model_copy(update={"engine": "stacked"}))
    swept = {"sweep": {"training.augmentation": [None, {"flip": "horizontal"}]}}
    first, second = (trial.experiment for trial in trials({**mlp, "training.augmentation": None, **swept}))
    assert (first.training.augmentation, second.training.augmentation) == (None, Augmentation(flip="horizontal"))
