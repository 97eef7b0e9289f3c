"""Engine tests need TensorFlow, started as the engines start it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropout_lab import datasets
from dropout_lab.datasets import Dataset
from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)


@pytest.fixture(scope="session")
def iris() -> Dataset:
    return datasets.load_builtin("iris", Path())


@pytest.fixture(scope="session")
def breast_cancer() -> Dataset:
    return datasets.load_builtin("breast_cancer", Path())


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return datasets.load_builtin("digits", Path())
