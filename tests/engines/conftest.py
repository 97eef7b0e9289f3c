"""Engine tests need TensorFlow, started as the engines start it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dropout_lab import datasets
from dropout_lab.datasets import Dataset
from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

import training  # noqa: E402 - Keras must be started first


@pytest.fixture(scope="module", autouse=True)
def _networks_shared_in_a_module() -> Iterator[None]:
    yield
    training.forget()


@pytest.fixture(scope="session")
def iris() -> Dataset:
    return datasets.load_builtin("iris", Path())


@pytest.fixture(scope="session")
def breast_cancer() -> Dataset:
    return datasets.load_builtin("breast_cancer", Path())


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return datasets.load_builtin("digits", Path())
