"""A directory of results, read and judged."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from dropout_lab import results
from dropout_lab.analysis.axes_of_sweep import axes_of_sweep
from dropout_lab.analysis.axis import Axis, with_baseline
from dropout_lab.analysis.metric_format import MetricFormat
from dropout_lab.analysis.predictions import read_predictions
from dropout_lab.analysis.replicates import Replicates, replicates_of
from dropout_lab.analysis.run_info import Facts, facts_of
from dropout_lab.config import Experiment
from dropout_lab.errors import ResultsError
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.plan import plan
from dropout_lab.stats import (
    MARGIN,
    MISSING,
    MOST_DETAILS,
    Comparison,
    Race,
    TrialMatrix,
    Verdict,
    bbc_cv,
    carry_forward,
    completed,
    decide,
    design_of,
    ending,
    has_result,
    held_out,
    judged_trials,
    metric_named,
    schedule_of,
    so_far,
    summarize,
    trial_matrix,
    verdict,
    with_blocks,
)

__all__ = ["MARGIN", "Gap", "Study", "distinct", "means_by", "read_study"]


@dataclass(frozen=True)
class Gap:
    """A point of the sweep that is not finished, and how many of its planned trials are done."""

    value: Any
    done: int
    planned: int


@dataclass(frozen=True)
class Study:
    """One result.

    Attributes
    ----------
    folder : Path
    experiment : Experiment
    axis : Axis
        What varies; a single value if there is no sweep. Of several axes, the points that they make.
    axes : tuple of Axis
        All that varies.
    trials : pandas.DataFrame
        As in ``trials.csv``, with a column for the axis.
    history : pandas.DataFrame
        ``value`` (on the axis), ``epoch`` and those of `stats.held_out` that are measured in each epoch, of the trials
        that have a result; empty if there is no ``history.csv``.
    summary : pandas.DataFrame
        As made by `stats.summarize`; empty if there is no trial.
    verdict : Verdict or None
        None if there is no trial.
    facts : Facts
        From ``run.json``.
    planned : int
        Trials of the whole experiment.
    matrix : TrialMatrix
        The metric of the trials, and how they are compared.
    scale : MetricFormat
        How the metric that it is judged by is written.
    gaps : tuple of Gap
        Where trials are missing; empty if the experiment is finished.
    race : Race or None
        Of a sweep that ends when it is settled. Its trials are then those that its last finished look has judged.
    """

    folder: Path
    experiment: Experiment
    axis: Axis
    axes: tuple[Axis, ...]
    trials: pd.DataFrame
    history: pd.DataFrame
    summary: pd.DataFrame
    verdict: Verdict | None
    facts: Facts
    planned: int
    matrix: TrialMatrix
    scale: MetricFormat
    gaps: tuple[Gap, ...]
    race: Race | None = None

    @property
    def replicates(self) -> Replicates:
        """The trials at one point, in words."""
        found = replicates_of(self.judged.evaluation, self.matrix.basis)
        return found if self.race is None else replace(found, planned=f"up to {found.planned}")

    @property
    def judged(self) -> Experiment:
        """The experiment with as many repeats as it is judged by: in a race, those of the last look."""
        return self.experiment if self.race is None else judged_trials(self.experiment, self.race)[0]

    @property
    def margin(self) -> float:
        """Differences up to this are practically none; in the unit of the metric."""
        return self.matrix.comparison.margin

    @property
    def succeeded(self) -> pd.DataFrame:
        """The trials that have a result."""
        return self.trials[has_result(self.trials)]

    @property
    def failed(self) -> pd.DataFrame:
        """The trials that have none."""
        return self.trials[~has_result(self.trials)]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it can be judged by, the default first."""
        return held_out(self.experiment)

    @property
    def missing(self) -> int:
        """How many trials are not finished."""
        return sum(gap.planned - gap.done for gap in self.gaps)

    @property
    def baseline(self) -> Any:
        """The value that others are compared with; None if the sweep has no result at it."""
        baseline = self.axis.baseline
        swept = baseline is not None and len(self.axis.values) > 1
        return baseline if swept and baseline in set(self.succeeded[self.axis.column]) else None

    @property
    def means(self) -> dict[Any, float]:
        """The mean of the metric at each value that has one."""
        return means_by(self.succeeded[self.axis.column], self.succeeded[self.scale.name])

    def dummy(self, name: str) -> float:
        """Return the mean of a metric that predictions without a look at the inputs have on the same held-out rows.

        Missing where it is unknown, and where the metric has no `Metric.dummy`.
        """
        found = self.matrix.targets.dummy(self.format_of(name).metric) if self.matrix.targets else None
        return found.mean if found else math.nan

    def format_of(self, name: str) -> MetricFormat:
        """Return how a metric is written, with what it is compared with here."""
        targets, metric = self.matrix.targets, METRICS[name]
        return MetricFormat(targets.beside_persistence(metric) if targets else metric)

    @property
    def intervals(self) -> dict[Any, tuple[float, float]]:
        """The interval of the mean at each value that has one, cut to the range of the metric."""
        low, high = self.column("ci_low"), self.column("ci_high")
        if low is None or high is None:
            return {}
        within = self.scale.within
        return {value: (within(low[value]), within(high[value])) for value in low if value in high}

    def column(self, name: str) -> dict[Any, float] | None:
        """Return a column of the summary by value of the axis; None if it is absent or empty."""
        if name not in self.summary:
            return None
        found = self.summary[self.summary[name].notna()]
        return {value: float(each) for value, each in zip(found[self.axis.column], found[name], strict=True)} or None


