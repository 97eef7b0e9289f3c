"""Train the networks of the study, data set by data set, and keep what they predict."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax  # type: ignore[import-untyped]

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.populations import POPULATIONS, Sample
from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset, Split, scaling, splits
from dropout_lab.plan import Trial, plan
from dropout_lab.seeds import derive_seed

__all__ = ["METRICS", "Trainer", "data_set", "file_of", "files_of", "per_class", "save", "simulate", "truth_of"]

Floats = NDArray[np.float32]

METRICS = ("accuracy", "balanced_accuracy", "auc", "brier", "loss")
"""What is measured on fresh rows; the AUC of two classes only."""

_LARGEST = 64
"""Networks that are trained as one."""


class Trainer:
    """Trains networks of one kind on data sets of one size, with few traced programs."""

    def __init__(self, experiment: Experiment) -> None:
        from dropout_lab import engines

        engines.start("stacked", experiment)
        self._programs: dict[int, Any] = {}

    def logits(
        self, sample: Sample, experiment: Experiment, parts: Sequence[Sequence[Split]], classes: int
    ) -> Iterator[tuple[Trial, Split, Floats]]:
        """Train on a data set at all points of a sweep.

        Parameters
        ----------
        sample : Sample
        experiment : Experiment
            With as many repeats and folds as there are `parts`.
        parts : sequence of sequence of Split
            For each repeat and fold.
        classes : int

        Yields
        ------
        trial : Trial
        split : Split
        logits : array of shape (rows + fresh rows, outputs)
        """
        from dropout_lab.engines.fold_data import FoldData
        from dropout_lab.engines.stacked import logits_of, train_stack
        from dropout_lab.engines.stacked.block import assemble
        from dropout_lab.engines.stacked.program import Program

        def fold_data(trial: Trial) -> FoldData:
            split = parts[trial.repeat][trial.fold]
            scaled = scaling(sample.features, split.train, experiment.preprocessing.scale)(sample.features)
            return FoldData(scaled.astype(np.float32), sample.labels, split)

        held_out = max(len(split.test) for each in parts for split in each)
        for block in _blocks(plan(experiment), parts, experiment.training.batch_size):
            groups = len({(trial.repeat, trial.fold) for trial in block})
            if groups not in self._programs:
                outputs = 1 if classes == 2 else classes
                self._programs[groups] = Program(block[0].experiment, sample.features.shape[1], outputs, groups)
            stack = assemble(block, fold_data, self._programs[groups], held_out)
            trained = train_stack(stack, self._programs[groups], lambda _: None)
            logits = logits_of(stack, self._programs[groups], trained.state)
            for position, trial in enumerate(block):
                yield trial, parts[trial.repeat][trial.fold], logits[position, : len(sample.labels)]


def _blocks(trials: Sequence[Trial], parts: Sequence[Sequence[Split]], batch: int) -> Iterator[tuple[Trial, ...]]:
    """Divide trials into blocks with the same number of batches, of whole folds each."""

    def batches(trial: Trial) -> int:
        return math.ceil(len(parts[trial.repeat][trial.fold].train) / batch)

    def key(trial: Trial) -> tuple[int, int, int]:
        return batches(trial), trial.repeat, trial.fold

    for _, same in itertools.groupby(sorted(trials, key=key), key=batches):
        folds = [tuple(group) for _, group in itertools.groupby(same, key=key)]
        for some in _batched(folds):
            yield tuple(itertools.chain(*some))


def _batched(folds: Sequence[tuple[Trial, ...]]) -> Iterator[Sequence[tuple[Trial, ...]]]:
    size = max(1, _LARGEST // len(folds[0]))
    return (folds[first : first + size] for first in range(0, len(folds), size))


def data_set(cell: Cell, number: int, data: Path) -> Sample:
    """Draw data set `number` of a cell's population and size."""
    rng = np.random.default_rng(derive_seed(0, "calibration", cell.population, cell.rows, number))
    return POPULATIONS[cell.population].sample(rng, cell.rows, data, cell.folds)


def simulate(trainer: Trainer, cell: Cell, number: int, data: Path) -> dict[str, NDArray[Any]]:
    """Draw a data set of the cell, train on it, and return what is kept.

    Returns
    -------
    dict
        ``labels`` (rows,), ``folds`` (repeats, rows), the ``logits`` of the held-out rows (rates, repeats, rows,
        outputs), and of each network, (rates, repeats, folds), the metrics on the fresh rows, see `truth_of`.
    """
    sample, experiment, population = data_set(cell, number, data), cell.experiment(number), POPULATIONS[cell.population]
    own = Dataset(cell.name, sample.features[: cell.rows], sample.labels[: cell.rows], population.names, "drawn")
    parts = [splits(own, experiment.evaluation, None, repeat) for repeat in range(cell.repeats)]
    outputs = 1 if population.classes == 2 else population.classes
    shape = (len(cell.rates), cell.repeats)
    logits = np.empty((*shape, cell.rows, outputs), np.float32)
    truth = {metric: np.empty((*shape, cell.folds), np.float32) for metric in METRICS}
    for trial, split, found in trainer.logits(sample, experiment, parts, population.classes):
        rate = cell.rates.index(trial.experiment.dropout.strength)
        logits[rate, trial.repeat, split.test] = found[split.test]
        for name, value in truth_of(found[cell.rows :], sample.labels[cell.rows :]).items():
            truth[name][rate, trial.repeat, trial.fold] = value
    folds = np.empty((cell.repeats, cell.rows), np.int8)
    for repeat, each in enumerate(parts):
        for fold, split in enumerate(each):
            folds[repeat, split.test] = fold
    return {"labels": sample.labels[: cell.rows], "folds": folds, "logits": logits, **truth}


def save(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a file, wholly or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")
    with partial.open("wb") as stream:
        np.savez(stream, **arrays)
    partial.rename(file)


def file_of(folder: Path, name: str, number: int) -> Path:
    """Return where a data set's results are."""
    return folder / name / f"{number:04d}.npz"


def files_of(folder: Path, name: str) -> list[Path]:
    """Return the files of all data sets of a cell that are done."""
    return sorted((folder / name).glob("*.npz"))


def per_class(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return logits of each class, in the last axis; of one output those of two classes."""
    wide = logits.astype(np.float64)
    return np.concatenate([np.zeros_like(wide), wide], axis=-1) if wide.shape[-1] == 1 else wide


def truth_of(logits: Floats, labels: NDArray[np.int64]) -> dict[str, float]:
    """Return the metrics of one network on fresh rows, from logits of shape (rows, outputs); the AUC of two classes."""
    wide = per_class(logits)
    right, log_shares = wide.argmax(axis=1) == labels, log_softmax(wide, axis=1)
    squares = ((np.exp(log_shares) - np.eye(wide.shape[1])[labels]) ** 2).sum(axis=1)
    return {
        "accuracy": right.mean(),
        "loss": -log_shares[np.arange(len(labels)), labels].mean(),
        "brier": squares.mean() / (2 if wide.shape[1] == 2 else 1),
        "auc": _auc(logits[:, 0], labels) if logits.shape[1] == 1 else np.nan,
        "balanced_accuracy": np.mean([right[labels == code].mean() for code in np.unique(labels)]),
    }


def _auc(scores: Floats, labels: NDArray[np.int64]) -> float:
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    positive = labels == 1
    count = positive.sum()
    return float((rankdata(scores)[positive].sum() - count * (count + 1) / 2) / count / (len(labels) - count))
