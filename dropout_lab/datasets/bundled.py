"""The data sets that ship with scikit-learn: no download, no network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dropout_lab.datasets.dataset import Dataset

__all__ = ["load_breast_cancer", "load_digits", "load_iris", "load_wine"]


def load_digits(_: Path) -> Dataset:
    """Load handwritten digits: 1,797 images of 8 x 8 pixels, ten classes."""
    return _load("digits", (8, 8, 1))


def load_breast_cancer(_: Path) -> Dataset:
    """Load the Wisconsin breast cancer data: 569 rows, 30 inputs, two classes."""
    return _load("breast_cancer")


def load_wine(_: Path) -> Dataset:
    """Load wines: 178 rows, 13 inputs, three classes."""
    return _load("wine")


def load_iris(_: Path) -> Dataset:
    """Load Fisher's irises: 150 rows, four inputs, three classes."""
    return _load("iris")


def _load(name: str, shape: tuple[int, ...] = ()) -> Dataset:
    import sklearn
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    return Dataset(
        name,
        np.asarray(bunch.data, dtype=np.float64),
        np.asarray(bunch.target, dtype=np.int64),
        tuple(str(label) for label in bunch.target_names),
        f"ships with scikit-learn {sklearn.__version__}",
        shape=shape,
    )
