"""An experiment -> the ordered tuple of its trials. Pure: no data, no clock, no files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dropout_lab.config import Experiment, without_defaults
from dropout_lab.config.data_files import identity
from dropout_lab.seeds import derive_seed

__all__ = ["Trial", "plan"]


@dataclass(frozen=True)
class Trial:
    """One training of one model.

    Attributes
    ----------
    id : str
        12 hexadecimal digits, a hash of everything that the trial's numbers depend on except the data. Settings at
        their defaults are left out, so that results stay usable when a later version has more settings.
    experiment : Experiment
        The experiment at this point of its sweep.
    repeat, fold : int
        Which rows are held out, counted from 0.
    seed : int
        Root of the trial's random streams; the same at all points of a sweep.
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
        _trial(point, settings, repeat, fold)
        for point, settings in ((point, _relevant_settings(point)) for point in experiment.points())
        for repeat in range(evaluation.repeats)
        for fold in range(evaluation.folds)
    )


def _relevant_settings(point: Experiment) -> dict[str, Any]:
    """Return the settings that the numbers of a point's trials depend on, apart from repeat and fold."""
    settings = without_defaults(point)
    del settings["name"]
    settings["dataset"] = identity(settings["dataset"])
    settings["evaluation"].pop("repeats", None)
    settings["model"].pop("folder", None)  # the builder is identified by its checksum
    return settings


def _trial(point: Experiment, settings: Mapping[str, Any], repeat: int, fold: int) -> Trial:
    text = json.dumps([settings, repeat, fold], sort_keys=True)
    seed = derive_seed(point.evaluation.seed, "trial", repeat, fold)
    return Trial(hashlib.sha256(text.encode()).hexdigest()[:12], point, repeat, fold, seed)
