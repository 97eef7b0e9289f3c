"""Row values: their mean is the metric, and their spread its standard error."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_metrics import REFERENCES, Array, cases, in_double, is_undefined
from sklearn import metrics as sklearn

from dropout_lab.metrics import predictions as whole
from dropout_lab.metrics import row_values as by_row
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS

WITH_ROW_VALUES = {name: metric for name, metric in METRICS.items() if metric.has_row_values}

every_metric = pytest.mark.parametrize("metric", WITH_ROW_VALUES.values(), ids=WITH_ROW_VALUES)


def standard_error(values: Array) -> float:
    return float(values.std() / math.sqrt(len(values)))


def example(metric: Metric, rows: int, classes: int, seed: int = 1) -> tuple[Array, Array]:
    """Return predictions that are partly right, and the true values."""
    random = np.random.default_rng(seed)
    if metric.task == "regression":
        true = 5 + random.gamma(2, size=rows)
        return true + random.normal(0, 0.8, rows), true
    labels = random.choice(classes, rows, p=np.arange(2, classes + 2) / np.arange(2, classes + 2).sum())
    weights = np.exp(random.normal(size=(rows, classes)) + 1.2 * np.eye(classes)[labels])
    return weights / weights.sum(axis=1, keepdims=True), labels


def test_every_metric_has_row_values_but_the_median() -> None:
    assert METRICS.keys() - WITH_ROW_VALUES.keys() == {"median_ae"}
    assert {name for name, metric in METRICS.items() if hasattr(by_row, metric.function)} == WITH_ROW_VALUES.keys()
    with pytest.raises(ValueError, match="median_ae has no row values"):
        METRICS["median_ae"].row_values(np.ones(3), np.ones(3))


@every_metric
@given(st.data())
def test_the_mean_of_the_row_values_is_the_metric_and_all_are_missing_where_it_is(
    metric: Metric, data: st.DataObject
) -> None:
    predictions, true = data.draw(cases(metric))
    values = metric.row_values(predictions, true)
    assert (values.shape, values.dtype) == ((len(true),), np.float64)
    if is_undefined(metric, predictions, true):
        assert np.isnan(values).all()
    else:
        assert values.mean() == pytest.approx(metric.compute(predictions, true), rel=1e-12, abs=1e-12)


@every_metric
@settings(max_examples=25)
@given(st.data())
def test_a_row_deviates_from_the_mean_by_the_metrics_derivative_by_its_weight(
    metric: Metric, data: st.DataObject
) -> None:
    predictions, true = data.draw(cases(metric))
    if is_undefined(metric, predictions, true):
        return
    predictions = in_double(predictions)
    row = data.draw(st.integers(0, len(true) - 1))
    step = 1e-4 * (np.arange(len(true)) == row)
    more, less = (REFERENCES[metric.name](predictions, true, 1 + sign * step) for sign in (1, -1))
    values = metric.row_values(predictions, true)
    expected = len(true) * (more - less) / 2e-4
    assert values[row] - values.mean() == pytest.approx(expected, rel=1e-5, abs=1e-7 * max(1, abs(values.mean())))


@every_metric
@settings(max_examples=10)
@given(st.data(), st.integers(0, 100))
def test_each_row_keeps_its_value_in_any_order(metric: Metric, data: st.DataObject, seed: int) -> None:
    predictions, true = data.draw(cases(metric))
    order = np.random.default_rng(seed).permutation(len(true))
    shuffled = metric.row_values(predictions[order], true[order])
    assert shuffled == pytest.approx(metric.row_values(predictions, true)[order], rel=1e-9, abs=1e-9, nan_ok=True)


SMOOTH = [
    (name, classes)
    for name, metric in WITH_ROW_VALUES.items()
    if name != "ece"  # resampling moves the bins apart
    for classes in ((7,) if name == "top_5_accuracy" else (2, 4) if metric.task == "classification" else (1,))
]


@pytest.mark.parametrize(("name", "classes"), SMOOTH)
def test_the_standard_error_is_that_of_the_bootstrap_over_rows(name: str, classes: int) -> None:
    """The metric of a resample is computed as the mean of its row values."""
    metric, random = METRICS[name], np.random.default_rng(7)
    predictions, true = example(metric, 300, classes)
    chosen = random.integers(0, 300, (1000, 300))
    resampled = [metric.row_values(predictions[rows], true[rows]).mean() for rows in chosen]
    assert standard_error(metric.row_values(predictions, true)) == pytest.approx(np.std(resampled), rel=0.1)


def test_the_standard_error_of_the_auc_is_delongs() -> None:
    """His variances of the placements are over the rows of each class less one."""
    probabilities, labels = example(METRICS["auc"], 60, 2)
    probabilities = probabilities.round(1)  # ties
    positive, negative = (probabilities[labels == code, 1][:, np.newaxis] for code in (1, 0))
    wins = (positive > negative.T) + (positive == negative.T) / 2
    ones, zeros = wins.mean(axis=1), wins.mean(axis=0)
    variance = sum(kind.var(ddof=1) / len(kind) * (len(kind) - 1) / len(kind) for kind in (ones, zeros))
    assert (wins == 0.5).any()
    assert standard_error(METRICS["auc"].row_values(probabilities, labels)) == pytest.approx(math.sqrt(variance))


@pytest.mark.parametrize("classes", [2, 4])
def test_the_spread_of_differences_is_the_standard_error_of_a_difference_between_two_predictions(classes: int) -> None:
    metric, random = METRICS["f1"], np.random.default_rng(7)
    one, labels = example(metric, 300, classes)
    other = one**0.5 * random.dirichlet(np.ones(classes), 300) ** 0.5
    paired = [metric.row_values(each, labels) for each in (one, other)]
    resampled = []
    for rows in random.integers(0, 300, (1000, 300)):
        first, second = (metric.row_values(each[rows], labels[rows]).mean() for each in (one, other))
        resampled.append(second - first)
    assert standard_error(paired[1] - paired[0]) == pytest.approx(np.std(resampled), rel=0.1)


def test_row_values_computed_by_hand() -> None:
    """Four rows, the third predicted wrong; the second is more probably of class 1 than the third, which is."""
    probabilities = np.array([[0.9, 0.1], [0.55, 0.45], [0.6, 0.4], [0.2, 0.8]])
    labels = np.array([0, 0, 1, 1])
    expected = {
        "accuracy": [1, 1, 0, 1],
        "loss": [-math.log(0.9), -math.log(0.55), -math.log(0.4), -math.log(0.8)],
        "brier": [0.01, 0.45**2, 0.36, 0.04],
        "balanced_accuracy": [3 / 4, 3 / 4, 1 / 4, 5 / 4],  # 3/4 + (0, 0, -1/2, 1/2) / 2 / (1/2)
        "precision": [19 / 18, 19 / 18, 7 / 18, 15 / 18],  # 5/6 + (1/3, 1/3, -2/3, 0) / 2 / (3/4, ..., 1/4)
        "auc": [5 / 4, 1 / 4, 1 / 4, 5 / 4],  # 3/4 + (1/4, -1/4, -1/4, 1/4) / (1/2)
        "average_precision": [15 / 18, 7 / 18, 13 / 18, 25 / 18],  # 5/6 + (0, -2/9, -1/6 + 1/9, 1/6 + 1/9) / (1/2)
    }
    for name, values in expected.items():
        assert METRICS[name].row_values(probabilities, labels) == pytest.approx(values), name


def test_the_correlation_with_predictions_of_one_class_is_0_for_each_row() -> None:
    probabilities = np.tile([0.7, 0.3], (4, 1))
    assert METRICS["mcc"].row_values(probabilities, np.array([0, 1, 1, 0])).tolist() == [0, 0, 0, 0]


def test_perfect_numbers_have_no_spread() -> None:
    true = np.array([1.0, 2.0, 4.0])
    perfect = {name: metric for name, metric in WITH_ROW_VALUES.items() if metric.task == "regression"}
    found = {name: metric.row_values(true, true).tolist() for name, metric in perfect.items()}
    assert found == {name: [1.0 if name == "r2" else 0.0] * 3 for name in perfect}


FORMULAS: dict[str, Callable[[Array, Array], float]] = {
    "accuracy": lambda probabilities, labels: np.mean(probabilities.argmax(axis=1) == labels),
    "loss": lambda probabilities, labels: -np.log(probabilities[np.arange(len(labels)), labels]).mean(),
    "top_5_accuracy": lambda probabilities, labels: sklearn.top_k_accuracy_score(
        labels, probabilities, k=5, labels=range(7)
    ),
    "mse": lambda predicted, true: np.mean((predicted - true) ** 2),
    "mae": lambda predicted, true: np.mean(np.abs(predicted - true)),
    "mape": lambda predicted, true: np.mean(np.abs((predicted - true) / true)),
    "rmse": lambda predicted, true: np.sqrt(np.mean((predicted - true) ** 2)),
    "median_ae": lambda predicted, true: np.median(np.abs(predicted - true)),
    "r2": lambda predicted, true: 1 - np.mean((predicted - true) ** 2) / np.var(true),
}


@pytest.mark.parametrize("name", FORMULAS)
@given(st.integers(2, 400), st.integers(0, 10**6))
def test_a_metric_made_of_row_values_is_to_the_bit_what_its_formula_gives(name: str, rows: int, seed: int) -> None:
    predictions, true = example(METRICS[name], rows, 7, seed)
    assert METRICS[name].compute(predictions, true) == float(FORMULAS[name](predictions, true))


def test_a_loss_of_0_keeps_its_sign_as_in_earlier_results() -> None:
    assert str(whole.log_loss(np.eye(2), np.array([0, 1]))) == "-0.0"
