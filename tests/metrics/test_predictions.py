import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy import stats

from dropout_lab.engines.target_scaling import TargetScaler, regression_history
from dropout_lab.metrics.predictions import accuracy, entropy, expected_calibration_error, log_loss, r2

Predictions = tuple[NDArray[np.float64], NDArray[np.int64]]


@st.composite
def predictions(draw: st.DrawFn) -> Predictions:
    """Draw probabilities of shape (rows, classes), none of them nearly 0, and labels of shape (rows,)."""
    rows, classes = draw(st.integers(1, 20)), draw(st.integers(2, 5))
    weights = draw(hnp.arrays(np.float64, (rows, classes), elements=st.floats(0.01, 1)))
    labels = draw(hnp.arrays(np.int64, rows, elements=st.integers(0, classes - 1)))
    return weights / weights.sum(axis=1, keepdims=True), labels


@given(predictions())
def test_entropy_is_scipys(case: Predictions) -> None:
    probabilities, _ = case
    assert entropy(probabilities) == pytest.approx(stats.entropy(probabilities, axis=1).mean(), rel=1e-12, abs=1e-12)
    assert 0 < entropy(probabilities) <= np.log(probabilities.shape[1]) * (1 + 1e-12)


def test_entropy_is_0_if_certain_and_the_logarithm_of_the_classes_if_all_are_equally_probable() -> None:
    assert str(entropy(np.array([[1.0, 0.0], [0.0, 1.0]]))) == "0.0"
    assert entropy(np.full((3, 4), 0.25)) == pytest.approx(math.log(4))


def test_the_calibration_error_of_four_rows_computed_by_hand() -> None:
    """Two rows in (9/15, 10/15], one of them right, and two in (13/15, 14/15], both right."""
    confidence = np.array([0.62, 0.64, 0.90, 0.92])
    labels = np.array([0, 1, 0, 0])
    expected = (2 * abs(0.5 - 0.63) + 2 * abs(1 - 0.91)) / 4
    assert expected_calibration_error(np.column_stack([confidence, 1 - confidence]), labels) == pytest.approx(expected)


def test_a_bin_of_the_calibration_error_holds_its_upper_end() -> None:
    confidence = np.array([10 / 15, 0.65])  # one bin: 1 of 2 is right
    error = expected_calibration_error(np.column_stack([confidence, 1 - confidence]), np.array([0, 1]))
    assert error == pytest.approx(abs(1 - (10 / 15 + 0.65)) / 2)


def test_the_calibration_error_of_certain_predictions_is_0_if_right_and_1_if_wrong() -> None:
    certain = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert expected_calibration_error(certain, np.array([0, 1])) == 0
    assert expected_calibration_error(certain, np.array([1, 0])) == 1


@given(predictions())
def test_metrics_do_not_depend_on_the_order_of_rows(case: Predictions) -> None:
    probabilities, labels = case
    assert accuracy(probabilities[::-1], labels[::-1]) == accuracy(probabilities, labels)
    for metric in (log_loss, expected_calibration_error):
        there, back = metric(probabilities, labels), metric(probabilities[::-1], labels[::-1])
        assert back == pytest.approx(there, rel=1e-12, abs=1e-12)


def test_the_first_of_equally_probable_classes_is_predicted() -> None:
    equal = np.full((2, 2), 0.5)
    assert accuracy(equal, np.array([0, 1])) == 0.5
    assert accuracy(equal, np.array([0, 0])) == 1.0


def test_a_certain_mistake_has_a_finite_loss() -> None:
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == -math.log(1e-300)


def test_a_certain_and_right_prediction_has_no_loss() -> None:
    loss = log_loss(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1]))
    assert loss == 0


def test_single_precision_is_averaged_in_double() -> None:
    probabilities = np.full((1000, 2), 0.1, dtype=np.float32)
    labels = np.zeros(1000, dtype=np.int64)
    assert log_loss(probabilities, labels) == pytest.approx(-math.log(np.float64(np.float32(0.1))), rel=1e-12)


def test_r2_is_missing_where_all_targets_are_the_same_though_their_mean_is_rounded() -> None:
    targets = np.full(7, 1.812)
    assert targets.var() > 0
    assert math.isnan(r2(np.zeros(7), targets))
    assert r2(np.array([1.0, 2.0]), np.array([1.0, 3.0])) == 0.5
    history = regression_history(TargetScaler(0.0, 1.0), np.ones(2), np.ones(2), targets, targets)
    assert np.isnan(history.accuracy).all()


def test_metrics_are_plain_floats() -> None:
    probabilities, labels = np.array([[0.3, 0.7]], dtype=np.float32), np.array([1])
    assert type(accuracy(probabilities, labels)) is float
    assert type(log_loss(probabilities, labels)) is float
    assert type(expected_calibration_error(probabilities, labels)) is float
    assert type(entropy(probabilities)) is float