def means_by(at: pd.Series[Any], values: pd.Series[float]) -> dict[Any, float]:
    """Return the mean of the values at each point, points in order."""
    return {point: float(mean) for point, mean in values.groupby(at, sort=True).mean().items()}


def distinct(folders: Iterable[Path]) -> list[Path]:
    """Return directories without repetition, whatever links and dots lead to them, under their first names."""
    names: dict[str, Path] = {}
    for folder in folders:
        names.setdefault(os.path.realpath(folder), folder)
    return list(names.values())


def read_study(
    folder: Path, margin: float | None = None, metric: str | None = None, baseline: str | None = None
) -> Study:
    """Read a directory of results.

    Parameters
    ----------
    folder : Path
    margin : float or None
        Differences up to this are practically none; in the unit of the metric. None takes `MARGIN`, of errors in the
        target's unit that share of their mean.
    metric : str or None
        What to judge by: one of `Study.metrics`. None takes the first.
    baseline : str or None
        The point that others are compared with, as it is written in a table: ``0.2``, ``rate 0, max norm 3``. None
        takes the one without dropout, if there is just one.

    Returns
    -------
    Study

    Raises
    ------
    ResultsError
        If the metric or the baseline is not known, the directory holds no results, or they cannot be read.
    """
    trials, experiment = results.read_trials(folder), results.saved_experiment(folder)
    choices = held_out(experiment)
    chosen = metric_named(metric or choices[0], choices)
    margin = _margin(margin, chosen, trials)
    planned, judged, race = plan(experiment), experiment, None
    if experiment.until:
        race = results.saved_race(folder, experiment)
        judged, planned = judged_trials(experiment, race)
        trials = trials[trials["trial"].isin([trial.id for trial in planned])]
    trials = results.with_sweep_columns(completed(trials, planned), planned, experiment)
    axes, axis, trials = axes_of_sweep(experiment, planned, trials)
    if baseline is not None:
        axis = with_baseline(axis, baseline)
    reference = (axis.baseline,) if axis.baseline in set(trials[axis.column]) else None
    looks = len(schedule_of(experiment))
    compared = Comparison(design_of(judged), chosen, margin, (axis.column,), reference, looks=looks)
    predictions = read_predictions(folder, experiment, trials)
    matrix = trial_matrix(trials, compared, predictions, results.saved_targets(folder))
    summary, conclusion = _judged(matrix, predictions, _another(choices, chosen, trials), axis.controls)
    if race is not None and conclusion is not None:
        said = ending(race) or so_far(race)
        conclusion = replace(conclusion, details=(said, *conclusion.details[:MOST_DETAILS]))
    finished = trials[trials["status"] != MISSING]
    return Study(
        folder=folder,
        experiment=experiment,
        axis=axis,
        axes=axes,
        trials=finished,
        history=_history(folder, finished, axis.column, choices),
        summary=summary,
        verdict=conclusion,
        facts=facts_of(results.saved_run(folder)),
        planned=len(planned),
        matrix=matrix,
        scale=MetricFormat(matrix.comparison.metric),
        gaps=_gaps(trials, axis),
        race=race,
    )


