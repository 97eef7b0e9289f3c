"""Both engines train what plain Keras trains: the same losses, epoch by epoch, and the same predictions."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np
import plain_keras
import pytest
from plain_keras import Trained
from training import MEASURED, train, trials

from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import fold_data_of, per_class
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.metrics.activations import measure_activations

SGD = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}
VARIANTS: dict[str, dict[str, Any]] = {
    "sgd": {
        "training.optimizer": {"name": "sgd", "learning_rate": 0.1},
        "model": {"hidden": [4], "initializer": "he_normal", "activation": "gelu"},
    },
    "momentum": {
        "training.optimizer": SGD,
        "regularization": {"max_norm": 0.8},
        "model": {"hidden": [4], "initializer": "normal", "activation": "selu"},
    },
    "nesterov": {
        "training.optimizer": {**SGD, "nesterov": True, "schedule": {"name": "exponential", "steps": 6, "rate": 0.5}},
        "regularization": {"l1": 1e-3, "l2": 1e-2},
    },
    "adam": {
        "training.optimizer": {"name": "adam", "learning_rate": 0.01, "schedule": {"name": "cosine", "steps": 15}},
        "regularization": {"unit_norm": True},
    },
    "rmsprop": {
        "training.optimizer": {
            "name": "rmsprop",
            "learning_rate": 0.005,
            "momentum": 0.5,
            "schedule": {"name": "inverse_time", "steps": 6, "rate": 0.5},
        },
        "model": {"hidden": [7, 5, 3], "activation": "tanh"},
    },
    "decay, norms clipped": {
        "training.optimizer": {"name": "nadam", "weight_decay": 0.2, "clipnorm": 0.05},
        "model": {"hidden": [4], "activation": "leaky_relu"},
    },
}
"""Together they have the schedules, limits of weights, activations and initializers; tests/models/test_optimizers.py
holds every optimizer, decay and clipping against Keras."""

slow = pytest.mark.slow
"""For most of the combinations: the others have every layer, and run each time."""

LENGTH = {"training.epochs": 4, "training.batch_size": 40, "training.precision": "float64", "evaluation.repeats": 1}


def _check(engine: str, changes: dict[str, Any], data: Dataset, tolerance: float) -> tuple[TrialResult, Trained]:
    [trial, *_] = trials({**LENGTH, **changes})
    expected = plain_keras.train(trial, fold_data_of(data)(trial), data)  # first: it sets Keras' precision
    [outcome] = train(engine, [trial], data)
    assert outcome.history.train_loss == pytest.approx(expected.train_loss, abs=tolerance)
    assert outcome.history.loss == pytest.approx(expected.loss, abs=tolerance)
    outputs = per_class(expected.logits)
    assert outcome.test_probabilities == pytest.approx(outputs[outcome.test_rows], abs=tolerance)
    return outcome, expected


def _check_measures(engine: str, changes: dict[str, Any], data: Dataset, tolerance: float) -> None:
    outcome, expected = _check(engine, {**changes, **MEASURED}, data, tolerance)
    passes = [per_class(logits) for logits in expected.passes]
    assert outcome.monte_carlo == pytest.approx(np.mean(passes, axis=0), abs=tolerance)
    activations = measure_activations(lambda: [expected.activations])
    assert astuple(outcome.activations) == pytest.approx(astuple(activations), abs=100 * tolerance)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_stacked_engine_without_dropout_equals_plain_keras_with(variant: str, iris: Dataset) -> None:
    _check("stacked", VARIANTS[variant], iris, 1e-9)


def test_the_stacked_engine_with_dropout_equals_plain_keras_with_the_same_masks(iris: Dataset) -> None:
    _check_measures("stacked", {"dropout": {"where": "both", "rate": 0.3}, "training.optimizer": SGD}, iris, 1e-7)


FAMILY: dict[str, dict[str, Any]] = {
    "gaussian_dropout": {"where": "both", "rate": 0.3},
    "gaussian_noise": {"where": "both", "stddev": 0.4},
    "alpha_dropout": {"where": "both", "rate": 0.1},
    "dropconnect": {"where": "hidden", "rate": 0.3},
}
CONCRETE = {"kind": "concrete_dropout", "where": "both", "weight_regularizer": 0.01, "dropout_regularizer": 0.02}


@pytest.mark.parametrize(
    "model", [{"hidden": [7, 5]}, pytest.param({"hidden": [7], "normalization": "layer"}, marks=slow)], ids=str
)
def test_the_keras_engine_equals_plain_keras_with_concrete_dropout(model: dict[str, Any], iris: Dataset) -> None:
    changes = {"model": model, "dropout": {**CONCRETE, "initial_rate": 0.3}, "training.optimizer": SGD}
    _check_measures("keras", changes, iris, 1e-7)


@pytest.mark.parametrize("engine", ["stacked", pytest.param("keras", marks=slow)])
@pytest.mark.parametrize("kind", FAMILY)
def test_an_engine_equals_plain_keras_with_keras_own(kind: str, engine: str, iris: Dataset) -> None:
    net = {"model.hidden": [7, 5], "model.activation": "selu" if kind == "alpha_dropout" else "relu"}
    changes = {**net, "dropout": {"kind": kind, **FAMILY[kind]}, "training.optimizer": SGD}
    _check_measures(engine, changes, iris, 1e-7)


CHANGING: dict[str, dict[str, Any]] = {
    "early": {"kind": "gaussian_dropout", "where": "both", "rate": 0.3, "schedule": {"name": "early", "epochs": 3}},
    "linear": {"rate": {"visible": 0.1, "hidden": [0.4, 0.2]}, "schedule": {"name": "linear", "start": 2, "end": 0.1}},
    "linear, dropconnect": {"kind": "dropconnect", "rate": 0.3, "schedule": {"name": "linear"}},
}


@pytest.mark.parametrize("engine", ["stacked", pytest.param("keras", marks=slow)])
@pytest.mark.parametrize("dropout", CHANGING)
def test_an_engine_equals_plain_keras_where_rates_differ_between_epochs_or_layers(
    dropout: str, engine: str, iris: Dataset
) -> None:
    changes = {"model.hidden": [7, 5], "dropout": CHANGING[dropout], "training.optimizer": SGD}
    _check(engine, changes, iris, 1e-7)


def test_the_stacked_engine_equals_plain_keras_on_two_classes(breast_cancer: Dataset) -> None:
    changes = {"dropout": {"where": "hidden", "rate": 0.4}, "regularization": {"max_norm": 1.0}}
    _check("stacked", {**changes, "training.optimizer": SGD, "training.epochs": 4}, breast_cancer, 1e-7)


@pytest.mark.parametrize(
    "optimizer", [{"name": "sgd"}, {"name": "lamb"}, {"name": "lamb", "weight_decay": 0.2, "clipnorm": 0.05}], ids=str
)
def test_the_keras_engine_equals_plain_keras_with(optimizer: dict[str, Any], iris: Dataset) -> None:
    changes = {"dropout": {"where": "both", "rate": 0.3}, "training.optimizer": optimizer}
    _check_measures("keras", changes, iris, 1e-9)


PICTURES: dict[str, Any] = {
    "dataset": {"name": "digits", "train_rows": 100},
    "preprocessing.scale": "minmax",
    "model": {"kind": "cnn", "filters": [3, 4], "dense": [6, 5]},
    "evaluation": {"split": "holdout", "test_share": 0.1},
    "training.optimizer": SGD,
    "training.epochs": 4,
    "training.precision": "float64",
}


@pytest.mark.parametrize(
    ("dropout", "more"),
    [
        pytest.param({"kind": "none"}, {"regularization": {"max_norm": 0.5}}, id="no dropout, max-norm", marks=slow),
        pytest.param(
            {"where": "dense", "rate": 0.3},
            {"regularization": {"unit_norm": True, "l1": 1e-3, "l2": 1e-2}},
            id="dense, unit-norm",
        ),
        pytest.param(
            {"where": "conv", "rate": 0.3},
            {"model": {**PICTURES["model"], "kernel": 2, "activation": "elu"}},
            id="conv",
            marks=slow,
        ),
        pytest.param({"rate": {"conv": [0.1, 0.4], "dense": 0.3}}, {}, id="all, by layer", marks=slow),
        pytest.param({"where": "conv", "rate": 0.4, "kind": "spatial_dropout"}, {}, id="channels", marks=slow),
        pytest.param({"where": "all", "rate": 0.4, "kind": "spatial_dropout"}, {}, id="channels and dense"),
        pytest.param({"where": "all", "rate": 0.4, "kind": "dropblock", "block_size": 2}, {}, id="blocks and dense"),
        pytest.param({"where": "all", "rate": 0.2, "kind": "gaussian_dropout"}, {}, id="gaussian dropout", marks=slow),
        pytest.param({"where": "all", "stddev": 0.2, "kind": "gaussian_noise"}, {}, id="gaussian noise", marks=slow),
        pytest.param({"where": "all", "rate": 0.2, "kind": "alpha_dropout"}, {}, id="alpha dropout", marks=slow),
        pytest.param({"where": "dense", "rate": 0.3, "kind": "dropconnect"}, {}, id="dropconnect", marks=slow),
    ],
)
def test_the_convolution_net_equals_plain_keras_with(
    dropout: dict[str, Any], more: dict[str, Any], digits: Dataset
) -> None:
    _check_measures("keras", {**PICTURES, "dropout": dropout, **more}, digits, 1e-7)


LSTM = {"kind": "rnn", "units": [4, 5], "dense": [6]}
GRU = {"kind": "rnn", "cell": "gru", "units": [4]}
SIMPLE = {"kind": "rnn", "cell": "simple", "units": [4]}
ALONG = {"kind": "conv1d", "filters": [3, 4], "dense": [6]}
LIMITS = {"max_norm": 0.8, "l2": 1e-3}
UNIT = {"unit_norm": True}


@pytest.mark.parametrize(
    ("model", "dropout", "more"),
    [
        pytest.param(
            LSTM, {"where": "all", "rate": 0.3, "noise_shape": [None, 1, None]}, {}, id="lstm, noise shape", marks=slow
        ),
        pytest.param(
            GRU,
            {"where": "all", "rate": 0.3, "schedule": {"name": "early", "epochs": 2}},
            {"regularization": UNIT},
            id="gru, early, unit-norm",
            marks=slow,
        ),
        pytest.param(
            SIMPLE,
            {"kind": "spatial_dropout", "where": "all", "rate": 0.3},
            {"regularization": LIMITS},
            id="simple, channels, limits",
            marks=slow,
        ),
        pytest.param(LSTM, {"where": "recurrent", "rate": 0.3}, {}, id="lstm, states", marks=slow),
        pytest.param(GRU, {"where": "recurrent", "rate": 0.3}, {"regularization": UNIT}, id="gru, states", marks=slow),
        pytest.param(
            {**SIMPLE, "units": [4, 3]},
            {"where": "recurrent", "rate": 0.3},
            {"regularization": LIMITS},
            id="simple, states",
        ),
        pytest.param(
            {**ALONG, "kernel": 2},
            {"kind": "spatial_dropout", "where": "all", "rate": 0.3},
            {"regularization": LIMITS},
            id="conv1d, channels, limits",
        ),
        pytest.param(ALONG, {"kind": "dropblock", "where": "all", "rate": 0.3}, {}, id="conv1d, blocks", marks=slow),
        pytest.param(
            ALONG,
            {"kind": "alpha_dropout", "where": "all", "rate": 0.2, "noise_shape": [None, 1, None]},
            {"regularization": UNIT},
            id="conv1d, noise shape",
            marks=slow,
        ),
    ],
)
def test_a_net_for_sequences_equals_plain_keras_with(
    model: dict[str, Any], dropout: dict[str, Any], more: dict[str, Any], digits: Dataset
) -> None:
    _check_measures("keras", {**PICTURES, "model": model, "dropout": dropout, **more}, digits, 1e-7)


def test_a_tables_row_is_a_sequence_of_its_numbers_as_in_plain_keras(iris: Dataset) -> None:
    changes = {"model": {"kind": "rnn", "units": [4]}, "dropout": {"where": "all", "rate": 0.3}, "training.epochs": 2}
    _check("keras", changes, iris, 1e-7)


@pytest.mark.parametrize(
    ("kind", "engine"), [("dropout", "keras"), ("dropout", "stacked"), ("alpha_dropout", "stacked")]
)
def test_rows_dropped_whole_equal_plain_keras_with_that_noise_shape(kind: str, engine: str, iris: Dataset) -> None:
    dropout = {"kind": kind, "where": "both", "rate": 0.2, "noise_shape": [None, 1]}
    _check_measures(engine, {"dropout": dropout, "training.optimizer": SGD}, iris, 1e-7)
