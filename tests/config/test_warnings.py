from __future__ import annotations

from typing import Any

import builders
import pytest

from dropout_lab.config import load, warnings_of

ALPHA = {"kind": "alpha_dropout", "rate": 0.1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dropout": {**ALPHA, "where": "both"}}, "alpha_dropout is meant for selu, but model.activation is relu"),
        ({"dropout": {**ALPHA, "where": "both"}, "model.activation": "selu"}, ""),
        (
            {"dropout": {**ALPHA, "where": "all"}, "model": {"kind": "rnn", "units": [4], "activation": "selu"}},
            "recurrent layers have tanh",
        ),
        (
            {"dropout": {"where": "dense"}, "model": {"kind": "cnn", "filters": [4]}},
            "dropout.where: the model has no dense layers, so nothing is dropped",
        ),
        ({"dropout": {"where": "dense"}, "model": {"kind": "cnn", "filters": [4], "dense": [4]}}, ""),
        ({"dropout": {"kind": "none"}}, ""),
    ],
)
def test_what_is_hardly_meant_is_told(changes: dict[str, Any], message: str) -> None:
    warnings = warnings_of(builders.experiment(changes))
    assert len(warnings) == bool(message)
    assert all(message in warning for warning in warnings)


def test_every_point_of_a_sweep_is_looked_at_and_the_same_is_told_once() -> None:
    sweep = {
        "dropout.kind": ["dropout", "alpha_dropout"],
        "model.activation": ["relu", "selu"],
        "training.epochs": [1, 2],
    }
    [warning] = warnings_of(builders.experiment({"dropout.rate": 0.1, "sweep": sweep}))
    assert "alpha_dropout is meant for selu, but model.activation is relu" in warning


def test_what_a_section_of_another_kind_does_without_is_told_unless_it_is_swept() -> None:
    optimizer = {"training.optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}}
    names = {"training.optimizer.name": ["sgd", "adam", "nadam"]}
    warnings = warnings_of(builders.experiment({**optimizer, "sweep": names}))
    assert [warning.partition(" what shall")[0] for warning in warnings] == [
        f"sweep.training.optimizer.name: {kind} starts from its own defaults, without learning_rate=0.1 momentum=0.9 "
        "of sgd:"
        for kind in ("adam", "nadam")
    ]
    assert warnings[0].endswith("e.g. sweep.training.optimizer.learning_rate: [0.1]")
    swept = {**names, "training.optimizer.learning_rate": [0.1]}
    bare = {"training.optimizer": {"name": "sgd", "learning_rate": 0.1}, "sweep": swept}
    assert warnings_of(builders.experiment(bare)) == []


@pytest.mark.parametrize("name", builders.bundled_experiments())
def test_no_shipped_config_is_warned_of(name: str) -> None:
    assert warnings_of(load(name)) == []
