"""The network that a config starts with."""

from __future__ import annotations

import numpy as np
import pytest

from dropout_lab.config.yaml_document import parse
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.arrays.starter_network import network_lines
from dropout_lab.errors import DatasetError


def rows(*shape: int) -> Dataset:
    return Dataset("my", np.zeros((2, int(np.prod(shape)))), np.arange(2), ("a", "b"), "", shape=shape)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((20, 3), {"kind": "rnn", "cell": "gru", "units": [16]}),
        ((200, 3), {"kind": "conv1d", "filters": [16, 32, 64], "dense": [16]}),
        ((32, 32, 3), {"kind": "cnn", "filters": [16, 32, 64], "dense": [16]}),
        ((12, 28, 1), {"kind": "cnn", "filters": [16], "dense": [16]}),
        ((2, 2, 1), {"kind": "cnn", "filters": [16], "dense": [16]}),
    ],
)
def test_the_axes_of_a_row_choose_the_kind_of_network(shape: tuple[int, ...], expected: object) -> None:
    assert parse(network_lines(rows(*shape), 16), "config").data["model"] == expected


def test_rows_of_more_axes_are_for_a_network_of_ones_own() -> None:
    with pytest.raises(DatasetError, match=r"rows of shape \(2, 2, 2, 2\) need a network of your own"):
        network_lines(rows(2, 2, 2, 2), 16)
