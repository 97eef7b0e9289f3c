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
from dropout_lab.datasets import Dataset, Encoding, Scaling, Split, scaling, set_aside
from dropout_lab.datasets.tabular.encoding import encoding
from dropout_lab.engines.blocks import frame
from dropout_lab.engines.fold_data import FoldData, dtype_of, importance_of, per_class
from dropout_lab.engines.input_pipeline import Feed
from dropout_lab.engines.keras_fit import Net
from dropout_lab.engines.outcome import History
from dropout_lab.engines.target_scaling import TargetScaler, unit_of
from dropout_lab.plan import Trial
from dropout_lab.seeds import derive_seed

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
        The shape of a row's inputs.
    classes : int
        0 where a number is predicted.
    diverged : str
        Why it cannot be used; empty if it can.
    preprocessing : Scaling or Encoding
        Of a table its encoding; fitted on all rows.
    unit : TargetScaler or None
        How the numbers to predict were standardised.
    weights : tuple of array
        In the order of the net's weights.
    history : History
        Of the training; nothing was held out, so only its training figures mean anything.
    """

    experiment: Experiment
    row: tuple[int, ...]
    classes: int
    diverged: str
    preprocessing: Scaling | Encoding
    unit: TargetScaler | None
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
    seed = derive_seed(experiment.evaluation.seed, "whole") if seed is None else seed
    trial = Trial("whole", experiment, 0, 0, seed)
    preprocessing, material = _prepared(experiment, data, rows)
    with _LOCK:
        net = _net(experiment, data)
        outcome = net.run(trial, material, on_epochs)
        weights = tuple(variable.numpy() for variable in net.logits.weights)
        del net.feed  # with all the rows; whoever trains the net again gives it another
        _keep(net, experiment, data.row, len(data.classes))
    return Whole(
        *(experiment, data.row, len(data.classes), outcome.reason, preprocessing, material.unit),
        *(weights, outcome.history),
    )


def predict(whole: Whole, features: NDArray[Any]) -> NDArray[np.float64]:
    """Return what the net says of rows as they are in the data, neither scaled nor encoded.

    Returns
    -------
    array of shape (rows, classes) or (rows, 1)
        Probabilities; or numbers in the target's unit.
    """
    inputs = _inputs(whole.preprocessing, features, dtype_of(whole.experiment))
    with _LOCK:
        net = _net(whole.experiment, _stand_in(whole), as_it_is=True)
        for variable, value in zip(net.logits.weights, whole.weights, strict=True):
            variable.assign(value)
        parts = [_logits(net, inputs[first : first + _ROWS_AT_ONCE]) for first in range(0, len(inputs), _ROWS_AT_ONCE)]
        _keep(net, whole.experiment, whole.row, whole.classes)
    given = np.concatenate(parts)
    return whole.unit.outside(given) if whole.unit else per_class(given, sigmoid=net.sigmoid)


def _prepared(experiment: Experiment, data: Dataset, rows: NDArray[np.int64]) -> tuple[Scaling | Encoding, FoldData]:
    """Fit on the rows that are trained on, all but those that tell when to stop, what is done to them, and do it."""
    scale, share = experiment.preprocessing.scale, experiment.training.validation_share
    split = Split(rows, rows[:1])
    if share:
        split = set_aside(split, data, share, derive_seed(experiment.evaluation.split_seed, "validation", "whole"))
    fitted: Scaling | Encoding
    if data.table is not None:
        fitted = encoding(data.table, data.features, split.train, scale)
    else:
        fitted = scaling(data.features, split.train, scale)
    in_bytes = data.features.dtype == np.uint8
    inputs = data.features if in_bytes else _inputs(fitted, data.features, dtype_of(experiment))
    return fitted, FoldData(
        inputs,
        data.labels if data.values is None else data.values,
        split,
        fitted if isinstance(fitted, Scaling) else None,
        None if data.values is None else unit_of(data.values, split.train),
        importance_of(experiment, data, split.train),
    )


def _inputs(preprocessing: Scaling | Encoding, features: NDArray[Any], dtype: str) -> NDArray[np.floating]:
    """Return rows as they go into a net."""
    if isinstance(preprocessing, Encoding):
        return preprocessing(features, dtype)
    return preprocessing(features).astype(dtype)


def _stand_in(whole: Whole) -> Dataset:
    """Return data of the shape that the net was trained on."""
    features, row = np.zeros((1, math.prod(whole.row))), whole.row if len(whole.row) > 1 else ()
    values = np.zeros(1) if whole.unit else None
    return Dataset("stand-in", features, np.zeros(1, np.int64), ("",) * whole.classes, "", row, values=values)


def _net(experiment: Experiment, data: Dataset, *, as_it_is: bool = False) -> Net:
    """Take a net for the data, made anew only if no other serves; it is fed them, unless it is wanted as it is."""
    net = _NETS.pop(_key(experiment, data.row, len(data.classes)), None)
    if net is None or not net.serves(experiment):
        return Net(experiment, data)
    if not as_it_is:
        weighted = experiment.training.class_weight is not None
        net.feed = Feed(data, dtype_of(experiment), experiment.training.batch_size, weighted=weighted)
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
