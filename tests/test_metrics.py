import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from sklearn import metrics as sklearn_metrics

from dropout_lab.metrics import accuracy, log_loss

Predictions = tuple[NDArray[np.float64], NDArray[np.int64]]


@st.composite
def predictions(draw: st.DrawFn) -> Predictions:
    """Draw probabilities of shape (rows, classes), none of them nearly 0, and labels of shape (rows,)."""
    rows, classes = draw(st.integers(1, 20)), draw(st.integers(2, 5))
    weights = draw(hnp.arrays(np.float64, (rows, classes), elements=st.floats(0.01, 1)))
    labels = draw(hnp.arrays(np.int64, rows, elements=st.integers(0, classes - 1)))
    return weights / weights.sum(axis=1, keepdims=True), labels


@given(predictions())
def test_accuracy_is_scikit_learns(case: Predictions) -> None:
    probabilities, labels = case
    assert accuracy(probabilities, labels) == sklearn_metrics.accuracy_score(labels, probabilities.argmax(axis=1))


@given(predictions())
def test_log_loss_is_scikit_learns(case: Predictions) -> None:
    probabilities, labels = case
    codes = range(probabilities.shape[1])
    expected = sklearn_metrics.log_loss(labels, probabilities, labels=codes)
    assert log_loss(probabilities, labels) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(predictions())
def test_metrics_do_not_depend_on_the_order_of_rows(case: Predictions) -> None:
    probabilities, labels = case
    assert accuracy(probabilities[::-1], labels[::-1]) == accuracy(probabilities, labels)
    assert log_loss(probabilities[::-1], labels[::-1]) == pytest.approx(log_loss(probabilities, labels), rel=1e-12)


def test_of_equal_probabilities_the_first_class_counts() -> None:
    equal = np.full((2, 2), 0.5)
    assert accuracy(equal, np.array([0, 1])) == 0.5
    assert accuracy(equal, np.array([0, 0])) == 1.0


def test_one_sure_mistake_costs_a_finite_loss() -> None:
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == -math.log(1e-300)


def test_sure_and_right_costs_nothing() -> None:
    loss = log_loss(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1]))
    assert loss == 0


def test_single_precision_is_averaged_in_double() -> None:
    probabilities = np.full((1000, 2), 0.1, dtype=np.float32)
    labels = np.zeros(1000, dtype=np.int64)
    assert log_loss(probabilities, labels) == pytest.approx(-math.log(np.float64(np.float32(0.1))), rel=1e-12)


def test_metrics_are_plain_floats() -> None:
    probabilities, labels = np.array([[0.3, 0.7]], dtype=np.float32), np.array([1])
    assert type(accuracy(probabilities, labels)) is float
    assert type(log_loss(probabilities, labels)) is float