def _margin(margin: float | None, metric: Metric, trials: pd.DataFrame) -> float:
    """Return a margin in the unit of the metric."""
    if margin is not None and metric.share and margin > 1:
        raise ResultsError(f"--margin: {margin:g} is more than 1, and accuracies are shares: 0.01 is one point")
    if margin is not None:
        return margin
    mean = trials[metric.name].mean() if metric.in_target_unit else 1.0
    return float(f"{MARGIN * mean:.1g}") if mean > 0 else MARGIN


def _another(choices: Sequence[str], chosen: Metric, trials: pd.DataFrame) -> Metric | None:
    """Return the metric to mention beside the one that is judged by: of those always measured, the other one."""
    name = next((name for name in choices[:2] if name != chosen.name and trials[name].notna().any()), None)
    return METRICS[name] if name and chosen.name in choices[:2] else None


def _judged(
    matrix: TrialMatrix, predictions: pd.DataFrame | None, another: Metric | None, controls: Mapping[str, str]
) -> tuple[pd.DataFrame, Verdict | None]:
    """Summarize the trials and conclude what they show."""
    comparison, trials = matrix.comparison, matrix.frame
    if not matrix.trials.any():
        return pd.DataFrame(columns=list(comparison.columns)), None
    forecast = other = None
    if predictions is not None and comparison.metric.name == "accuracy":
        point = trials.set_index("trial")[list(comparison.columns)].loc[predictions["trial"]]
        placed = with_blocks(predictions, comparison.design)
        placed = placed.assign(**{name: point[name].array for name in comparison.columns})
        forecast = bbc_cv(placed, comparison.columns)
    if predictions is not None and another is not None:
        by_another = trial_matrix(trials, replace(comparison, metric=another), predictions)
        other = decide(by_another, summarize(by_another))
    summary = summarize(matrix)
    return summary, verdict(decide(matrix, summary), other=other, forecast=forecast, controls=controls)


def _gaps(trials: pd.DataFrame, axis: Axis) -> tuple[Gap, ...]:
    """Return the points of the sweep that lack trials."""
    planned = Counter(trials[axis.column])
    lacking = Counter(trials.loc[trials["status"] == MISSING, axis.column])
    return tuple(Gap(value, planned[value] - lacking[value], planned[value]) for value in axis.values if lacking[value])


def _history(folder: Path, trials: pd.DataFrame, column: str, metrics: Sequence[str]) -> pd.DataFrame:
    """Read the learning curves of the trials that have a result."""
    succeeded = trials[has_result(trials)]
    history = results.read_history(folder, succeeded)
    if history is None:
        return pd.DataFrame(columns=[column, "epoch", *metrics])
    curves = ["epoch", *(name for name in metrics if name in history)]
    history = carry_forward(history)
    value = history["trial"].map(dict(zip(succeeded["trial"], succeeded[column], strict=True)))
    return history[curves].astype(float).assign(**{column: value})
