"""What is to be trained next: all of the plan, or what a race or a budget makes of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab import results
from dropout_lab.errors import ConfigError
from dropout_lab.stats import (
    Race,
    compared_in,
    dropped,
    ending,
    held_out,
    planned_trials,
    schedule_of,
)
from dropout_lab.stats.race import looks_for

if TYPE_CHECKING:
    from dropout_lab.config import Experiment
    from dropout_lab.plan import Trial
    from dropout_lab.runs.prepare import RunRequest

__all__ = ["Stage", "about", "check_stages", "least_budget", "next_stage"]


@dataclass(frozen=True)
class Stage:
    """The trials that are to be trained by now, given what is finished.

    Attributes
    ----------
    trials : tuple of Trial
        In the order of the plan, those that are finished among them.
    pending : tuple of Trial
        Those that are not; empty if nothing is left to train.
    title : str
        What they are for, e.g. a look; empty if they are the whole plan.
    end : str
        Why nothing is left to train though the plan has more; empty if it has not, or something is.
    race : Race or None
        As far as it has come.
    """

    trials: tuple[Trial, ...]
    pending: tuple[Trial, ...]
    title: str = ""
    end: str = ""
    race: Race | None = None


def next_stage(request: RunRequest, folder: Path, finished: Collection[str]) -> Stage:
    """Return what is to be trained next.

    Parameters
    ----------
    request : RunRequest
    folder : Path
        The result, which may not be there yet.
    finished : collection of str
        The ids of its trials that count as finished.

    Raises
    ------
    ResultsError
        If the result cannot be read.
    """
    if request.experiment.until:
        return _next_look(request, folder, finished)
    budget, trials = request.options.budget, request.trials()
    if budget is None:
        return Stage(trials, _without(trials, finished))
    missing = _without(trials, finished)
    if not missing:
        return Stage(trials, ())
    repeat = min(trial.repeat for trial in missing)
    part = sorted((trial for trial in missing if trial.repeat == repeat), key=lambda trial: trial.fold)
    if budget.trainings is not None:
        room = max(budget.trainings - (len(trials) - len(missing)), 0)
        points = request.experiment.count_points()
        part = part[: room if room >= len(part) else room // points * points]  # each rate has the same folds
    if not part:
        return Stage(
            trials, (), end=f"The budget of {budget.trainings:,} trainings leaves {len(missing):,} of the plan."
        )
    chosen = {trial.id for trial in part}
    title = f"repeat {repeat + 1} of {request.experiment.evaluation.repeats}"
    return Stage(trials, tuple(trial for trial in trials if trial.id in chosen), title)


def check_stages(request: RunRequest) -> None:
    """Refuse a race that cannot be run, or a budget with which nothing could be said.

    Raises
    ------
    ConfigError
    """
    experiment, options = request.experiment, request.options
    if experiment.until:
        if not experiment.sweep:
            raise ConfigError(
                ["until: there is nothing to settle without a sweep: run 'dropout-lab sweep', or leave it out"]
            )
        if options.shard:
            raise ConfigError(
                [
                    "--shard: no shard knows what others find, and so not what to train until it is settled: "
                    "leave it out, and train on several machines with --dask"
                ]
            )
        folds, repeats = experiment.evaluation.folds, experiment.evaluation.repeats
        if len(schedule_of(experiment)) < 2:
            least = looks_for(1000, folds)[0] + 1
            raise ConfigError(
                [
                    f"evaluation.repeats: {repeats} makes a single look at all trials, and nothing could be saved: "
                    f"allow {least} at least, or leave until out"
                ]
            )
        choices = held_out(experiment)
        if experiment.until.metric is not None and experiment.until.metric not in choices:
            raise ConfigError([f"until.metric: expected one of {', '.join(choices)}, got {experiment.until.metric!r}"])
        metric = compared_in(experiment).metric
        if metric.in_target_unit and experiment.until.margin is None:
            raise ConfigError(
                [f"until.margin: {metric.name} is in the unit of the target: say which difference is practically none"]
            )
    budget, least = options.budget, least_budget(experiment)
    if budget and budget.trainings is not None and budget.trainings < least:
        what = "the first look" if experiment.until else "the first repeat"
        raise ConfigError(
            [f"--budget: {budget.trainings:,} trainings are too few to say anything: {what} takes {least:,}"]
        )


def _next_look(request: RunRequest, folder: Path, finished: Collection[str]) -> Stage:
    """Return the trials of the next look of a race, if it has one that the budget allows."""
    experiment, budget = request.experiment, request.options.budget
    race = results.saved_race(folder, experiment, finished)
    trials = planned_trials(experiment, race)
    pending = _without(trials, finished)
    if race.ended:
        return Stage(trials, pending, end=ending(race), race=race)
    number, schedule = len(race.looks) + 1, race.schedule
    title = f"look {number} of {len(schedule)}"
    if budget and budget.trainings is not None and len(trials) > budget.trainings:
        end = f"The budget of {budget.trainings:,} trainings ends it before {title}, which takes it to {len(trials):,}."
        return Stage(trials, (), end=end, race=race)
    return Stage(trials, pending, title, race=race)


def least_budget(experiment: Experiment) -> int:
    """Return the fewest trainings after which anything can be said of all points of a sweep."""
    repeats = schedule_of(experiment)[0] if experiment.until else 1
    return experiment.count_points() * repeats * experiment.evaluation.folds


def about(stage: Stage) -> str:
    """Say what the last look of a race led to, as a sentence without its end; empty if there was none."""
    if stage.race is None or not stage.race.looks:
        return ""
    look = stage.race.looks[-1]
    text = dropped(look, stage.race.looks[0].rates)
    return f"look {look.number} of {len(stage.race.schedule)}: {text}" if text else ""


def _without(trials: tuple[Trial, ...], finished: Collection[str]) -> tuple[Trial, ...]:
    return tuple(trial for trial in trials if trial.id not in finished)
