"""A race read from the trials of a result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from dropout_lab.config import Experiment
from dropout_lab.config.sweep import RATE
from dropout_lab.plan import Trial, plan
from dropout_lab.stats.comparison import Comparison
from dropout_lab.stats.design import design_of
from dropout_lab.stats.dummy import SavedTargets
from dropout_lab.stats.metric import held_out, metric_named
from dropout_lab.stats.race import Race, looks_for, race
from dropout_lab.stats.trial_matrix import TrialMatrix, trial_matrix

__all__ = ["MARGIN", "compared_in", "judged_trials", "planned_trials", "race_of", "schedule_of"]

MARGIN = 0.01
"""The usual region of practical equivalence of accuracies (Benavoli et al. 2017)."""


def schedule_of(experiment: Experiment) -> tuple[int, ...]:
    """Return after how many repeats the trials are judged: once, unless the sweep ends when it is settled."""
    evaluation = experiment.evaluation
    return looks_for(evaluation.repeats, evaluation.folds) if experiment.until else (evaluation.repeats,)


def compared_in(experiment: Experiment) -> Comparison:
    """Return how rates are compared at the looks of a race."""
    until, looks = experiment.until, len(schedule_of(experiment))
    metric = metric_named((until and until.metric) or held_out(experiment)[0])
    margin = MARGIN if until is None or until.margin is None else until.margin
    return Comparison(design_of(experiment), metric, margin, looks=looks)


def race_of(
    experiment: Experiment,
    trials: pd.DataFrame,
    predictions: pd.DataFrame | None = None,
    saved: SavedTargets | None = None,
) -> Race:
    """Replay the race of a sweep that ends when it is settled.

    Parameters
    ----------
    experiment : Experiment
        With `until`.
    trials : pandas.DataFrame
        As in ``trials.csv``.
    predictions : pandas.DataFrame, optional
        As in ``predictions.csv.gz``.
    saved : mapping, optional
        See `trial_matrix`.
    """
    comparison, schedule = compared_in(experiment), schedule_of(experiment)
    design = comparison.design
    rates = {trial.id: _rate_of(trial) for trial in plan(experiment)}
    known = trials[trials["trial"].isin(rates)]
    known = known.assign(rate=known["trial"].map(rates))  # of text, the last digit may be another
    by_trial = None if predictions is None else predictions.set_index("trial", drop=False).rename_axis(None)

    def matrix_of(among: Sequence[float], repeats: int) -> TrialMatrix | None:
        part = known[known["rate"].isin(among) & (known["repeat"] < repeats)]
        if len(part) < len(among) * repeats * design.folds:
            return None
        rows = None if by_trial is None else by_trial[by_trial.index.isin(part["trial"])].reset_index(drop=True)
        looked = replace(comparison, design=replace(design, repeats=repeats))
        return trial_matrix(part, looked, rows if rows is not None and len(rows) else None, saved)

    return race(_rates(experiment), schedule, matrix_of)


def planned_trials(experiment: Experiment, found: Race) -> tuple[Trial, ...]:
    """Return the trials that a race has had, and those of its next look, in the order of the plan."""
    looks = len(found.looks) + (not found.ended)
    return _up_to(experiment, found, min(looks, len(found.schedule)))


def judged_trials(experiment: Experiment, found: Race) -> tuple[Experiment, tuple[Trial, ...]]:
    """Return what a race's results rest on: the experiment with as many repeats as the last look had, and its trials.

    Before the first look is finished, that is what they will rest on.
    """
    looks = max(len(found.looks), 1)
    evaluation = experiment.evaluation.model_copy(update={"repeats": found.schedule[looks - 1]})
    return experiment.model_copy(update={"evaluation": evaluation}), _up_to(experiment, found, looks)


def _up_to(experiment: Experiment, found: Race, looks: int) -> tuple[Trial, ...]:
    repeats = {rate: found.repeats_of(rate, looks) for rate in _rates(experiment)}
    return tuple(trial for trial in plan(experiment) if trial.repeat < repeats[_rate_of(trial)])


def _rate_of(trial: Trial) -> float:
    rate = trial.experiment.dropout.rate
    return rate if isinstance(rate, int | float) else math.nan  # where rates are swept, it is one number


def _rates(experiment: Experiment) -> tuple[float, ...]:
    axis = experiment.axes[RATE]
    return tuple(map(float, axis)) if isinstance(axis, tuple) else ()
