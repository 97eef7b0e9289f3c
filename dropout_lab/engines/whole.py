"""One training on all rows, and what it predicts: for a model that is to be used, not measured."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset, Scaling, Split, scaling
from dropout_lab.engines.feed import Feed
from dropout_lab.engines.keras_fit import Net
from dropout_lab.engines.material import Material, dtype_of, per_class
from dropout_lab.engines.split import frame
from dropout_lab.outcome import History
from dropout_lab.plan import Trial
from dropout_lab.streams import stream

__all__ = ["Whole", "predict", "train"]

_ROWS_AT_ONCE = 256
"""Rows that are predicted together, filled up with zeros: a row's bits do not depend on the others."""

_KEPT = 16
_NETS: OrderedDict[tuple[str, tuple[int, ...], int], Net] = OrderedDict()
_LOCK = threading.RLock()
"""Traced nets by what is the same in all trainings that they serve; one is used at a time."""


@dataclass(frozen=True)
class Whole:
    """A trained net: everything that it takes to predict, as plain data.

    Attributes
    ----------
    experiment : Experiment
        Without a sweep.
    row : tuple of int
        The shape of a row.
    classes : int
    diverged : str
        Why it cannot be used; empty if it can.
    scaling : Scaling
        Fitted on all rows.
    weights : tuple of array
        In the order of the net's weights.
    history : History
        Of the training; nothing was held out, so only its training figures mean anything.
    """

    experiment: Experiment
    row: tuple[int, ...]
    classes: int
    diverged: str
    scaling: Scaling
    weights: tuple[NDArray[Any], ...]
    history: History


def train(
    experiment: Experiment, data: Dataset, seed: int | None = None, on_epochs: Callable[[int], None] = lambda _: None
) -> Whole:
    """Train on all rows, but for an official test set; TensorFlow has been started.

    Parameters
    ----------
    experiment : Experiment
        Without a sweep.
    data : Dataset
    seed : int, optional
        Root of all random streams; by default derived from ``evaluation.seed``.
    on_epochs : callable
        See `engines.Train`.
    """
    rows = np.arange(len(data.labels) - data.test_rows)
    fitted = scaling(data.features, rows, experiment.preprocessing.scale)
    in_bytes = data.features.dtype == np.uint8
    features = data.features if in_bytes else fitted(data.features).astype(dtype_of(experiment))
    seed = stream(experiment.evaluation.seed, "whole") if seed is None else seed
    trial = Trial("whole", experiment, 0, 0, seed)
    with _LOCK:
        net = _net(experiment, data)
        outcome = net.run(trial, Material(features, data.labels, Split(rows, rows[:1]), fitted), on_epochs)
        weights = tuple(variable.numpy() for variable in net.logits.weights)
        _keep(net, experiment, data.row, len(data.classes))
    return Whole(experiment, data.row, len(data.classes), outcome.reason, fitted, weights, outcome.history)


def predict(whole: Whole, features: NDArray[Any]) -> NDArray[np.float64]:
    """Return the probabilities of rows as they are in the data, not scaled: shape (rows, classes)."""
    scaled = whole.scaling(features).astype(dtype_of(whole.experiment))
    with _LOCK:
        net = _net(whole.experiment, _stand_in(whole), as_it_is=True)
        for variable, value in zip(net.logits.weights, whole.weights, strict=True):
            variable.assign(value)
        parts = [_logits(net, scaled[first : first + _ROWS_AT_ONCE]) for first in range(0, len(scaled), _ROWS_AT_ONCE)]
        _keep(net, whole.experiment, whole.row, whole.classes)
    return per_class(np.concatenate(parts), sigmoid=net.sigmoid)


def _stand_in(whole: Whole) -> Dataset:
    """Return data of the shape that the net was trained on."""
    features, row = np.zeros((1, math.prod(whole.row))), whole.row if len(whole.row) > 1 else ()
    return Dataset("stand-in", features, np.zeros(1, np.int64), ("",) * whole.classes, "", row)


def _net(experiment: Experiment, data: Dataset, *, as_it_is: bool = False) -> Net:
    """Take a net for the data, made anew only if no other serves; it is fed them, unless it is wanted as it is."""
    net = _NETS.pop(_key(experiment, data.row, len(data.classes)), None)
    if net is None or not net.serves(experiment):
        return Net(experiment, data)
    if not as_it_is:
        net.feed = Feed(data, dtype_of(experiment), experiment.training.batch_size)
    return net


def _keep(net: Net, experiment: Experiment, row: tuple[int, ...], classes: int) -> None:
    """Put a net back; one that raised is not, for who knows what state it is in."""
    _NETS[_key(experiment, row, classes)] = net
    while len(_NETS) > _KEPT:
        _NETS.popitem(last=False)


def _key(experiment: Experiment, row: tuple[int, ...], classes: int) -> tuple[str, tuple[int, ...], int]:
    return frame(experiment), row, classes


def _logits(net: Net, scaled: NDArray[Any]) -> NDArray[Any]:
    filled = np.zeros((_ROWS_AT_ONCE, scaled.shape[1]), scaled.dtype)
    filled[: len(scaled)] = scaled
    return np.asarray(net.give(filled))[: len(scaled)]
