"""The net as scikit-learn's estimators, by scikit-learn's own checks."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.estimator_checks import parametrize_with_checks

from dropout_lab import DropoutClassifier, DropoutRegressor
from dropout_lab.datasets import Split
from dropout_lab.engines import runtime
from dropout_lab.engines.fold_data import FoldData
from dropout_lab.engines.target_scaling import TargetScaler
from dropout_lab.errors import ConfigError, DataError, ModelError

runtime.start(intra_op_threads=1)

X, Y = load_iris(return_X_y=True)
QUICK: dict[str, Any] = {"hidden": (8,), "epochs": 5, "learning_rate": 0.05, "batch_size": 16, "random_state": 7}


def not_kept(estimator: Any) -> dict[str, str]:
    """Return the checks that cannot pass, and why."""
    reason = (
        "batches are drawn from the rows as they are, so repeated rows come in others; with all rows in one batch, and "
        "no dropout, they are equal: see test_integer_weights_are_repeated_rows"
    )
    return {"check_sample_weight_equivalence_on_dense_data": reason}


@pytest.mark.slow
@parametrize_with_checks(
    [kind(**{**QUICK, "epochs": 10}) for kind in (DropoutClassifier, DropoutRegressor)], expected_failed_checks=not_kept
)
def test_they_keep_scikit_learns_promises(estimator: Any, check: Callable[[Any], None]) -> None:
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


def noisy(rows: int = 60) -> tuple[Any, Any, Any]:
    """Return inputs of shape (rows, 3), rare classes, and numbers."""
    random = np.random.default_rng(7)
    features = random.normal(size=(rows, 3))
    noisy = features @ [1.0, -2.0, 0.5] + random.normal(size=rows)
    return features, (noisy > 2).astype(int), 100 + 10 * noisy


FULL: dict[str, Any] = {**QUICK, "where": "none", "batch_size": 1000, "epochs": 40}
KINDS: dict[str, tuple[Any, int]] = {"classifier": (DropoutClassifier, 1), "regressor": (DropoutRegressor, 2)}


def each_kind(*often: str) -> pytest.MarkDecorator:
    """Return a mark that has a test called with each kind of estimator, slow for those that are not often run."""
    cases = [
        pytest.param(*kind, id=name, marks=() if name in often else pytest.mark.slow) for name, kind in KINDS.items()
    ]
    return pytest.mark.parametrize(("kind", "target"), cases)


def predicted(estimator: Any, features: Any) -> Any:
    return (estimator.predict if isinstance(estimator, DropoutRegressor) else estimator.predict_proba)(features)


@each_kind("classifier")
def test_integer_weights_are_repeated_rows(kind: Any, target: int) -> None:
    features, answers = noisy()[0], noisy()[target]
    counts = np.random.default_rng(3).integers(0, 5, len(features))
    weighted = kind(**FULL).fit(features, answers, sample_weight=counts)
    repeated = kind(**FULL).fit(features.repeat(counts, axis=0), answers.repeat(counts))
    plain = kind(**FULL).fit(features, answers)
    np.testing.assert_allclose(predicted(weighted, features), predicted(repeated, features), rtol=2e-4, atol=1e-5)
    assert np.abs(predicted(weighted, features) / predicted(plain, features) - 1).max() > 0.01


@each_kind("regressor")
def test_weights_count_up_to_a_factor_and_rows_of_weight_0_not_at_all(kind: Any, target: int) -> None:
    features, answers = noisy()[0], noisy()[target]
    counts = np.random.default_rng(3).integers(0, 5, len(features)).astype(float)
    fitted = [kind(**QUICK).fit(features, answers, counts * factor) for factor in (1, 4)]
    fitted.append(kind(**QUICK).fit(features[counts > 0], answers[counts > 0], counts[counts > 0]))
    assert len({predicted(each, features).tobytes() for each in fitted}) == 1
    alike = [kind(**QUICK).fit(features, answers, weights) for weights in (None, np.full(len(features), 3.0))]
    assert len({predicted(each, features).tobytes() for each in alike}) == 1
    with pytest.raises(ValueError, match="sample_weight: expected weights of at least 0, got -1"):
        kind(**QUICK).fit(features, answers, -np.ones(len(features)))


@pytest.mark.slow
def test_class_weights_are_weights_of_rows_by_their_class() -> None:
    features, answers, _ = noisy()
    weights = compute_sample_weight("balanced", answers)
    by_class = {code: weights[answers == code][0] for code in (0, 1)}
    fitted = [DropoutClassifier(scale="none", class_weight=given, **FULL) for given in ("balanced", by_class)]
    expected = DropoutClassifier(scale="none", **FULL).fit(features, answers, weights).predict_proba(features)
    for each in fitted:
        np.testing.assert_allclose(each.fit(features, answers).predict_proba(features), expected, rtol=1e-4, atol=1e-6)
    assert (
        expected[:, 1].mean()
        > 1.5 * DropoutClassifier(**FULL).fit(features, answers).predict_proba(features)[:, 1].mean()
    )
    with pytest.raises(ConfigError, match="class_weight: unknown class 2"):
        DropoutClassifier(class_weight={0: 1, 2: 5}, **QUICK).fit(features, answers)


@pytest.mark.slow
def test_class_weights_and_weights_of_rows_are_multiplied() -> None:
    features, answers, _ = noisy()
    both = DropoutClassifier(scale="none", class_weight="balanced", **FULL)
    counts = np.random.default_rng(3).integers(1, 5, len(features))
    repeated = clone(both).fit(features.repeat(counts, axis=0), answers.repeat(counts)).predict_proba(features)
    np.testing.assert_allclose(
        both.fit(features, answers, counts).predict_proba(features), repeated, rtol=2e-4, atol=1e-5
    )


@each_kind("classifier", "regressor")
def test_early_stopping_restores_the_epoch_of_the_lowest_validation_loss(kind: Any, target: int) -> None:
    features, answers = noisy()[0], noisy()[target]
    quick = {**QUICK, "epochs": 300, "validation_fraction": 0.3, "n_iter_no_change": 4}
    stopped = kind(early_stopping=True, **quick).fit(features, answers)
    curve = stopped.validation_loss_curve_
    assert stopped.n_iter_ == len(curve) == len(stopped.loss_curve_) == curve.argmin() + 1 + 4 < 300
    cut = {**quick, "epochs": int(curve.argmin()) + 1}
    shorter = kind(early_stopping=True, **cut).fit(features, answers)
    assert predicted(shorter, features).tobytes() == predicted(stopped, features).tobytes()
    assert kind(**QUICK).fit(features, answers).validation_loss_curve_ is None
    with pytest.raises(DataError, match=r"validation_fraction 0\.3 of 2 rows does not leave 2 to learn from"):
        kind(early_stopping=True, **quick).fit(features[-2:], np.array([0, 1]))


def test_the_validation_loss_is_weighted() -> None:
    random = np.random.default_rng(7)
    logits, values, weights = random.normal(size=(30, 1)), random.normal(size=30), random.random(30)
    split, rows = Split(np.arange(20), np.arange(20, 30)), np.arange(5, 25)
    codes = (values > 0).astype(np.int64)
    classified = FoldData(logits, codes, split, row_weight=weights).loss(logits[rows], rows)
    expected = log_loss(codes[rows], 1 / (1 + np.exp(-logits[rows, 0])), sample_weight=weights[rows])
    assert classified == pytest.approx(expected, rel=1e-12)
    scaler = TargetScaler(3.0, 2.0)
    number = FoldData(logits, values, split, target_scaler=scaler, row_weight=weights).loss(logits[rows], rows)
    expected = mean_squared_error((values[rows] - 3) / 2, logits[rows, 0], sample_weight=weights[rows])
    assert number == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
def test_a_search_finds_a_regressor_that_learns_and_training_that_diverges_is_told() -> None:
    features, _, numbers = noisy(200)
    search = GridSearchCV(DropoutRegressor(**{**QUICK, "epochs": 20}), {"rate": [0.1, 0.95]}, cv=2, refit=False)
    assert search.fit(features, numbers).best_params_ == {"rate": 0.1}
    assert search.best_score_ > 0.6  # R2; the noise leaves 0.84
    with pytest.raises(ModelError, match=r"training diverged \(.*\): choose a lower learning_rate"):
        DropoutRegressor(**{**QUICK, "optimizer": "sgd", "learning_rate": 1e6}).fit(features, numbers)


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


def test_rows_of_several_axes_are_scaled_by_channel_and_flattened() -> None:
    rows = np.random.default_rng(7).normal(size=(30, 4, 2)) * [1, 1000]
    classes = (rows[:, 0, 0] > 0).astype(int)
    model = DropoutClassifier(hidden=(4,), epochs=2, random_state=1).fit(rows, classes)
    shift = model.model_.preprocessing.shift.reshape(4, 2)
    np.testing.assert_allclose(shift, np.broadcast_to(rows.mean(axis=(0, 1)), (4, 2)))
    assert model.predict_proba(rows).shape == (30, 2)
    with pytest.raises(DataError, match=r"X: expected rows of shape \(4, 2\), got \(4, 1\)"):
        model.predict(rows[:, :, :1])
