"""Batch and layer normalization, before the dropout or after it: as in Keras, in every built-in net and engine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple
from itertools import product
from typing import Any

import numpy as np
import plain_keras
import pytest
from training import MEASURED, ON_TENSORFLOW, bits, train, train_alone, trials

from dropout_lab import engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import fold_data_of, per_class
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.metrics.activations import measure_activations

KINDS = ("batch", "layer")
PLACES = ("before_dropout", "after_dropout")
OFTEN = [("keras", "layer"), ("stacked", "batch")]
OFTEN_IN_PLACES = [
    *(("keras", "batch", "before_dropout"), ("keras", "layer", "after_dropout")),
    *(("stacked", "batch", "after_dropout"), ("stacked", "layer", "before_dropout")),
]


def combined(names: str, *values: Collection[str], often: Collection[tuple[str, ...]]) -> pytest.MarkDecorator:
    """Return a mark that has a test called with all combinations, of which those that are not often run are slow."""
    assert {*often} <= {*product(*values)}
    slow = pytest.mark.slow
    cases = [pytest.param(*case, marks=() if case in often else slow) for case in product(*values)]
    return pytest.mark.parametrize(names.split(), cases)


each_engine = pytest.mark.parametrize("name", ON_TENSORFLOW)
each_engine_and_kind = combined("name kind", ON_TENSORFLOW, KINDS, often=OFTEN)
NET: dict[str, Any] = {
    "model.hidden": [7, 5],
    "dropout": {"where": "both", "rate": 0.3},
    "training.optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "training.epochs": 4,
    "training.batch_size": 32,
    "training.precision": "float64",
    "evaluation.folds": 2,
    "evaluation.repeats": 1,
}


def net(kind: str, place: str = "before_dropout", **more: Any) -> dict[str, Any]:
    """Return a small net with a normalization; the last batch of its epochs is smaller than the others."""
    return {**NET, "model.normalization": kind, "model.normalization_place": place, **more}


def check(name: str, changes: dict[str, Any], data: Dataset, tolerance: float = 1e-7) -> TrialResult:
    """Hold an engine's training and measures against plain Keras."""
    [trial, *_] = trials({**changes, **MEASURED})
    expected = plain_keras.train(trial, fold_data_of(data)(trial), data)
    [outcome] = train(name, [trial], data)
    assert outcome.history.train_loss == pytest.approx(expected.train_loss, abs=tolerance)
    assert outcome.history.loss == pytest.approx(expected.loss, abs=tolerance)
    outputs = per_class(expected.logits)
    assert outcome.test_probabilities == pytest.approx(outputs[outcome.test_rows], abs=tolerance)
    passes = [per_class(logits) for logits in expected.passes]
    assert outcome.monte_carlo == pytest.approx(np.mean(passes, axis=0), abs=tolerance)
    activations = measure_activations(lambda: [expected.activations])
    assert astuple(outcome.activations) == pytest.approx(astuple(activations), abs=100 * tolerance)
    return outcome


@combined("name kind place", ON_TENSORFLOW, KINDS, PLACES, often=OFTEN_IN_PLACES)
def test_an_engine_equals_plain_keras_with_the_normalization_in_that_place(
    name: str, kind: str, place: str, iris: Dataset
) -> None:
    check(name, net(kind, place), iris)


@each_engine_and_kind
def test_an_engine_equals_plain_keras_where_weights_are_dropped_and_limited(
    name: str, kind: str, iris: Dataset
) -> None:
    weights = {"dropout": {"kind": "dropconnect", "where": "hidden", "rate": 0.3}, "regularization": {"max_norm": 0.8}}
    check(name, net(kind, "after_dropout", **weights, **{"training.optimizer": {"name": "adam"}}), iris)


@each_engine
def test_the_best_epochs_moving_averages_are_restored_as_in_plain_keras(name: str, iris: Dataset) -> None:
    early = {"training.early_stopping": {"patience": 2, "validation_share": 0.2}}
    wild = {"training.optimizer": {"name": "sgd", "learning_rate": 1.0, "momentum": 0.9}, "training.epochs": 12}
    outcome = check(name, net("batch", **early, **wild), iris)
    assert outcome.best_epoch is not None
    assert outcome.best_epoch < len(outcome.history.loss)


PICTURES: dict[str, Any] = {
    "dataset": {"name": "digits", "train_rows": 100},
    "preprocessing.scale": "minmax",
    "evaluation": {"split": "holdout", "test_share": 0.1},
    "training.optimizer": NET["training.optimizer"],
    "training.epochs": 3,
    "training.precision": "float64",
}
NETS: dict[str, dict[str, Any]] = {
    "cnn": {"kind": "cnn", "filters": [3, 4], "dense": [6]},
    "conv1d": {"kind": "conv1d", "filters": [3, 4], "dense": [6]},
    "rnn": {"kind": "rnn", "cell": "gru", "units": [4, 3], "dense": [6]},
}


@combined("model kind place", NETS, KINDS, PLACES, often=[("cnn", "batch", "after_dropout")])
def test_nets_for_pictures_and_sequences_equal_plain_keras(model: str, kind: str, place: str, digits: Dataset) -> None:
    described = {**NETS[model], "normalization": kind, "normalization_place": place}
    spatial = {"kind": "spatial_dropout", "where": "all", "rate": 0.3}
    check("keras", {**PICTURES, "model": described, "dropout": spatial}, digits)


@each_engine_and_kind
def test_a_trial_has_the_same_bits_whatever_is_trained_with_it(name: str, kind: str, breast_cancer: Dataset) -> None:
    changes = net(kind, **{"training.precision": "float32", "training.epochs": 2, "evaluation.folds": 3, **MEASURED})
    some = trials({**changes, "dropout": {"where": "both"}}, [0, 0.3, 0.6])
    together = {each.trial.id: bits(each) for each in train(name, some, breast_cancer)}
    again = {each.trial.id: bits(each) for each in train(name, some[::-2], breast_cancer)}
    alone = [bits(each) for each in train_alone(name, some[3:6], breast_cancer)]
    assert again.items() <= together.items()
    assert alone == [together[trial.id] for trial in some[3:6]]
    assert len({*together.values()}) == len(some)


@each_engine_and_kind
def test_without_dropout_the_place_changes_nothing_and_with_it_it_does(name: str, kind: str, iris: Dataset) -> None:
    def digests(rate: float, **dropout: Any) -> list[str]:
        places = [net(kind, place, dropout={"where": "hidden", "rate": rate, **dropout}) for place in PLACES]
        return [bits(each) for place in places for each in train(name, trials(place)[:1], iris)]

    before, after = digests(0.0)
    assert before == after
    before, after = digests(0.4)
    assert before != after


@each_engine
def test_many_passes_leave_the_moving_averages_alone(name: str, iris: Dataset) -> None:
    """At rate 0 each pass is then the usual prediction, and so is their mean."""
    some = trials(net("batch", dropout={"where": "hidden"}, **{"evaluation.monte_carlo": 3}))
    for outcome in train(name, some, iris):
        assert outcome.monte_carlo == pytest.approx(outcome.test_probabilities, abs=1e-9)
    again = train(name, some, iris)
    plain = train(name, trials(net("batch", dropout={"where": "hidden"})), iris)
    for one, other in zip(again, plain, strict=True):
        assert one.test_probabilities.tolist() == other.test_probabilities.tolist()


def test_normalization_is_stacked(iris: Dataset) -> None:
    experiment = trials(net("batch"))[0].experiment.model_copy(update={"engine": "auto"})
    assert engines.choose(experiment)[1] == ""
