"""The data sets that ship with scikit-learn: no download, no network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dropout_lab.datasets.dataset import Dataset

__all__ = ["load_bundled"]

_SHAPES = {"digits": (8, 8, 1)}


def load_bundled(name: str, _: Path) -> Dataset:
    """Load one of scikit-learn's classification data sets, such as ``digits``; the data folder is not used."""
    import sklearn
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    return Dataset(
        name,
        np.asarray(bunch.data, dtype=np.float64),
        np.asarray(bunch.target, dtype=np.int64),
        tuple(str(label) for label in bunch.target_names),
        f"ships with scikit-learn {sklearn.__version__}",
        shape=_SHAPES.get(name, ()),
    )
