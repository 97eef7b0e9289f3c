"""The net as scikit-learn's estimator, by scikit-learn's own checks."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils.estimator_checks import parametrize_with_checks

from dropout_lab import DropoutClassifier
from dropout_lab.engines import runtime
from dropout_lab.errors import ConfigError

runtime.start(intra_op_threads=1)

X, Y = load_iris(return_X_y=True)
QUICK: dict[str, Any] = {"hidden": (8,), "epochs": 5, "learning_rate": 0.05, "batch_size": 16, "random_state": 7}


@pytest.mark.slow
@parametrize_with_checks([DropoutClassifier(**{**QUICK, "epochs": 10})])
def test_it_keeps_scikit_learns_promises(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def test_a_search_over_a_pipeline_finds_a_rate_that_learns() -> None:
    steps = make_pipeline(PolynomialFeatures(2, include_bias=False), DropoutClassifier(**QUICK))
    search = GridSearchCV(steps, {"dropoutclassifier__rate": np.array([0.1, 0.95])}, cv=2).fit(X, Y)
    assert search.best_params_ == {"dropoutclassifier__rate": 0.1}
    assert search.best_score_ > 0.9


def test_the_same_state_gives_the_same_bits_also_cloned_and_pickled_and_after_other_fits() -> None:
    first = DropoutClassifier(**QUICK).fit(X, Y)
    expected = first.predict_proba(X).tobytes()
    other = clone(first).set_params(random_state=8, rate=0.5).fit(X[:60], Y[:60] == 1)
    assert other.predict_proba(X).shape == (150, 2)
    again = clone(first).fit(X, Y)
    assert again.predict_proba(X).tobytes() == first.predict_proba(X).tobytes() == expected
    assert pickle.loads(pickle.dumps(first)).predict_proba(X).tobytes() == expected  # noqa: S301 - our own
    assert first.predict_proba(X[3:5]).tobytes() == first.predict_proba(X)[3:5].tobytes()
    assert len(first.loss_curve_) == QUICK["epochs"]


def test_classes_may_be_anything_and_parameters_that_are_not_valid_are_all_told() -> None:
    named = DropoutClassifier(**QUICK).fit(X, np.array(["a", "b", "c"], dtype=object)[Y])
    assert set(named.predict(X)) <= {"a", "b", "c"}
    assert named.score(X, np.array(["a", "b", "c"], dtype=object)[Y]) > 0.9
    with pytest.raises(ConfigError) as caught:
        DropoutClassifier(rate=1.5, epochs=0, optimizer="adm").fit(X, Y)
    assert len(caught.value.problems) == 3
    assert "did you mean adam?" in str(caught.value)
    with pytest.raises(ConfigError, match=r"model\.hidden: expected a list, got 64"):
        DropoutClassifier(hidden=64).fit(X, Y)


def test_fits_that_overlap_leave_keras_as_the_first_one_found_it() -> None:
    import keras

    before, first, second = keras.config.floatx(), ExitStack(), ExitStack()
    try:
        keras.config.set_floatx("float64")
        first.enter_context(runtime.restored_settings())
        runtime.start(1)
        second.enter_context(runtime.restored_settings())
        first.close()
        assert keras.config.floatx() == "float32"
        second.close()
        assert keras.config.floatx() == "float64"
    finally:
        keras.config.set_floatx(before)
        runtime.start(1)
