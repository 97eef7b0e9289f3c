"""What is trained: for each network its rows, and the config of its sweep. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BATCH_SIZE", "EPOCHS", "FOLDS", "RATES", "ROWS", "TASKS", "Task", "config_of", "rows_of"]

RATES = tuple(tenth / 10 for tenth in range(10))
FOLDS = 5
ROWS, EPOCHS, BATCH_SIZE = 400, 20, 32

_SEED = 1


@dataclass(frozen=True)
class Task:
    """A network and rows for it.

    Attributes
    ----------
    label : str
        In the table.
    shape : tuple of int
        Of a row.
    indices : int
        How many numbers at the beginning of a row are whole numbers below `levels`: all of them if negative.
    levels : int
    """

    label: str
    shape: tuple[int, ...]
    indices: int = 0
    levels: int = 0


TASKS = {
    "normalized": Task("dense layers, batch normalization", (30,)),
    "embeddings": Task("three embedded categories, 10 numbers", (13,), indices=3, levels=30),
    "lstm": Task("LSTM, 20 steps of 4 numbers", (20, 4)),
    "gru": Task("GRU, 20 steps of 4 numbers", (20, 4)),
    "bidirectional": Task("bidirectional LSTM, 20 embedded words", (20,), indices=-1, levels=200),
    "convolution": Task("conv1d, 40 steps of 4 numbers", (40, 4)),
    "transformer": Task("transformer block, 20 embedded words", (20,), indices=-1, levels=200),
    "branches": Task("two branches of dense layers", (30,)),
    "pictures": Task("small CNN, 16 x 16 pictures", (16, 16, 1)),
}


def rows_of(task: Task) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return random rows of a task, and classes that depend on them: shapes (rows, ...) and (rows,)."""
    random = np.random.default_rng(_SEED)
    flat = random.normal(size=(ROWS, int(np.prod(task.shape))))
    indices = flat.shape[1] if task.indices < 0 else task.indices
    score = flat @ random.normal(size=flat.shape[1]) + random.normal(size=ROWS)
    whole = np.argsort(np.argsort(flat[:, :indices], axis=0), axis=0) * task.levels // ROWS
    features = np.concatenate([whole, flat[:, indices:]], axis=1).astype(np.float32)
    return features.reshape(ROWS, *task.shape), (score > 0).astype(np.int64)


def config_of(name: str, arrays: Path) -> dict[str, Any]:
    """Return the config of a task's sweep, as Dropout Lab reads it.

    Parameters
    ----------
    name : str
    arrays : Path
        An .npz file of its rows, X and y.
    """
    return {
        "dataset": {"npz": str(arrays), "inputs": "X", "target": "y"},
        "preprocessing": {"scale": "none"},
        "model": {"builder": f"benchmarks.networks.nets:{name}"},
        "dropout": {"where": "hidden"},
        "training": {
            "optimizer": {"name": "adam", "learning_rate": 0.001},
            "epochs": EPOCHS,
            "batch_size": BATCH_SIZE,
        },
        "evaluation": {"folds": FOLDS, "repeats": 1},
        "sweep": {"dropout.rate": list(RATES)},
    }
