"""Training may end before its last epoch, by what a part of the training rows says; the best epoch's net is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import builders
import numpy as np
import plain_keras
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from training import MEASURED, ON_TENSORFLOW, bits, train, train_alone, trials

from dropout_lab import engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import fold_data_of, per_class
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.errors import DataError
from dropout_lab.final_model.train import train_final_model
from dropout_lab.metrics.predictions import log_loss
from dropout_lab.results.rows import history_columns, history_rows
from dropout_lab.runs.check_data import check_data

each_engine = pytest.mark.parametrize("name", ON_TENSORFLOW)
EPOCHS = 16
EARLY = {"patience": 3, "validation_share": 0.2}
TRAINING = {
    "epochs": EPOCHS,
    "batch_size": 16,
    "optimizer": {"name": "sgd", "learning_rate": 0.5, "momentum": 0.9},
    "precision": "float64",
    "early_stopping": EARLY,
}
NET = {
    "model.hidden": [7, 5],
    "dropout.where": "both",
    "training": TRAINING,
    "evaluation.folds": 2,
    "evaluation.repeats": 1,
}


def course(outcome: TrialResult) -> list[float]:
    assert outcome.history.validation_loss is not None
    return outcome.history.validation_loss.tolist()


def best(outcome: TrialResult) -> int:
    assert outcome.best_epoch is not None
    return outcome.best_epoch


@each_engine
def test_training_ends_so_many_epochs_after_the_best_one_whose_net_is_taken(name: str, iris: Dataset) -> None:
    outcomes = train(name, trials(NET, [0, 0.4]), iris)
    for outcome in outcomes:
        losses = course(outcome)
        assert best(outcome) == 1 + losses.index(min(losses))
        assert len(losses) == min(best(outcome) + EARLY["patience"], EPOCHS) == len(outcome.history.loss)
        held_out = log_loss(outcome.test_probabilities, outcome.test_labels)
        assert held_out == pytest.approx(outcome.history.loss[best(outcome) - 1], rel=1e-6)
    assert len({len(course(outcome)) for outcome in outcomes}) > 1
    assert min(len(course(outcome)) for outcome in outcomes) < EPOCHS


def watching(**early: object) -> dict[str, object]:
    """Return a net whose training is ended by these settings."""
    return {**NET, "training": {**TRAINING, "early_stopping": {**EARLY, **early}}}


WATCHED: dict[str, dict[str, Any]] = {
    "loss": {},
    "loss, a least change": {"min_delta": 0.03},
    "accuracy": {"monitor": "accuracy"},
    "accuracy, a least change": {"monitor": "accuracy", "min_delta": 0.04},
    "accuracy, a change that is never made": {"monitor": "accuracy", "min_delta": 1.0},
}
OFTEN = ("accuracy, a least change",)


@pytest.mark.parametrize(
    ("watched", "name"),
    [
        pytest.param(watched, name, marks=pytest.mark.slow if name == "keras" and watched not in OFTEN else ())
        for watched, name in product(WATCHED, ON_TENSORFLOW)
    ],
)
def test_training_ends_where_it_does_in_plain_keras_with_its_early_stopping(
    watched: str, name: str, iris: Dataset
) -> None:
    early = WATCHED[watched]
    some = [trial for trial in trials(watching(**early), [0.0, 0.4]) if trial.fold == 1]
    outcomes = train(name, some, iris)
    for trial, outcome in zip(some, outcomes, strict=True):
        expected = plain_keras.train(trial, fold_data_of(iris)(trial), iris)
        assert best(outcome) == expected.stopping.best_epoch + 1
        seen = outcome.history.validation_loss if outcome.history.monitored is None else outcome.history.monitored
        assert seen == pytest.approx(expected.monitored, abs=1e-6)
        outputs = per_class(expected.logits)[outcome.test_rows]
        assert outcome.test_probabilities == pytest.approx(outputs, abs=1e-6)
    if watched.endswith("never made"):
        assert {best(outcome) for outcome in outcomes} == {1}


@pytest.mark.parametrize(
    ("monitor", "measured"),
    [
        ("balanced_accuracy", lambda true, p: balanced_accuracy_score(true, p.argmax(axis=1))),
        ("auc", lambda true, p: roc_auc_score(true, p, multi_class="ovr")),
    ],
)
def test_any_metric_can_tell_when_to_stop(monitor: str, measured: Callable[[Any, Any], float], iris: Dataset) -> None:
    some = trials(watching(monitor=monitor), [0.4])
    experiment = some[0].experiment.model_copy(update={"engine": "auto"})
    assert engines.choose(experiment) == (
        experiment.model_copy(update={"engine": "jax"}),
        f"not stacked: training.early_stopping.monitor is {monitor}, not loss or accuracy or mse",
    )
    for outcome in train("keras", some, iris):
        monitored = outcome.history.monitored
        assert monitored is not None
        assert best(outcome) == 1 + int(monitored.argmax())
        assert len(monitored) == min(best(outcome) + EARLY["patience"], EPOCHS)
        assert 0 < monitored.min() <= monitored.max() <= 1
    same = train_final_model(trials(watching(monitor=monitor))[0].experiment, iris)
    monitored = same.history.monitored
    assert monitored is not None
    assert len(monitored) == min(1 + int(monitored.argmax()) + EARLY["patience"], EPOCHS)
    assert measured(iris.labels, same.predict(iris.features)) > 0.8


def test_the_measure_that_is_watched_has_a_column_by_epoch_empty_where_another_is(iris: Dataset) -> None:
    sweep = {"training.early_stopping": [None, EARLY, {**EARLY, "monitor": "accuracy"}]}
    some = trials({**NET, "sweep": sweep})[::2]
    [plain, by_loss, by_accuracy] = train("stacked", some, iris)
    columns = tuple(history_columns(builders.experiment({**NET, "sweep": sweep})))
    assert columns[-2:] == ("validation_loss", "validation_accuracy")
    told = [list(zip(*history_rows(each, columns), strict=True))[-2:] for each in (plain, by_loss, by_accuracy)]
    assert [all(map(bool, column)) for each in told for column in each] == [False, False, True, False, True, True]
    assert set(told[0][0]) == set(told[0][1]) == set(told[1][1]) == {""}
    rows = len(fold_data_of(iris)(by_accuracy.trial).split.validation)
    assert [round(float(value) * rows, 4) % 1 for value in told[2][1]] == [0.0] * len(told[2][1])


@each_engine
@pytest.mark.slow
def test_until_it_ends_training_goes_as_it_does_with_endless_patience(name: str, iris: Dataset) -> None:
    patient = {**NET, "training": {**TRAINING, "early_stopping": {**EARLY, "patience": EPOCHS}}}
    pairs = zip(train(name, trials(NET, [0.2]), iris), train(name, trials(patient, [0.2]), iris), strict=True)
    for early, late in pairs:
        assert len(course(late)) == EPOCHS
        assert course(early) == course(late)[: len(course(early))]
        assert early.history.train_loss.tolist() == late.history.train_loss.tolist()[: len(course(early))]


@each_engine
def test_a_trial_has_the_same_bits_whatever_is_trained_with_it(name: str, iris: Dataset) -> None:
    single = {**NET, "training": {**TRAINING, "precision": "float32"}}
    some = trials({**single, **MEASURED}, [0, 0.6])
    together = [(bits(each), best(each), course(each)) for each in train(name, some, iris)]
    alone = [(bits(each), best(each), course(each)) for each in train_alone(name, some[1:4], iris)]
    assert alone == together[1:4]


@pytest.mark.parametrize("schedule", [None, {"name": "linear", "start": 1, "end": 0}])
def test_both_engines_end_alike_and_draw_as_in_the_epoch_that_was_best(
    schedule: dict[str, object] | None, iris: Dataset
) -> None:
    sampled = {**NET, "evaluation.monte_carlo": 5}
    some = trials({**sampled, "dropout": {"where": "both", "schedule": schedule}}, [0.2, 0.5])[::3]
    for slow, fast in zip(train("keras", some, iris), train("stacked", some, iris), strict=True):
        assert best(slow) == best(fast)
        assert course(slow) == pytest.approx(course(fast), rel=1e-6)
        assert slow.test_probabilities == pytest.approx(fast.test_probabilities, abs=1e-6)
        assert slow.monte_carlo == pytest.approx(fast.monte_carlo, abs=1e-6)


@each_engine
def test_the_rows_that_tell_when_to_stop_are_neither_learned_from_nor_held_out(name: str, iris: Dataset) -> None:
    some = trials(NET)
    for outcome, trial in zip(train(name, some, iris), some, strict=True):
        split = fold_data_of(iris)(trial).split
        assert sorted([*outcome.train_rows, *outcome.test_rows, *split.validation]) == list(range(150))
        assert outcome.train_rows.tolist() == split.train.tolist()
        assert np.bincount(iris.labels[split.validation]).min() > 0
        moved = iris.features.copy()
        moved[split.validation] *= 100
        before, after = (fold_data_of(data)(trial).scaling for data in (iris, replace(iris, features=moved)))
        assert before is not None
        assert after is not None
        assert before.shift.tolist() == after.shift.tolist()


@each_engine
def test_a_training_that_diverges_ends_when_its_patience_does(name: str, iris: Dataset) -> None:
    wild = {**TRAINING, "optimizer": {"name": "sgd", "learning_rate": 1e6}}
    (outcome,) = train(name, trials({**NET, "training": {**wild, "precision": "float32"}})[:1], iris)
    assert outcome.status == "diverged"
    assert len(outcome.history.loss) == EARLY["patience"] + best(outcome)


@each_engine
def test_all_epochs_are_told_whether_they_were_trained_or_not(name: str, iris: Dataset) -> None:
    some = trials(NET)
    told: list[int] = []
    train(name, some, iris, on_epochs=told.append)
    assert sum(told) == EPOCHS * len(some)


def test_a_net_that_is_trained_to_be_used_stops_in_the_same_way(iris: Dataset) -> None:
    used = train_final_model(trials({**NET, "dropout.rate": 0.0})[0].experiment, iris)
    assert used.history.validation_loss is not None
    best = int(used.history.validation_loss.argmin())
    assert len(used.history.validation_loss) == min(best + 1 + EARLY["patience"], EPOCHS) < EPOCHS
    right = (used.predict(iris.features).argmax(axis=1) == iris.labels).mean()
    assert right > 0.9


def test_too_large_a_share_or_a_single_group_is_refused(iris: Dataset) -> None:
    def refused(data: Dataset, share: float, **more: object) -> str:
        early = {**TRAINING, "early_stopping": {"patience": 3, "validation_share": share}}
        with pytest.raises(DataError) as caught:
            check_data(trials({**NET, "training": early, **more})[0].experiment, data)
        return str(caught.value)

    assert "validation_share 0.99 of 75 training rows does not leave 3 to learn from" in refused(
        iris, 0.99, **{"evaluation.folds": 2}
    )
    two = replace(iris, groups=np.repeat([0, 1], 75), labels=np.tile(np.arange(3), 50))
    assert "of one group, which cannot be split" in refused(two, 0.2, **{"evaluation.folds": 2})


def test_a_measure_that_the_validation_rows_do_not_define_is_refused_not_taken_for_the_worst(iris: Dataset) -> None:
    few = replace(iris, features=iris.features[:104], labels=iris.labels[:104])
    some = trials({**watching(monitor="auc", validation_share=0.05), "evaluation.folds": 2})
    message = "auc needs a validation row of each class, which 3 of a fold do not have: take a larger validation_share"
    with pytest.raises(DataError, match=message):
        check_data(some[0].experiment, few)
    with pytest.raises(DataError, match=message):
        train("keras", some[:1], few)
    top = trials(watching(monitor="top_5_accuracy"))[0].experiment
    with pytest.raises(DataError, match=r"early_stopping.monitor: top_5_accuracy needs 6 classes or more; iris has 3"):
        check_data(top, iris)
