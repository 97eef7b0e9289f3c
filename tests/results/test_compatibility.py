from typing import Any

import pytest
from builders import experiment, experiments
from hypothesis import given

from dropout_lab.config import Experiment
from dropout_lab.plan import plan
from dropout_lab.results.compatibility import differences

SWEPT = {"sweep": {"dropout.rate": [0, 0.2]}}


def drawn(points: int, seed: int = 7, rates: object = "0:0.8") -> dict[str, Any]:
    return {"sweep": {"random": {"points": points, "seed": seed}, "dropout.rate": rates}}


@given(experiments())
def test_an_experiment_goes_on_where_it_stopped(experiment: Experiment) -> None:
    assert differences(experiment, experiment) == []


@given(experiments(), experiments())
def test_each_difference_is_told_once_by_its_dotted_key(old: Experiment, new: Experiment) -> None:
    changes = differences(old, new)
    keys = [line.split(": ")[0] for line in changes]
    assert len(set(keys)) == len(keys)
    assert all(key.split(".")[0] in Experiment.model_fields for key in keys)
    assert all(" -> " in line for line in changes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"evaluation.repeats": 5}),
        (SWEPT, {"sweep": {"dropout.rate": [0, 0.1, 0.2, 0.5]}}),
        (SWEPT, {**SWEPT, "dropout.rate": 0.7}),
        (SWEPT, {"sweep": {"dropout.rate": [0, 0.2, 0.5]}, "evaluation.repeats": 5}),
        (drawn(3), drawn(9)),
    ],
    ids=["more repeats", "more rates", "another rate that the sweep replaces", "more of both", "more random points"],
)
def test_what_extends_an_experiment_is_no_difference_and_keeps_its_trials(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before, after = experiment(old), experiment(new)
    assert differences(before, after) == []
    assert {trial.id for trial in plan(before)} <= {trial.id for trial in plan(after)}


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({}, {"training.epochs": 5}, ["training.epochs: 3 -> 5"]),
        ({}, {"name": "other"}, ["name: small -> other"]),
        ({}, {"dropout.rate": 0.2}, ["dropout.rate: 0.0 -> 0.2"]),
        ({}, {"model.hidden": [4, 2]}, ["model.hidden: [4] -> [4, 2]"]),
        ({}, {"evaluation.repeats": 1}, ["evaluation.repeats: 2 -> 1"]),
        ({}, {"evaluation.folds": 5}, ["evaluation.folds: 3 -> 5"]),
        ({}, {"regularization": {"max_norm": 3}}, ["regularization.max_norm: not set -> 3.0"]),
        (
            {},
            {"training.optimizer": {"name": "rmsprop", "learning_rate": 0.1}},
            [
                "training.optimizer.name: sgd -> rmsprop",
                "training.optimizer.nesterov: False -> not set",
                "training.optimizer.rho: not set -> 0.9",
            ],
        ),
        (SWEPT, {"sweep": {"dropout.rate": [0, 0.5]}}, ["sweep.dropout.rate: [0.0, 0.2] -> [0.0, 0.5]"]),
        (SWEPT, {"sweep": {"dropout.rate": [0.2]}}, ["sweep.dropout.rate: [0.0, 0.2] -> [0.2]"]),
        (SWEPT, {}, ["sweep.dropout.rate: [0.0, 0.2] -> not set"]),
        ({}, SWEPT, ["sweep.dropout.rate: not set -> [0.0, 0.2]"]),
        (drawn(9), drawn(3), ["sweep.random.points: 9 -> 3"]),
        (drawn(3), drawn(3, seed=8), ["sweep.random.seed: 7 -> 8"]),
        (drawn(3), drawn(3, rates="0:0.85"), ["sweep.dropout.rate: 0:0.8 -> 0:0.85"]),
        (
            drawn(1, rates=[0, 0.2]),
            drawn(1, rates=[0, 0.2, 0.5]),
            ["sweep.dropout.rate: [0.0, 0.2] -> [0.0, 0.2, 0.5]"],
        ),
        (
            {},
            {**SWEPT, "dropout.rate": 0.7},
            ["dropout.rate: 0.0 -> 0.7", "sweep.dropout.rate: not set -> [0.0, 0.2]"],
        ),
        (
            {},
            {"training.epochs": 5, "evaluation.seed": 8},
            ["training.epochs: 3 -> 5", "evaluation.seed: 7 -> 8"],
        ),
    ],
)
def test_anything_else_is_told_as_key_old_value_new_value(
    old: dict[str, Any], new: dict[str, Any], changes: list[str]
) -> None:
    base = {"evaluation": {"folds": 3, "repeats": 2, "seed": 7}}
    assert differences(experiment({**base, **old}), experiment({**base, **new})) == changes
