"""A linear network is scikit-learn's linear model: the same folds, predictions and metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import dropout_lab as dl

ROWS, FOLDS = 120, 3
TRAINED = ROWS * (FOLDS - 1) // FOLDS
PENALTY = 0.02
"""Of the mean loss, times the squared norm of the weights without the biases."""

BUILDER = f"""
import keras


def build(inputs, outputs, dropout):
    output = keras.layers.Dense(outputs, kernel_regularizer=keras.regularizers.L2({PENALTY}))
    return keras.Sequential([keras.Input(inputs), dropout(), output])
"""
BATCH_OF_ALL: dict[str, Any] = {
    "dropout__rate": 0,
    "training__batch_size": 1000,
    "training__precision": "float64",
    "evaluation__folds": FOLDS,
    "evaluation__split_seed": 7,
    "quiet": True,
}
PENALIZED: dict[str, Any] = {
    "model": {"builder": "linear:build"},
    "training__optimizer": {"name": "sgd", "learning_rate": 0.5, "momentum": 0.8},
    "training__epochs": 180,
}
DEEP: dict[str, Any] = {
    "model": {"hidden": [4], "activation": "linear"},
    "training__optimizer": {"name": "sgd", "learning_rate": 0.04, "momentum": 0.9},
    "training__epochs": 1500,
    "engine": "stacked",
}
"""A product of matrices: linear, too. Its hidden layer is as wide as there are inputs, so that it can be any."""


def table(kind: str) -> pd.DataFrame:
    """Return four inputs of different scales, correlated, and a target that is not separable."""
    random = np.random.default_rng(11)
    inputs = random.normal(size=(ROWS, 4)) @ random.normal(size=(4, 4)) * [1, 10, 0.1, 3] + [5, 0, -1, 2]
    signal = StandardScaler().fit_transform(inputs) @ random.normal(size=(4, 3)) + 2 * random.normal(size=(ROWS, 3))
    target = {
        "two": np.array(["no", "yes"])[(signal[:, 0] > 0.8).astype(int)],
        "three": np.array(["a", "b", "c"])[signal.argmax(axis=1)],
        "number": 50 + 8 * signal[:, 0],
    }
    return pd.DataFrame(inputs, columns=[*"wxyz"]).assign(target=target[kind])


@pytest.fixture(autouse=True)
def _within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "linear.py").write_text(BUILDER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def expected(data: pd.DataFrame, model: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the held-out rows of each fold, a model's predictions for them, and what is true of them."""
    inputs, target = data[[*"wxyz"]].to_numpy(), data["target"].to_numpy()
    number = target.dtype.kind == "f"
    folds = (KFold if number else StratifiedKFold)(FOLDS, shuffle=True, random_state=7)
    rows, predictions, true = [], [], []
    for train, test in folds.split(inputs, target):
        fitted = make_pipeline(StandardScaler(), model).fit(inputs[train], target[train])
        rows.append(test)
        predictions.append(fitted.predict(inputs[test]) if number else fitted.predict_proba(inputs[test]))
        true.append(target[test])
    return rows, predictions, true


def check_folds_and_predictions(
    results: dl.Results, rows: list[Any], predictions: list[Any], columns: list[str], tolerance: float
) -> None:
    for fold, held_out in enumerate(results.predictions.groupby("fold")):
        found = held_out[1].sort_values("row")
        assert found["row"].tolist() == rows[fold].tolist()
        np.testing.assert_allclose(found[columns].to_numpy().squeeze(), predictions[fold], rtol=0, atol=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("balanced", [False, True], ids=["", "balanced"])
@pytest.mark.parametrize("kind", ["two", "three"])
def test_a_linear_network_with_an_l2_penalty_is_logistic_regression(kind: str, balanced: bool) -> None:
    data, weights = table(kind), "balanced" if balanced else None
    model = LogisticRegression(C=1 / (2 * PENALTY * TRAINED), class_weight=weights, tol=1e-10, max_iter=10_000)
    rows, predictions, true = expected(data, model)
    names = ["mcc", "f1", "brier", "log_loss", "balanced_accuracy"]
    settings = {"training__class_weight": weights, "evaluation__metrics": names} | PENALIZED | BATCH_OF_ALL
    results = dl.run(data, target="target", **settings)
    columns = [f"p{code}" for code in range(predictions[0].shape[1])]
    check_folds_and_predictions(results, rows, predictions, columns, 1e-6)
    classes = np.unique(data["target"])
    for trial, probabilities, answers in zip(results.trials.to_dict("records"), predictions, true, strict=True):
        likeliest = classes[probabilities.argmax(axis=1)]
        held_out = {
            "accuracy": metrics.accuracy_score(answers, likeliest),
            "loss": metrics.log_loss(answers, probabilities, labels=classes),
            "log_loss": metrics.log_loss(answers, probabilities, labels=classes),
            "mcc": metrics.matthews_corrcoef(answers, likeliest),
            "f1": metrics.f1_score(answers, likeliest, average="macro"),
            "balanced_accuracy": metrics.balanced_accuracy_score(answers, likeliest),
        }
        assert {name: trial[name] for name in held_out} == pytest.approx(held_out, abs=1e-6)


@pytest.mark.slow
def test_a_linear_network_with_an_l2_penalty_is_ridge_regression() -> None:
    data = table("number")
    rows, predictions, true = expected(data, Ridge(alpha=PENALTY * TRAINED))
    settings = {"evaluation__metrics": ["rmse", "median_ae", "mape"]} | PENALIZED | BATCH_OF_ALL
    results = dl.run(data, target="target", **settings)
    check_folds_and_predictions(results, rows, predictions, ["prediction"], 1e-5)
    for trial, predicted, answers in zip(results.trials.to_dict("records"), predictions, true, strict=True):
        held_out = {
            "r2": metrics.r2_score(answers, predicted),
            "mse": metrics.mean_squared_error(answers, predicted),
            "mae": metrics.mean_absolute_error(answers, predicted),
            "rmse": metrics.root_mean_squared_error(answers, predicted),
            "median_ae": metrics.median_absolute_error(answers, predicted),
            "mape": metrics.mean_absolute_percentage_error(answers, predicted),
        }
        assert {name: trial[name] for name in held_out} == pytest.approx(held_out, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "model", "columns", "tolerance"),
    [
        ("two", LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000), ["p0", "p1"], 1e-5),
        ("number", LinearRegression(), ["prediction"], 1e-4),
    ],
    ids=["classes", "numbers"],
)
def test_a_built_in_network_of_linear_layers_is_the_linear_model_without_a_penalty(
    kind: str, model: Any, columns: list[str], tolerance: float
) -> None:
    data = table(kind)
    rows, predictions, _ = expected(data, model)
    results = dl.run(data, target="target", **DEEP, **BATCH_OF_ALL)
    check_folds_and_predictions(results, rows, predictions, columns, tolerance)
