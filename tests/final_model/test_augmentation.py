"""A final model that was trained on augmented pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from dropout_lab import config, engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines.runtime import restored_settings

CONFIG = {
    "name": "my",
    "dataset": {"name": "digits"},
    "preprocessing": {"scale": "unit"},
    "model": {"kind": "cnn", "filters": [2], "dense": [4]},
    "training": {"epochs": 1, "augmentation": {"flip": "vertical", "rotation": 0.1, "contrast": 0.5}},
    "engine": "keras",
}


@pytest.fixture(scope="module")
def pictures() -> Dataset:
    digits = load_digits()
    features = (digits.data[:100] * 15).astype(np.uint8)
    names = tuple(map(str, range(10)))
    return Dataset("digits", features, digits.target[:100].astype(np.int64), names, "", shape=(8, 8, 1))


def test_it_predicts_pictures_as_they_are(pictures: Dataset) -> None:
    experiment = config.load(CONFIG)
    plain = experiment.model_copy(update={"training": experiment.training.model_copy(update={"augmentation": None})})
    with restored_settings():
        engines.start("keras", experiment)
        from dropout_lab.final_model.export import export
        from dropout_lab.final_model.train import train_final_model

        fitted = train_final_model(experiment, pictures)
        predicted = fitted.predict(pictures.features)
        model = export(fitted)
        rows = pictures.features.reshape(-1, 8, 8, 1).astype(np.float64)
        np.testing.assert_allclose(model(rows, training=False), predicted, atol=1e-5)
        np.testing.assert_allclose(model(rows, training=True), predicted, atol=1e-5)  # there is no dropout either
        np.testing.assert_array_equal(replace(fitted, experiment=plain).predict(pictures.features), predicted)
        other = train_final_model(plain, pictures)
    assert not any(
        np.array_equal(mine, theirs) for mine, theirs in zip(fitted.weights[:1], other.weights[:1], strict=True)
    )
