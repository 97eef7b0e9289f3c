"""Train a network on all rows, and predict with it: the final model, of which nothing was held out."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset, Encoding, Scaling, Split, scaling, set_aside
from dropout_lab.datasets.tabular.encode_rows import encode_rows, fit_encoding
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.fold_data import FoldData, dtype_of, oversampled_rows, per_class, sample_weights, scale_of
from dropout_lab.engines.input_pipeline import InputPipeline
from dropout_lab.engines.keras_fit import Net
from dropout_lab.engines.outcome import History
from dropout_lab.engines.target_scaling import TargetScaler, fit_target_scaler
from dropout_lab.plan import Trial
from dropout_lab.seeds import derive_seed

__all__ = ["FittedModel", "train_final_model"]

_BATCH = 256
"""Rows predicted in one call, padded with zeros: a row's prediction has the same bits whatever the other rows are."""

_CACHE_SIZE = 16
_NETS: OrderedDict[tuple[str, tuple[int, ...], int], Net] = OrderedDict()
_LOCK = threading.RLock()
"""Networks that TensorFlow has traced, by what their trainings have in common; used by one thread at a time."""


@dataclass(frozen=True)
class FittedModel:
    """A trained network: everything needed to predict, as plain data.

    Attributes
    ----------
    experiment : Experiment
        Without a sweep.
    row : tuple of int
        Shape of the inputs of one row.
    classes : int
        0 for regression.
    diverged : str
        Why training failed; empty if it did not.
    preprocessing : Scaling or Encoding
        Fitted on the training rows; an `Encoding` for a table.
    target_scaler : TargetScaler or None
        How the target was standardized, for regression.
    weights : tuple of array
        In the order of the network's weights.
    history : History
        Of the training. No rows were held out, so only its training columns mean anything.
    """

    experiment: Experiment
    row: tuple[int, ...]
    classes: int
    diverged: str
    preprocessing: Scaling | Encoding
    target_scaler: TargetScaler | None
    weights: tuple[NDArray[Any], ...]
    history: History

    def predict(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Predict raw rows, neither scaled nor encoded.

        Returns
        -------
        array of shape (rows, classes) or (rows, 1)
            Probabilities; for regression, values in the target's unit.
        """
        inputs = _inputs(self.preprocessing, features, dtype_of(self.experiment))
        with _traced_net(self.experiment, self._placeholder()) as net:
            for variable, value in zip(net.logits.weights, self.weights, strict=True):
                variable.assign(value)
            logits = np.concatenate([_logits(net, inputs[at : at + _BATCH]) for at in range(0, len(inputs), _BATCH)])
        return (
            self.target_scaler.inverse_transform(logits)
            if self.target_scaler
            else per_class(logits, sigmoid=net.sigmoid)
        )

    def _placeholder(self) -> Dataset:
        """Return a data set of one row, with the shapes of the training data."""
        features, row = np.zeros((1, math.prod(self.row))), self.row if len(self.row) > 1 else ()
        table = self.preprocessing.table if isinstance(self.preprocessing, Encoding) and not row else None
        values = np.zeros(1) if self.target_scaler else None
        return Dataset(
            "placeholder", features, np.zeros(1, np.int64), ("",) * self.classes, "", row, table=table, values=values
        )


def train_final_model(
    experiment: Experiment,
    data: Dataset,
    seed: int | None = None,
    on_epochs: Callable[[int], None] = lambda _: None,
    row_weight: NDArray[np.float64] | None = None,
) -> FittedModel:
    """Train on all rows except an official test set. TensorFlow must have been started.

    Parameters
    ----------
    experiment : Experiment
        Without a sweep.
    data : Dataset
    seed : int, optional
        Root of all random streams, and of the choice of validation rows; derived from ``evaluation.seed`` and
        ``evaluation.split_seed`` by default.
    on_epochs : callable
        See `engines.Train`.
    row_weight : array of shape (rows,), optional
        How many rows each stands for, up to a common factor: in the scaling, the loss, and early stopping. Not for data
        with a `table`.
    """
    rows = np.arange(len(data.labels) - data.test_rows)
    split = Split(rows, rows[:1])
    if share := experiment.training.validation_share:
        split_seed = experiment.evaluation.split_seed if seed is None else seed
        split = set_aside(split, data, experiment.evaluation, share, derive_seed(split_seed, "validation", "whole"))
    seed = derive_seed(experiment.evaluation.seed, "whole") if seed is None else seed
    preprocessing, fold = _prepared(experiment, data, split, seed, row_weight)
    with _traced_net(experiment, data, train=True, weighted=row_weight is not None) as net:
        outcome = net.run(Trial("whole", experiment, 0, 0, seed), fold, on_epochs)
        weights = tuple(variable.numpy() for variable in net.logits.weights)
        del net.pipeline  # it holds all rows; the next training sets its own
    return FittedModel(
        *(experiment, data.row, len(data.classes), outcome.reason, preprocessing, fold.target_scaler),
        *(weights, outcome.history),
    )


def _prepared(
    experiment: Experiment, data: Dataset, split: Split, seed: int, row_weight: NDArray[np.float64] | None
) -> tuple[Scaling | Encoding, FoldData]:
    """Fit the preprocessing on the training rows (without those for early stopping) and apply it to all rows."""
    scale, train = scale_of(experiment, data), split.train
    if row_weight is not None:
        row_weight = row_weight / row_weight[train].mean()
    fitted: Scaling | Encoding
    if data.table is not None:
        fitted = fit_encoding(data.table, data, train, scale)
        inputs: NDArray[Any] = encode_rows(fitted, data, dtype_of(experiment))
    else:
        fitted = scaling(data.features, train, scale, row_weight, data.channels)
        images = data.features.dtype == np.uint8  # scaled batch by batch
        inputs = data.features if images else fitted(data.features, dtype_of(experiment))
    return fitted, FoldData(
        inputs,
        data.labels if data.values is None else data.values,
        split,
        fitted if isinstance(fitted, Scaling) else None,
        None if data.values is None else fit_target_scaler(data.values, train, row_weight),
        sample_weights(experiment, data, train, row_weight),
        row_weight,
        oversampled_rows(experiment, data, train, seed),
    )


def _inputs(preprocessing: Scaling | Encoding, features: NDArray[Any], dtype: str) -> NDArray[np.floating]:
    """Return preprocessed rows, the inputs of a network."""
    return preprocessing(features, dtype)


@contextmanager
def _traced_net(experiment: Experiment, data: Dataset, *, train: bool = False, weighted: bool = False) -> Iterator[Net]:
    """Lend a network from the cache, built only if none fits; one that raises is not put back.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset
    train : bool
        Whether it is to be trained on `data`; else only their shapes count.
    weighted : bool
        As for `Net`.
    """
    key = trace_key(experiment), data.row, len(data.classes)
    with _LOCK:
        net = _NETS.pop(key, None)
        if net is None or not net.serves(experiment):
            net = Net(experiment, data, weighted=weighted)
        elif train:
            weighted = weighted or experiment.training.class_weight is not None
            net.pipeline = InputPipeline(data, dtype_of(experiment), experiment.training, weighted=weighted)
        yield net
        _NETS[key] = net
        while len(_NETS) > _CACHE_SIZE:
            _NETS.popitem(last=False)


def _logits(net: Net, inputs: NDArray[Any]) -> NDArray[Any]:
    padded = np.zeros((_BATCH, inputs.shape[1]), inputs.dtype)
    padded[: len(inputs)] = inputs
    return np.asarray(net.give(padded))[: len(inputs)]
