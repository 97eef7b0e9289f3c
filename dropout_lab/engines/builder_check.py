"""Build a network of the user's own at every point of a sweep, to see that it can be trained."""

from __future__ import annotations

from dropout_lab.config import Experiment
from dropout_lab.config.model import CustomModel
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.fold_data import outputs_for
from dropout_lab.models import CustomModelLayer

__all__ = ["build_networks"]


def build_networks(experiment: Experiment, data: Dataset) -> None:
    """Build each network that a sweep needs, in this process; raises `ModelError` if one cannot be trained."""
    built: set[tuple[str, str]] = set()
    for point in experiment.points():
        key, rate = trace_key(point), str(point.dropout.strength)
        if isinstance(point.model, CustomModel) and built.isdisjoint({(key, ""), (key, rate)}):
            net = CustomModelLayer(point, point.model, data.row, outputs_for(data))
            built.add((key, rate if net.asks else ""))
