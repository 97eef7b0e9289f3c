"""Sequences and pictures of the user's own in every engine."""

from __future__ import annotations

from dataclasses import replace

import builders
import numpy as np
import pytest
from training import train, trials

from dropout_lab import engines
from dropout_lab.config.dataset import NPZ
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.roles import Roles
from dropout_lab.engines.fold_data import fold_data_of

CLASSES = np.arange(40) % 3
BYTES = (np.random.default_rng(7).integers(0, 100, (40, 12)) + 70 * CLASSES[:, None]).astype(np.uint8)
PICTURES = Dataset("my", BYTES, CLASSES, ("a", "b", "c"), "", shape=(2, 2, 3), roles=Roles("y"))
FAST = {"evaluation": {"folds": 2}, "training.epochs": 2, "training.batch_size": 8}


@pytest.mark.slow
def test_pictures_of_bytes_give_every_engine_the_numbers_that_their_values_give_as_floats() -> None:
    floats = replace(PICTURES, features=BYTES.astype(np.float64))
    for scale in ("standard", "minmax"):
        some = trials({**FAST, "preprocessing.scale": scale})[:1]
        found = [train(name, some, data)[0] for name in ("keras", "stacked") for data in (PICTURES, floats)]
        for other in found[1:]:
            np.testing.assert_allclose(other.test_probabilities, found[0].test_probabilities, rtol=2e-5, atol=1e-6)


def test_channels_are_scaled_by_the_training_rows_of_the_fold_alone() -> None:
    (trial, *_) = trials(FAST)
    fold = fold_data_of(PICTURES, scaled=True)(trial)
    learned = fold.features[fold.split.train].reshape(-1, 3)
    np.testing.assert_allclose(learned.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(learned.std(axis=0), 1, atol=1e-6)
    moved = BYTES.copy()
    moved[fold.split.test] = 255
    scaling = fold_data_of(replace(PICTURES, features=moved))(trial).scaling
    assert scaling is not None
    assert fold.scaling is not None
    assert np.array_equal(scaling.shift, fold.scaling.shift)


def test_a_cnn_predicts_numbers() -> None:
    amounts = replace(PICTURES, classes=(), labels=np.zeros(40, np.int64), values=CLASSES * 10.0)
    experiment = builders.experiment(
        {**FAST, "dataset": {"npz": "my.npz", "task": "regression"}, "model": {"kind": "cnn", "filters": [2]}}
        | {"dropout": {"kind": "none"}, "regularization": {}}
    )
    from dropout_lab.plan import plan

    (outcome, *_) = train("keras", plan(experiment)[:1], amounts)
    assert outcome.test_probabilities.shape == (20, 1)


@pytest.mark.parametrize(("rows", "engine"), [(100, "stacked"), (30_000, "keras")])
def test_many_pictures_of_bytes_are_not_scaled_beforehand(rows: int, engine: str) -> None:
    experiment = builders.experiment(FAST).model_copy(update={"dataset": NPZ(npz="my.npz"), "engine": "auto"})
    data = replace(
        PICTURES, features=np.zeros((rows, 3072), np.uint8), shape=(32, 32, 3), labels=np.zeros(rows, np.int64)
    )
    assert engines.choose(experiment, lambda: data)[0].engine == engine
