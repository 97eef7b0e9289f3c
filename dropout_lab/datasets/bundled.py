"""The data sets that ship with scikit-learn: no download, no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from dropout_lab.datasets.dataset import Dataset

__all__ = ["bundled"]

PICTURES = {"digits": (8, 8, 1)}


def bundled(name: str) -> Callable[[Path], Dataset]:
    """Return the loader of one of scikit-learn's data sets: digits, breast_cancer, wine or iris."""

    def load(_: Path) -> Dataset:
        import sklearn
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")()
        return Dataset(
            name,
            np.asarray(bunch.data, dtype=np.float64),
            np.asarray(bunch.target, dtype=np.int64),
            tuple(str(each) for each in bunch.target_names),
            f"ships with scikit-learn {sklearn.__version__}",
            shape=PICTURES.get(name, ()),
        )

    return load
