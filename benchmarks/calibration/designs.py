"""Methods that need trainings of their own: nested cross-validation, 5x2cv, the conservative z."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax  # type: ignore[import-untyped]
from scipy.stats import norm, t  # type: ignore[import-untyped]

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.populations import POPULATIONS
from benchmarks.calibration.simulate import Trainer, data_set, per_class, truth_of
from dropout_lab.datasets import Split, folds
from dropout_lab.seeds import derive_seed

__all__ = ["DESIGNS", "Design", "train_design"]

Array = NDArray[np.float64]

_PAIR = (0.0, 0.5)
"""The two rates that are compared."""


@dataclass(frozen=True)
class Design:
    """A method with trainings of its own.

    Attributes
    ----------
    repeats, folds : int
        How many splits there are.
    splits : callable
        ``(labels, seed)`` -> the splits, for each repeat and fold.
    interval : callable
        Differences between the two rates, of shape (repeats, folds, rows) and missing where a row is not tested -> the
        ends of the interval of the mean.
    own_truth : bool
        Whether it is about networks trained on other numbers of rows than ten-fold cross-validation's, so that the
        truth is that of its own networks.
    """

    repeats: int
    folds: int
    splits: Callable[[NDArray[np.int64], int], list[list[Split]]]
    interval: Callable[[Array], tuple[float, float]]
    own_truth: bool = False


_TENTHS = 10
_NESTED_PAIRS = tuple(itertools.combinations(range(_TENTHS), 2))


def _nested_splits(labels: NDArray[np.int64], seed: int, repeats: int = 3) -> list[list[Split]]:
    """For each repeat the ten usual splits, then for each pair of folds one that leaves out both."""
    found = []
    for repeat in range(repeats):
        usual = folds(labels, _TENTHS, repeat, seed)
        pairs = [
            Split(np.setdiff1d(one.train, other.test), np.concatenate([one.test, other.test]))
            for one, other in itertools.combinations(usual, 2)
        ]
        found.append([*usual, *pairs])
    return found


def _nested_interval(values: Array) -> tuple[float, float]:
    """Bates, Hastie and Tibshirani, "Cross-validation: what does it estimate and how well does it do it?", 2023.

    Algorithm 1, with the bias correction of section 4.3, for the mean of the differences.
    """
    inner_means, a, b, outer_means = [], [], [], []
    for repeat in values:
        for fold in range(_TENTHS):
            outer = repeat[fold][np.isfinite(repeat[fold])]
            held_out = np.isfinite(repeat[fold])
            inner = np.concatenate(
                [
                    repeat[_TENTHS + pair][np.isfinite(repeat[_TENTHS + pair]) & ~held_out]
                    for pair, both in enumerate(_NESTED_PAIRS)
                    if fold in both
                ]
            )
            inner_means.append(inner.mean())
            outer_means.append(outer.mean())
            a.append((inner.mean() - outer.mean()) ** 2)
            b.append(outer.var(ddof=1) / len(outer))
    usual = np.nanmean(values[:, :_TENTHS], axis=(0, 1))
    standard_error = usual.std(ddof=1) / np.sqrt(len(usual))
    error = np.sqrt(max(np.mean(a) - np.mean(b), 0) * (_TENTHS - 1) / _TENTHS)
    error = min(max(error, standard_error), standard_error * np.sqrt(_TENTHS))
    nested, plain = np.mean(inner_means), usual.mean()
    center = nested - (1 + (_TENTHS - 2) / _TENTHS) * (nested - plain)
    half = norm.ppf(0.975) * error
    return center - half, center + half


def _halves(labels: NDArray[np.int64], seed: int, repeats: int = 5) -> list[list[Split]]:
    return [list(folds(labels, 2, repeat, seed)) for repeat in range(repeats)]


def _five_by_two_interval(values: Array) -> tuple[float, float]:
    """Dietterich, Neural Computation 10, 1998, section 3.5: the first difference, with the variance of all ten."""
    means = np.nanmean(values, axis=2)
    variance = ((means - means.mean(axis=1, keepdims=True)) ** 2).sum(axis=1).mean()
    half = t.ppf(0.975, 5) * np.sqrt(variance)
    return means[0, 0] - half, means[0, 0] + half


_HALVINGS, _FIFTHS = 10, 5


def _conservative_splits(labels: NDArray[np.int64], seed: int) -> list[list[Split]]:
    """Each half of the rows, in five folds, for ten ways to halve them."""
    rows = np.arange(len(labels))
    found = []
    for halving in range(_HALVINGS):
        rng = np.random.default_rng(derive_seed(seed, "halves", halving))
        first = np.zeros(len(rows), dtype=bool)
        for code in np.unique(labels):
            members = rng.permutation(rows[labels == code])
            first[members[: (len(members) + halving % 2) // 2]] = True
        for half in (rows[first], rows[~first]):
            inner = folds(labels[half], _FIFTHS, halving, seed)
            found.append([Split(half[each.train], half[each.test]) for each in inner])
    return found


def _conservative_interval(values: Array) -> tuple[float, float]:
    """Nadeau and Bengio 2003, section 4.4: half the mean squared difference between the halves, which is too large.

    It is taken about the mean over all halvings, as networks of half the rows are what the method can estimate.
    """
    means = np.nanmean(values, axis=(1, 2)).reshape(_HALVINGS, 2)
    error = np.sqrt(((means[:, 0] - means[:, 1]) ** 2).mean() / 2)
    half = norm.ppf(0.975) * error
    return means.mean() - half, means.mean() + half


DESIGNS = {
    "nested": Design(3, _TENTHS + len(_NESTED_PAIRS), _nested_splits, _nested_interval),
    "5x2cv": Design(5, 2, _halves, _five_by_two_interval, own_truth=True),
    "conservative_z": Design(2 * _HALVINGS, _FIFTHS, _conservative_splits, _conservative_interval, own_truth=True),
}
"""By the name of the method."""


def train_design(trainer: Trainer, cell: Cell, name: str, number: int, data: Path) -> dict[str, NDArray[Any]]:
    """Train a design on a data set of a cell, at two rates.

    Returns
    -------
    dict
        Of accuracy and loss the interval's ends, as ``accuracy_low`` and so on, and the true difference of its own
        networks on fresh rows, ``accuracy_truth``.
    """
    design, sample, population = DESIGNS[name], data_set(cell, number, data), POPULATIONS[cell.population]
    labels = sample.labels[: cell.rows]
    parts = design.splits(labels, number)
    experiment = replace(cell, repeats=design.repeats, folds=design.folds, rates=_PAIR).experiment(number)
    shape = (len(_PAIR), design.repeats, design.folds)
    values = {metric: np.full((*shape, cell.rows), np.nan) for metric in ("accuracy", "loss")}
    truth = {metric: np.empty(shape) for metric in values}
    for trial, split, logits in trainer.logits(sample, experiment, parts, population.classes):
        at = _PAIR.index(trial.experiment.dropout.strength), trial.repeat, trial.fold
        for metric, found in _row_values(logits[split.test], labels[split.test]).items():
            values[metric][at][split.test] = found
        fresh = truth_of(logits[cell.rows :], sample.labels[cell.rows :])
        for metric in truth:
            truth[metric][at] = fresh[metric]
    kept: dict[str, NDArray[Any]] = {}
    for metric, each in values.items():
        low, high = design.interval(each[1] - each[0])
        usual = truth[metric][:, :, :_TENTHS]
        kept |= {f"{metric}_low": np.array(low), f"{metric}_high": np.array(high)}
        kept[f"{metric}_truth"] = (usual[1] - usual[0]).mean()
    return kept


def _row_values(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, Array]:
    wide = per_class(logits)
    losses = -log_softmax(wide, axis=1)[np.arange(len(labels)), labels]
    return {"accuracy": (wide.argmax(axis=1) == labels).astype(np.float64), "loss": losses}
