"""Races on networks: what they train and conclude, beside the fixed design on the same trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

import dropout_lab as dl
from dropout_lab import results
from dropout_lab.config import Experiment
from dropout_lab.plan import plan
from dropout_lab.stats import (
    Comparison,
    Decision,
    decide,
    design_of,
    has_result,
    held_out,
    judged_trials,
    metric_named,
    race_of,
    summarize,
    trial_matrix,
)

__all__ = ["NETWORKS", "Network", "replayed", "rows"]


@dataclass(frozen=True)
class Network:
    """A config, its rates, the repeats of the fixed design, and what is changed in the config."""

    config: str
    rates: str = "0:0.9:0.1"
    repeats: int = 10
    settings: Mapping[str, Any] = field(default_factory=dict)


_RARELY = 0.05
"""Rates whose difference is within the margin with a smaller probability are not practically the same."""

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
    """Train the fixed design of a network with other folds and seeds, resuming what is there; yield what races say.

    The trials of a race are among those of the fixed design, so that nothing is trained for it.
    """
    network = NETWORKS[name]
    seeds = {"evaluation__seed": seed, "evaluation__split_seed": seed}
    folder = work / f"{name}-{seed}"
    settings = {**network.settings, **seeds, "evaluation__repeats": network.repeats}
    dl.sweep(network.config, network.rates, out=folder, data_dir=data_dir, quiet=True, **settings)
    yield from replayed(folder, f"{name}, seed {seed}")


def replayed(folder: Path, name: str) -> Iterator[dict[str, object]]:
    """Race the rates of a result of a fixed design, beginning with each of its repeats in turn, as they are alike."""
    fixed = results.saved_experiment(folder)
    raced = Experiment.model_validate(fixed.model_dump() | {"until": {"name": "settled"}})
    trials, repeats = results.read_trials(folder), fixed.evaluation.repeats
    rates = {trial.id: trial.experiment.dropout.rate for trial in plan(fixed)}
    found = _Result(
        trials.assign(rate=trials["trial"].map(rates)),
        results.read_predictions(folder, trials[has_result(trials)]),
        results.saved_targets(folder),
    )
    whole = found.decide(fixed, 1)
    for first in range(repeats):
        turned = replace(
            found, trials=trials.assign(rate=found.trials["rate"], repeat=(trials["repeat"] - first) % repeats)
        )
        yield {"result": name, "first_repeat": first, **_compared(whole, turned, raced)}


@dataclass(frozen=True)
class _Result:
    """The trials of a result, their predictions, and what is known of their targets."""

    trials: pd.DataFrame
    predictions: pd.DataFrame | None
    saved: Any

    def decide(self, experiment: Experiment, looks: int) -> Decision:
        """Conclude what the trials show, judged at one of so many looks."""
        metric = metric_named(held_out(experiment)[0])
        comparison = Comparison(design_of(experiment), metric, looks=looks)
        predictions = self.predictions
        if predictions is not None:
            predictions = predictions[predictions["trial"].isin(self.trials["trial"])]
        matrix = trial_matrix(self.trials, comparison, predictions, self.saved)
        return decide(matrix, summarize(matrix))


def _compared(whole: Decision, found: _Result, raced: Experiment) -> dict[str, object]:
    """Compare what a race concludes with what the fixed design does."""
    race = race_of(raced, found.trials, found.predictions, found.saved)
    repeats = found.trials["rate"].map(lambda rate: race.repeats_of(rate, len(race.looks)))
    judged, _ = judged_trials(raced, race)
    part = replace(found, trials=found.trials[found.trials["repeat"] < repeats])
    early = part.decide(judged, len(race.schedule))
    chosen, last = early.best.point[0] if early.best else None, race.looks[-1]
    called_same = last.contenders if last.end == "same" else ()
    far = [point for point in whole.points if point.point[0] in called_same and point.prob_same < _RARELY]
    return {
        "fixed": whole.outcome,
        "race": early.outcome,
        "same_outcome": whole.outcome == early.outcome,
        "contradicted": bool(far),
        "best_may_be_best_of_fixed": any(point.point[0] == chosen for point in whole.contenders),
        "ended": last.end,
        "looks": len(race.looks),
        "trainings": len(part.trials),
        "of_fixed": round(len(part.trials) / len(found.trials), 3),
    }
