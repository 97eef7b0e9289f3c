"""Classes may count differently in the loss that is trained: the same in both engines, and as Keras has it."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
from training import bits, train, trials

from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import fold_data_of
from dropout_lab.errors import DataError
from dropout_lab.runs.check_data import check_data

WEIGHTS = {"setosa": 3.0, "virginica": 0.5}
NET = {
    "training.epochs": 2,
    "training.precision": "float64",
    "evaluation.folds": 2,
    "evaluation.repeats": 1,
    "dropout.where": "both",
}


def weighted(weights: object) -> dict[str, object]:
    return {**NET, "training.class_weight": weights}


def test_both_engines_train_the_same_with_weights_by_name(iris: Dataset) -> None:
    some = trials(weighted(WEIGHTS), [0, 0.4])
    plain = [bits(each) for each in train("stacked", trials(NET, [0, 0.4]), iris)]
    for one, other in zip(train("keras", some, iris), train("stacked", some, iris), strict=True):
        np.testing.assert_allclose(one.history.train_loss, other.history.train_loss, rtol=1e-7)
        np.testing.assert_allclose(one.test_probabilities, other.test_probabilities, rtol=1e-6)
        assert bits(other) not in plain


def test_weights_of_1_change_nothing_and_are_what_balanced_classes_have(iris: Dataset) -> None:
    (plain,) = train("stacked", trials(NET)[:1], iris)
    (ones,) = train("stacked", trials(weighted({"setosa": 1.0}))[:1], iris)
    assert bits(plain) == bits(ones)


def test_balanced_weights_are_scikit_learns_of_the_training_rows(iris: Dataset) -> None:
    data = replace(iris, features=iris.features[20:], labels=iris.labels[20:])
    trial = trials(weighted("balanced"))[0]
    fold = fold_data_of(data)(trial)
    assert fold.sample_weight is not None
    train_labels = data.labels[fold.split.train]
    expected = len(train_labels) / 3 / np.bincount(train_labels)
    np.testing.assert_allclose(fold.sample_weight, expected[data.labels])
    assert sum(fold.sample_weight[fold.split.train]) == pytest.approx(len(train_labels))


def test_one_step_follows_kerass_own_weighted_loss(iris: Dataset) -> None:
    """With a batch of all training rows and steps of 1, the change of the output's bias is minus its gradient."""
    shape = {"training.batch_size": 1000, "training.epochs": 1, "dropout.where": "none", "model.hidden": [4]}
    one = {"training.optimizer": {"name": "sgd", "learning_rate": 1e-9}}
    (outcome,) = train("stacked", trials({**weighted(WEIGHTS), **shape, **one})[:1], iris)
    loss = keras.losses.SparseCategoricalCrossentropy()
    rows = outcome.train_rows
    sample_weight = np.array([3.0, 1.0, 0.5])[iris.labels[rows]]
    own = loss(iris.labels[rows], outcome.train_probabilities, sample_weight=sample_weight)
    picked = -np.log(outcome.train_probabilities[np.arange(len(rows)), iris.labels[rows]])
    assert float(own) == pytest.approx((picked * sample_weight).mean(), rel=1e-6)
    assert outcome.history.train_loss[0] == pytest.approx(picked.mean(), rel=1e-6)


def test_a_class_that_does_not_exist_is_refused(iris: Dataset) -> None:
    (trial, *_) = trials(weighted({"setossa": 2.0}))
    with pytest.raises(DataError, match=r"training.class_weight: unknown class setossa; did you mean setosa?"):
        check_data(trial.experiment, iris)
