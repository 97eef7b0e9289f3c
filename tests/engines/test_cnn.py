"""What is particular to pictures: bytes, a sigmoid for each class, and bfloat16."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from training import MEASURED, bits, train, trials

from dropout_lab.datasets import Dataset
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.metrics.predictions import accuracy, log_loss
from dropout_lab.results.rows import prediction_rows

SMALL: dict[str, Any] = {
    "dataset": {"name": "digits", "train_rows": 100},
    "preprocessing.scale": "minmax",
    "model": {"kind": "cnn", "filters": [4, 8], "dense": [16]},
    "dropout": {"where": "dense", "rate": 0.2},
    "evaluation": {"split": "holdout", "test_share": 0.1},
    "training.optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "training.epochs": 2,
}


@pytest.fixture(scope="module")
def pictures(digits: Dataset) -> Dataset:
    """Return the digits in bytes, with their last 300 as the official test set."""
    grain = np.random.default_rng(1).integers(0, 16, digits.features.shape)  # no input is the same in all rows
    features = (digits.features * 15 + grain).astype(np.uint8)
    return replace(digits, features=features, test_rows=300)


def one(changes: dict[str, Any], data: Dataset) -> TrialResult:
    return train("keras", trials({**SMALL, **changes})[:1], data)[0]


@pytest.mark.slow
def test_bytes_scaled_on_their_way_train_as_the_same_numbers_scaled_beforehand(pictures: Dataset) -> None:
    numbers = replace(pictures, features=pictures.features / 255)
    for scale, beforehand in (("unit", "none"), ("standard", "standard"), ("minmax", "minmax")):
        ours = one({"preprocessing.scale": scale, "training.precision": "float64"}, pictures)
        theirs = one({"preprocessing.scale": beforehand, "training.precision": "float64"}, numbers)
        assert ours.history.loss == pytest.approx(theirs.history.loss, abs=1e-9)


def test_pictures_whose_activations_are_measured_a_piece_at_a_time_are_measured_as_others_all_at_once(
    pictures: Dataset,
) -> None:
    changes = {"preprocessing.scale": "unit", "training.precision": "float64", "evaluation": {"split": "test"}}
    ours = one({**changes, "dropout.rate": 0, **MEASURED}, pictures)
    numbers = replace(pictures, features=pictures.features / 255)
    theirs = one({**changes, "dropout.rate": 0, **MEASURED, "preprocessing.scale": "none"}, numbers)
    assert len(ours.test_rows) == 300  # more than a piece
    assert astuple(ours.activations) == pytest.approx(astuple(theirs.activations), abs=1e-9)
    assert ours.monte_carlo == pytest.approx(ours.test_probabilities, abs=1e-9)


def test_the_official_test_set_is_held_out_and_repeats_are_seeds_on_the_same_rows(pictures: Dataset) -> None:
    changes = {"evaluation": {"split": "test", "repeats": 2}, "dropout.rate": 0.3}
    first, second = train("keras", trials({**SMALL, **changes}), pictures)
    assert first.test_rows.tolist() == second.test_rows.tolist() == list(range(1497, 1797))
    assert sorted(first.train_rows) == sorted(second.train_rows)
    assert first.trial.seed != second.trial.seed
    assert bits(first) != bits(second)


def test_a_sigmoid_for_each_class_trains_as_a_softmax_and_reports_the_shares_it_predicts(digits: Dataset) -> None:
    """Keras on TensorFlow takes a sigmoid's logits for a softmax's; the probabilities are those of the sigmoids."""
    undropped = {"dropout.rate": 0, **MEASURED}
    softmax, sigmoid = (
        one({"model": {**SMALL["model"], "output": output}, **undropped}, digits) for output in ("softmax", "sigmoid")
    )
    odds = sigmoid.test_probabilities
    assert odds.sum(axis=1) == pytest.approx(1)
    assert (odds.argmax(axis=1) == softmax.test_probabilities.argmax(axis=1)).all()
    assert sigmoid.history.accuracy.tolist() == softmax.history.accuracy.tolist()
    assert sigmoid.history.loss[-1] == pytest.approx(log_loss(odds, sigmoid.test_labels), rel=1e-5)
    assert abs(sigmoid.history.loss[-1] - softmax.history.loss[-1]) > 1e-3
    assert sigmoid.monte_carlo == pytest.approx(odds, abs=1e-6)


@pytest.mark.slow
def test_sigmoids_that_round_to_the_same_number_answer_as_a_softmax_does(digits: Dataset) -> None:
    """A net trained until its sigmoids are 1 in float32: the highest logit is the answer, not the first of equals."""
    long = {"training.epochs": 40, "training.optimizer": {"name": "adam", "learning_rate": 0.03}, "dropout.rate": 0}
    long["preprocessing.scale"] = "none"
    softmax, sigmoid = (
        one({**long, "model": {**SMALL["model"], "output": output}}, digits) for output in ("softmax", "sigmoid")
    )
    saturated = np.sort(sigmoid.test_probabilities.astype(np.float32), axis=1)
    assert (saturated[:, -1] == saturated[:, -2]).sum() >= 10
    assert accuracy(sigmoid.test_probabilities, sigmoid.test_labels) == accuracy(
        softmax.test_probabilities, softmax.test_labels
    )
    assert sigmoid.history.accuracy.tolist() == softmax.history.accuracy.tolist()
    assert sigmoid.history.train_accuracy.tolist() == softmax.history.train_accuracy.tolist()
    written = [[float(cell) for cell in row[6:]] for row in prediction_rows(sigmoid)]
    assert accuracy(np.array(written), sigmoid.test_labels) == accuracy(softmax.test_probabilities, softmax.test_labels)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("where", [pytest.param("dense", marks=pytest.mark.slow), "all"])
def test_a_net_has_the_same_bits_whatever_was_trained_before_it(precision: str, where: str, digits: Dataset) -> None:
    changes = {**SMALL, **MEASURED, "training.precision": precision, "dropout.where": where}
    some = trials(changes, [0, 0.5])
    together = [bits(outcome) for outcome in train("keras", some, digits)]
    assert [bits(outcome) for outcome in train("keras", some[::-1], digits)] == together[::-1]
    assert bits(train("keras", some[-1:], digits, anew=True)[0]) == together[-1]
    assert len(set(together)) == len(some)


@pytest.mark.slow
def test_rate_0_is_no_dropout_wherever_it_stands(digits: Dataset) -> None:
    places = [{"where": where, "rate": 0.0} for where in ("dense", "conv", "all")]
    kinds = [{"where": "all", "kind": each} for each in ("spatial_dropout", "dropblock")] + [{"kind": "none"}]
    assert len({bits(one({"dropout": dropout}, digits)) for dropout in (*places, *kinds)}) == 1


@pytest.mark.slow
def test_bfloat16_learns_as_well_as_float32(digits: Dataset) -> None:
    longer = {"training.epochs": 10, "dataset": {"name": "digits"}, "model": {"kind": "cnn", "filters": [16, 16]}}
    scores = [
        accuracy(made.test_probabilities, made.test_labels)
        for made in (
            one({**longer, "training.precision": each, "dropout.where": "conv"}, digits)
            for each in ("float32", "mixed_bfloat16")
        )
    ]
    assert min(scores) > 0.8
    assert scores[0] == pytest.approx(scores[1], abs=0.1)
