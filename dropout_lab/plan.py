"""An experiment -> the ordered tuple of its trials. Pure: no data, no clock, no files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dropout_lab.config import Experiment, without_defaults
from dropout_lab.config.dataset import without_place
from dropout_lab.seeds import derive_seed

__all__ = ["Trial", "plan"]


@dataclass(frozen=True)
class Trial:
    """One training of one model.

    Attributes
    ----------
    id : str
        12 hexadecimal digits, derived from everything that decides the trial's numbers (but the data). Settings at
        their defaults do not enter it, so that results stay usable when a later version has more settings.
    experiment : Experiment
        The experiment at this point of its sweep.
    repeat, fold : int
        Which held-out rows, counted from 0.
    seed : int
        Root of the trial's random streams; the same for all points of a sweep.
    """

    id: str
    experiment: Experiment
    repeat: int
    fold: int
    seed: int


def plan(experiment: Experiment) -> tuple[Trial, ...]:
    """List an experiment's trials: points of the sweep x repeats x folds, in that order.

    Parameters
    ----------
    experiment : Experiment
        With its engine resolved.

    Returns
    -------
    tuple of Trial
    """
    evaluation = experiment.evaluation
    return tuple(
        _trial(point, decides, repeat, fold)
        for point, decides in ((point, _decides(point)) for point in experiment.points())
        for repeat in range(evaluation.repeats)
        for fold in range(evaluation.folds)
    )


def _decides(point: Experiment) -> dict[str, Any]:
    """Return what decides the numbers of a point's trials, apart from repeat and fold."""
    decides = without_defaults(point)
    del decides["name"]
    decides["dataset"] = without_place(decides["dataset"])
    decides["evaluation"].pop("repeats", None)
    decides["model"].pop("folder", None)  # what a builder is, its checksum says
    return decides


def _trial(point: Experiment, decides: Mapping[str, Any], repeat: int, fold: int) -> Trial:
    text = json.dumps([decides, repeat, fold], sort_keys=True)
    seed = derive_seed(point.evaluation.seed, "trial", repeat, fold)
    return Trial(hashlib.sha256(text.encode()).hexdigest()[:12], point, repeat, fold, seed)
