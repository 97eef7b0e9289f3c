"""Races on networks: what they train and conclude, beside the fixed design on the same trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dropout_lab as dl
from dropout_lab import results
from dropout_lab.config import Experiment
from dropout_lab.plan import plan
from dropout_lab.stats import (
    Comparison,
    Decision,
    completed,
    decide,
    design_of,
    has_result,
    held_out,
    judged_trials,
    metric_named,
    race_of,
    schedule_of,
    summarize,
    trial_matrix,
)

__all__ = ["NETWORKS", "Network", "judge", "rows"]


@dataclass(frozen=True)
class Network:
    """A config, its rates, the repeats of the fixed design, and what is changed in the config."""

    config: str
    rates: str = "0:0.9:0.1"
    repeats: int = 10
    settings: Mapping[str, Any] = field(default_factory=dict)


NETWORKS: dict[str, Network] = {
    "digits": Network("quickstart"),
    "sonar": Network("sonar/hidden"),
    "cifar10": Network(
        "cifar10/small",
        "0,0.3,0.6,0.9",
        10,
        {"dataset__train_rows": 600, "evaluation__test_share": 0.01, "training__epochs": 5, "model__filters": [16, 32]},
    ),
    "rnn": Network("variants/rnn", "0:0.8:0.2", 10, {"training__epochs": 5}),
}
"""The last two are smaller than their configs, so that the fixed design can be trained."""


def rows(name: str, seed: int, work: Path, data_dir: Path) -> Iterator[dict[str, object]]:
    """Train the fixed design of a network with other folds and seeds, resuming what is there; yield what a race says.

    The trials of a race are among those of the fixed design, so that nothing is trained for it.
    """
    network = NETWORKS[name]
    seeds = {"evaluation__seed": seed, "evaluation__split_seed": seed}
    folder = work / f"{name}-{seed}"
    settings = {**network.settings, **seeds, "evaluation__repeats": network.repeats}
    dl.sweep(network.config, network.rates, out=folder, data_dir=data_dir, quiet=True, **settings)
    fixed = results.saved_experiment(folder)
    raced = Experiment.model_validate(fixed.model_dump() | {"until": {"name": "settled"}})
    yield {"network": name, "seed": seed, **judge(folder, fixed, raced)}


def judge(folder: Path, fixed: Experiment, raced: Experiment) -> dict[str, object]:
    """Compare what a race on the trials of a fixed design concludes with what that does."""
    trials = results.read_trials(folder)
    predictions = results.read_predictions(folder, trials[has_result(trials)])
    race = race_of(raced, trials, predictions, results.saved_targets(folder))
    whole = _decision(folder, fixed, fixed, plan(fixed))
    judged, planned = judged_trials(raced, race)
    early = _decision(folder, raced, judged, planned)
    chosen = early.best.point[0] if early.best else None
    return {
        "fixed": whole.outcome,
        "race": early.outcome,
        "same_outcome": whole.outcome == early.outcome,
        "best_of_race_may_be_best": any(point.point[0] == chosen for point in whole.contenders),
        "ended": race.looks[-1].end,
        "looks": len(race.looks),
        "trainings": len(planned),
        "of_fixed": round(len(planned) / len(plan(fixed)), 3),
    }


def _decision(folder: Path, experiment: Experiment, judged: Experiment, planned: Any) -> Decision:
    ids = {trial.id for trial in planned}
    table = results.read_trials(folder)
    table = results.with_sweep_columns(completed(table[table["trial"].isin(ids)], planned), planned, experiment)
    metric = metric_named(held_out(experiment)[0])
    comparison = Comparison(design_of(judged), metric, looks=len(schedule_of(experiment)))
    predictions = results.read_predictions(folder, table[has_result(table)])
    matrix = trial_matrix(table, comparison, predictions, results.saved_targets(folder))
    return decide(matrix, summarize(matrix))
