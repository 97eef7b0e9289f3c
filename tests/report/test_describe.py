"""An experiment's dropout and normalization in a few words."""

from __future__ import annotations

from typing import Any

import pytest
from builders import experiment

from dropout_lab.report.describe import describe_dropout

AFTER = {"normalization_place": "after_dropout"}
PICTURES = {"kind": "cnn", "filters": [3]}


@pytest.mark.parametrize(
    ("model", "dropout", "words"),
    [
        ({}, {"kind": "none"}, "no dropout"),
        ({"normalization": "batch"}, {"kind": "none"}, "no dropout, batch normalization"),
        ({"normalization": "batch"}, {}, "dropout after hidden layers, batch normalization before it"),
        ({"normalization": "layer", **AFTER}, {}, "dropout after hidden layers, layer normalization after it"),
        ({"normalization": "batch"}, {"where": "visible"}, "dropout on the inputs, batch normalization"),
        (
            {"normalization": "batch", **AFTER},
            {"kind": "dropconnect"},
            "dropconnect on the weights of hidden layers, batch normalization after it",
        ),
        (
            {"kind": "rnn", "units": [3], "normalization": "layer"},
            {"where": "recurrent"},
            "dropout on the states of recurrent layers, layer normalization",
        ),
        (
            {**PICTURES, "normalization": "batch"},
            {"kind": "spatial_dropout", "where": "conv"},
            "spatial dropout after convolutions, batch normalization before it",
        ),
    ],
)
def test_the_order_is_told_where_there_is_one(model: dict[str, Any], dropout: dict[str, Any], words: str) -> None:
    described = experiment({"model": {"hidden": [4], **model} if "kind" not in model else model, "dropout": dropout})
    assert describe_dropout(described) == words
