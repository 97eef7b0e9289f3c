from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from plain_metrics import REFERENCES, is_undefined
from sklearn.dummy import DummyClassifier, DummyRegressor

from dropout_lab.metrics.dummy import TrainingTargets, dummy_predictions, training_targets
from dropout_lab.metrics.metric import DUMMIES, Metric
from dropout_lab.metrics.registry import METRICS

every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
CLASSES = 6


@every_metric
def test_each_metric_but_that_of_calibration_has_a_dummy(metric: Metric) -> None:
    """The class shares are calibrated whatever the data, so that no network could be better."""
    assert bool(metric.dummy) == (metric.name != "ece")
    assert metric.dummy in {"", *DUMMIES}
    assert (metric.dummy in ("mean", "median")) == (metric.task == "regression")
    assert (metric.dummy == "most_frequent") == (metric.step == 1 and metric.name != "top_5_accuracy")


@every_metric
@given(st.data())
def test_predictions_have_the_metric_of_scikit_learns_dummy(metric: Metric, data: st.DataObject) -> None:
    if not metric.dummy:
        return
    if metric.task == "regression":
        numbers: Any = arrays(float, 12, elements=st.floats(-100, 100, width=16))
        train, true = data.draw(numbers), data.draw(numbers)
        dummy = DummyRegressor(strategy=metric.dummy).fit(np.zeros((12, 1)), train)
        expected, classes = dummy.predict(np.zeros((12, 1))), 0
    else:
        codes: Any = arrays(np.int64, 12, elements=st.integers(0, CLASSES - 1))
        train, true, classes = np.concatenate([data.draw(codes), np.arange(CLASSES)]), data.draw(codes), CLASSES
        dummy = DummyClassifier(strategy="prior").fit(np.zeros((len(train), 1)), train)
        expected = dummy.predict_proba(np.zeros((12, 1)))
        np.testing.assert_array_equal(expected.argmax(axis=1), dummy.predict(np.zeros((12, 1))))
    predicted = dummy_predictions(metric, training_targets(train, classes), 12)
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)
    if not is_undefined(metric, expected, true):
        assert metric.compute(predicted, true) == pytest.approx(REFERENCES[metric.name](expected, true, None))


def test_of_classes_their_rows_are_counted_and_of_numbers_mean_and_median_kept() -> None:
    assert training_targets(np.array([2, 0, 2]), 4) == TrainingTargets((1, 0, 2, 0))
    learned = training_targets(np.array([1.0, 2.0, 9.0]), 0)
    assert (learned.counts, learned.mean, learned.median) == ((), 4.0, 2.0)
