"""Which engine trains an experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile

import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.config.dataset import ArrayDataset, PictureFolder
from dropout_lab.config.model import CNN, Conv1D, OwnModel
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.named_inputs import row_read_by
from dropout_lab.engines import jax
from dropout_lab.engines.registry import ENGINES, SCALED_IN_BATCHES
from dropout_lab.errors import ConfigError

__all__ = ["choose"]

_MOST_SCALED = 2**27
"""Bytes, in single precision, of pictures of bytes that are scaled beforehand: in each process, all of a fold's."""


def choose(experiment: Experiment, data: Callable[[], Dataset] | None = None) -> tuple[Experiment, str]:
    """Resolve ``engine: auto``.

    Parameters
    ----------
    experiment : Experiment
    data : callable, optional
        Gives the data, on which a network of the user's own is tried. Without it none is trained by ``jax``. Many
        pictures of bytes are not scaled beforehand.

    Returns
    -------
    experiment : Experiment
        With the engine that will train it.
    reason : str
        Why it is not the fastest engine; empty if it is.

    Raises
    ------
    ConfigError
        If the experiment names an engine that cannot train it.
    DataError
        If the data cannot be used.
    """
    points = list(experiment.points())
    reasons = {
        name: next((reason for point in points if (reason := engine.reason_unsupported(point))), "")
        for name, engine in ENGINES.items()
    }
    if isinstance(experiment.dataset, ArrayDataset | PictureFolder) and data:
        large = _are_large_pictures(data())
        reasons |= {
            name: SCALED_IN_BATCHES for name, reason in reasons.items() if large and name != "keras" and not reason
        }
    if experiment.engine in ("auto", "jax") and not reasons["jax"]:
        unsupported, slow = _by_network(experiment, points, data)
        reasons["jax"] = unsupported or (slow if experiment.engine == "auto" else "")
    if experiment.engine != "auto":
        if reasons[experiment.engine]:
            why = reasons[experiment.engine]
            raise ConfigError([f"engine: {experiment.engine} cannot train this: {why}: set engine: {_other(reasons)}"])
        return experiment, ""
    name = _other(reasons)
    refused = "; ".join(f"not {other}: {reasons[other]}" for other in takewhile(lambda other: other != name, reasons))
    return experiment.model_copy(update={"engine": name}), refused


def _are_large_pictures(data: Dataset) -> bool:
    return data.features.dtype == np.uint8 and data.features.size * 4 > _MOST_SCALED


def _other(reasons: Mapping[str, str]) -> str:
    return next(name for name, reason in reasons.items() if not reason)


def _by_network(
    experiment: Experiment, points: list[Experiment], data: Callable[[], Dataset] | None
) -> tuple[str, str]:
    """Return why ``jax`` cannot train some network of an experiment, and why it would be slow; each may be empty."""
    if isinstance(experiment.model, OwnModel):
        if data is None:
            return "a model of your own has to be tried on its data", ""
        return jax.reasons_against(experiment, data())
    models = [point.model for point in points if isinstance(point.model, CNN | Conv1D)]
    if not models or data is None:
        return "", ""
    row = data().row
    return "", jax.reason_slow(max(jax.numbers_in_windows(model, row_read_by(model, row)) for model in models))
