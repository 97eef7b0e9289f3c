"""Training rows of smaller classes may be repeated: the same in both engines, and never rows that are held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plain_keras
import pytest
from training import ON_TENSORFLOW, bits, train, train_alone, trials

from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import fold_data_of, per_class
from dropout_lab.final_model.train import train_final_model

each_engine = pytest.mark.parametrize("name", ON_TENSORFLOW)
NET = {
    "model.hidden": [5],
    "dropout.where": "both",
    "training": {
        "epochs": 3,
        "batch_size": 16,
        "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
        "precision": "float64",
        "oversample": True,
    },
    "evaluation.folds": 2,
    "evaluation.repeats": 1,
}


@pytest.fixture(scope="module")
def unbalanced(iris: Dataset) -> Dataset:
    """Return iris with 50, 25 and 10 rows of its classes."""
    rows = np.r_[:50, 50:75, 100:110]
    return replace(iris, features=iris.features[rows], labels=iris.labels[rows])


@each_engine
def test_an_engine_equals_plain_keras_that_repeats_rows_drawn_by_hand(name: str, unbalanced: Dataset) -> None:
    [trial, *_] = trials(NET, [0.3])
    expected = plain_keras.train(trial, fold_data_of(unbalanced)(trial), unbalanced)
    [outcome] = train(name, [trial], unbalanced)
    assert outcome.history.train_loss == pytest.approx(expected.train_loss, abs=1e-7)
    assert outcome.history.loss == pytest.approx(expected.loss, abs=1e-7)
    outputs = per_class(expected.logits)
    assert outcome.test_probabilities == pytest.approx(outputs[outcome.test_rows], abs=1e-7)


@each_engine
def test_each_row_counts_once_in_what_is_told_of_the_training_rows(name: str, unbalanced: Dataset) -> None:
    for outcome in train(name, trials(NET), unbalanced):
        assert sorted([*outcome.train_rows, *outcome.test_rows]) == list(range(85))
        assert len(outcome.train_probabilities) == len(outcome.train_rows)


def test_all_rates_of_a_fold_repeat_the_same_rows_which_are_training_rows(unbalanced: Dataset) -> None:
    early = {**NET, "training": {**NET["training"], "early_stopping": {"patience": 2, "validation_share": 0.2}}}
    repeated: dict[int, set[tuple[int, ...]]] = {}
    for trial in trials(early, [0, 0.3, 0.6]):
        fold = fold_data_of(unbalanced)(trial)
        assert set(fold.epoch_rows.tolist()) == set(fold.split.train.tolist())
        assert len(set(np.bincount(unbalanced.labels[fold.epoch_rows]).tolist())) == 1
        repeated.setdefault(trial.fold, set()).add(tuple(fold.oversampled.tolist()))
    assert [len(found) for found in repeated.values()] == [1, 1]
    assert repeated[0] != repeated[1]


@each_engine
def test_a_trial_has_the_same_bits_whatever_is_trained_with_it(name: str, unbalanced: Dataset) -> None:
    some = trials({**NET, "training": {**NET["training"], "precision": "float32"}}, [0, 0.6])
    together = list(map(bits, train(name, some, unbalanced)))
    assert list(map(bits, train_alone(name, some[1:3], unbalanced))) == together[1:3]


def test_equal_classes_train_as_they_do_without(iris: Dataset) -> None:
    without = {**NET, "training": {**NET["training"], "oversample": False}}
    assert list(map(bits, train("stacked", trials(NET), iris))) == list(
        map(bits, train("stacked", trials(without), iris))
    )


def test_weights_by_name_apply_to_the_repeated_rows_too(unbalanced: Dataset) -> None:
    weighted = {**NET, "training": {**NET["training"], "class_weight": {"virginica": 3.0}}}
    some = trials(weighted, [0, 0.4])
    for slow, fast in zip(train("keras", some, unbalanced), train("stacked", some, unbalanced), strict=True):
        assert slow.test_probabilities == pytest.approx(fast.test_probabilities, abs=1e-7)


def test_a_net_that_is_trained_to_be_used_finds_a_rare_class_that_it_would_miss(unbalanced: Dataset) -> None:
    def recall(*, oversample: bool) -> float:
        training = {**NET["training"], "epochs": 8, "oversample": oversample}
        experiment = trials({**NET, "training": training, "dropout.rate": 0.0})[0].experiment
        used = train_final_model(experiment, unbalanced)
        return float((used.predict(unbalanced.features).argmax(axis=1) == 2)[unbalanced.labels == 2].mean())

    assert recall(oversample=True) > recall(oversample=False)
