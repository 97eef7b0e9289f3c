"""Whether an experiment and its data fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import builders
import pytest

from dropout_lab import datasets
from dropout_lab.errors import DataError
from dropout_lab.runs.check_data import check_data

ALONG = {"kind": "conv1d", "filters": [4, 4]}


@pytest.mark.parametrize(
    ("data", "changes", "said"),
    [
        (
            "iris",
            {"model": {"kind": "cnn", "filters": [4]}, "dropout": {"kind": "none"}},
            "iris is a table of 4 numbers per row",
        ),
        (
            "iris",
            {"model": {**ALONG, "filters": [4, 4, 4]}, "dropout": {"kind": "none"}},
            "a sequence of 4 steps to nothing: use at most 2",
        ),
        (
            "digits",
            {"model": {**ALONG, "pool": 5}, "dropout": {"kind": "none"}},
            "a sequence of 8 steps to nothing: use at most 1",
        ),
        (
            "digits",
            {"model": {"kind": "cnn", "filters": [4] * 4}, "dropout": {"kind": "none"}},
            "reduce an image of 8 x 8 to nothing: use at most 3, or a smaller model.pool",
        ),
        (
            "iris",
            {"evaluation.metrics": ["f1", "top_5_accuracy"]},
            "evaluation.metrics: top_5_accuracy needs 6 classes or more; iris has 3",
        ),
        (
            "iris",
            {"dropout": {"where": "visible", "noise_shape": [None, 5]}},
            "dropout.noise_shape.1: 5 does not fit the input of visible_dropout, (batch, 4): expected null, 1 or 4",
        ),
        (
            "digits",
            {"model": ALONG, "dropout": {"where": "sequence", "noise_shape": [None, 4, 1]}},
            "dropout.noise_shape.1: 4 does not fit the input of conv_2_dropout, (batch, 2, 4): expected null, 1 or 2",
        ),
        (
            "iris",
            {"training.augmentation": {"flip": "horizontal"}},
            "training.augmentation: changes images, and iris is a table of 4 numbers per row: leave it out",
        ),
        (
            "digits",
            {"training.augmentation": {"zoom": 0.1, "contrast": 0.1}},
            "training.augmentation.contrast: is for images of bytes, and the values of digits are not bytes",
        ),
    ],
)
def test_what_the_data_cannot_be_trained_with_is_refused(data: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        check_data(builders.experiment({"dataset.name": data, **changes}), datasets.load_builtin(data, Path()))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        ("digits", {"training.augmentation": {"flip": "horizontal", "zoom": 0.1}}),
        ("iris", {"dropout": {"where": "visible", "noise_shape": [None, 4]}}),
        ("iris", {"model": ALONG, "dropout": {"where": "all", "noise_shape": [None, 1, None]}}),
        (
            "digits",
            {"model": {"kind": "rnn", "units": [4]}, "dropout": {"where": "visible", "noise_shape": [None, 8, 1]}},
        ),
    ],
)
def test_what_fits_the_data_is_let_through(data: str, changes: dict[str, Any]) -> None:
    check_data(builders.experiment({"dataset.name": data, **changes}), datasets.load_builtin(data, Path()))
