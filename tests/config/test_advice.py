from __future__ import annotations

from typing import Any

import builders
import pytest

from dropout_lab.config import load, shipped, warnings_of

ALPHA = {"kind": "alpha_dropout", "rate": 0.1}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dropout": {**ALPHA, "where": "both"}}, "alpha_dropout is made for selu, and model.activation is relu"),
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
def test_what_is_hardly_meant_is_told(changes: dict[str, Any], said: str) -> None:
    warnings = warnings_of(builders.experiment(changes))
    assert len(warnings) == bool(said)
    assert all(said in warning for warning in warnings)


@pytest.mark.parametrize("name", shipped.names())
def test_no_shipped_config_is_warned_of(name: str) -> None:
    assert warnings_of(load(name)) == []
