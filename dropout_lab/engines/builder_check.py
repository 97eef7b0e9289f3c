"""Build a network of the user's own at every point of a sweep, to see that it can be trained."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.config.model import OwnModel
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.fold_data import dtype_of, fold_data_of, outputs_for
from dropout_lab.models import CustomModelLayer
from dropout_lab.plan import plan

__all__ = ["build_networks"]

_ROWS = 1000
"""Training rows in which the indices that a network looks up are checked."""


def build_networks(experiment: Experiment, data: Dataset) -> list[str]:
    """Build each network that a sweep needs, in this process, and return what the user should know of them.

    Raises
    ------
    ModelError
        If one cannot be trained.
    """
    notes: dict[str, None] = {}
    built: set[tuple[str, str]] = set()
    for point in experiment.points():
        key, rate = trace_key(point), str(point.dropout.strength)
        if isinstance(point.model, OwnModel) and built.isdisjoint({(key, ""), (key, rate)}):
            net = CustomModelLayer(point, point.model, data.row, outputs_for(data))
            if net.has_embeddings:
                net.check_indices(_first_rows(point, data))
            built.add((key, rate if net.asks else ""))
            notes |= dict.fromkeys(net.notes)
    return [*notes]


def _first_rows(experiment: Experiment, data: Dataset) -> NDArray[Any]:
    """Return some rows as the first trial gets them, of shape (rows, *row)."""
    fold = fold_data_of(data, scaled=True)(plan(experiment)[0])
    rows = fold.features[fold.split.train[:_ROWS]]
    return rows.reshape(-1, *data.row).astype(dtype_of(experiment))
