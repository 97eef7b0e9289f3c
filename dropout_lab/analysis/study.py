"""What a report is made from: one directory of results, read whole."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dropout_lab import results
from dropout_lab.analysis.axis import POINT, Axis, against, axis_of, joined, name_of
from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.analysis.predictions import read_predictions
from dropout_lab.analysis.run_info import Facts, facts_of
from dropout_lab.config import Experiment, text_of
from dropout_lab.errors import ResultsError
from dropout_lab.plan import Trial, plan
from dropout_lab.stats import (
    MISSING,
    Comparison,
    TrialMatrix,
    Verdict,
    answered,
    bbc_cv,
    carried,
    completed,
    decide,
    design_of,
    held_out,
    metric_named,
    sampling_error,
    summarize,
    trial_matrix,
    verdict,
)

__all__ = ["MARGIN", "Gap", "Study", "distinct", "means_by", "place_of", "read_study"]

MARGIN = 0.01
"""The usual region of practical equivalence of accuracies (Benavoli et al. 2017)."""


@dataclass(frozen=True)
class Gap:
    """A point of the sweep that is not finished: so many trials of those planned."""

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
        ``value`` (on the axis), ``epoch`` and the first two of `stats.held_out` of the trials that have a result; empty
        if there is no ``history.csv``.
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
        Of the metric that is concluded from.
    gaps : tuple of Gap
        Where trials are missing; empty if the experiment is finished.
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

    @property
    def margin(self) -> float:
        """Differences up to this are practically none; in the unit of the metric."""
        return self.matrix.comparison.margin

    @property
    def succeeded(self) -> pd.DataFrame:
        """The trials that have a result."""
        return self.trials[answered(self.trials)]

    @property
    def failed(self) -> pd.DataFrame:
        """The trials that have none."""
        return self.trials[~answered(self.trials)]

    @property
    def metrics(self) -> tuple[str, ...]:
        """What can be concluded from; the first of them if nothing else is said."""
        return held_out(self.experiment)

    @property
    def missing(self) -> int:
        """How many trials are not finished."""
        return sum(gap.planned - gap.done for gap in self.gaps)

    @property
    def baseline(self) -> Any:
        """The value that others are compared with: no dropout, or what was named; None without a sweep that has it."""
        nothing = self.axis.nothing
        swept = nothing is not None and len(self.axis.values) > 1
        return nothing if swept and nothing in set(self.succeeded[self.axis.column]) else None

    @property
    def means(self) -> dict[Any, float]:
        """The mean of the metric at each value that has one."""
        return means_by(self.succeeded[self.axis.column], self.succeeded[self.scale.name])

    @property
    def intervals(self) -> dict[Any, tuple[float, float]]:
        """The 95% interval of the mean at each value that has one: as much of it as can be."""
        low, high = self.column("ci_low"), self.column("ci_high")
        if low is None or high is None:
            return {}
        within = self.scale.within
        return {value: (within(low[value]), within(high[value])) for value in low if value in high}

    def column(self, name: str) -> dict[Any, float] | None:
        """Return the numbers in a column of the summary, by value; None if it is not there, or has none."""
        if name not in self.summary:
            return None
        found = self.summary[self.summary[name].notna()]
        return {value: float(each) for value, each in zip(found[self.axis.column], found[name], strict=True)} or None


def means_by(at: pd.Series[Any], values: pd.Series[float]) -> dict[Any, float]:
    """Return the mean of the values at each place, places in order."""
    return {place: float(mean) for place, mean in values.groupby(at, sort=True).mean().items()}


def distinct(folders: Iterable[Path]) -> list[Path]:
    """Return directories, each once by the name that comes first, whatever links and dots lead to it."""
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
        Differences up to this are practically none; in the unit of the metric. None takes `MARGIN`, of squared and
        absolute errors that share of their mean.
    metric : str or None
        What to conclude from: ``accuracy`` or ``loss``; where numbers are predicted ``r2``, ``mse`` or ``mae``. None
        takes the first of them.
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
    trials = results.read_trials(folder)
    experiment = results.saved_experiment(folder)
    measure = metric_named(metric or held_out(experiment)[0], held_out(experiment))
    scale = metric_format(measure.name)
    planned = plan(experiment)
    keys = results.keys_of(experiment)
    margin = _margin(margin, scale, trials)
    trials = results.with_sweep_columns(completed(trials, planned), planned, experiment)
    axes = tuple(
        axis_of(
            results.column_of(key, experiment),
            list(dict.fromkeys(results.value_at(trial.experiment, key) for trial in planned)),
        )
        for key in keys
    )
    axis = axes[0]
    if len(axes) > 1:
        points = {trial.id: place_of(axes, keys, trial) for trial in planned}
        axis = joined(axes, list(points.values()))
        names = trials["trial"].map({at: name_of(axes, point) for at, point in points.items()})
        trials = trials.assign(**{POINT: pd.Categorical(names, list(axis.values), ordered=True)})
    if baseline is not None:
        axis = against(axis, baseline)
    reference = (axis.nothing,) if axis.nothing in set(trials[axis.column]) else None
    comparison = Comparison(design_of(experiment), measure, margin, (axis.column,), reference)
    matrix = trial_matrix(trials, comparison)
    summary, conclusion = _judged(folder, experiment, matrix, axis.controls)
    found = trials[trials["status"] != MISSING]
    return Study(
        folder=folder,
        experiment=experiment,
        axis=axis,
        axes=axes,
        trials=found,
        history=_history(folder, found, axis.column, held_out(experiment)[:2]),
        summary=summary,
        verdict=conclusion,
        facts=facts_of(results.saved_run(folder)),
        planned=len(planned),
        matrix=matrix,
        scale=scale,
        gaps=_gaps(trials, axis),
    )


def _margin(given: float | None, scale: MetricFormat, trials: pd.DataFrame) -> float:
    """Return a margin in the unit of the metric."""
    if given is not None and scale.metric.share and given > 1:
        raise ResultsError(f"--margin: {given:g} is more than 1, and accuracies are shares: 0.01 is one point")
    if given is not None:
        return given
    mean = trials[scale.name].mean() if scale.metric.in_target_unit else 1.0
    return float(f"{MARGIN * mean:.1g}") if mean > 0 else MARGIN


def place_of(axes: Sequence[Axis], keys: Sequence[str], trial: Trial) -> list[Any]:
    """Return where a trial is on each axis."""
    values = [results.value_at(trial.experiment, key) for key in keys]
    return [text_of(value) if axis.scale == "names" else value for axis, value in zip(axes, values, strict=True)]


def _judged(
    folder: Path, experiment: Experiment, matrix: TrialMatrix, controls: Mapping[str, str]
) -> tuple[pd.DataFrame, Verdict | None]:
    """Summarise the trials and conclude what they show."""
    comparison, trials = matrix.comparison, matrix.frame
    (column,), baseline = comparison.columns, comparison.baseline
    if not matrix.trials.any():
        return pd.DataFrame(columns=[column]), None
    predictions = None
    if comparison.metric.name == "accuracy":
        predictions = read_predictions(folder, experiment, trials, column)
    forecast = sampling = None
    if predictions is not None:
        forecast = bbc_cv(predictions, comparison.columns)
        if comparison.design.fixed and (baseline is None or baseline[0] in set(predictions[column])):
            sampling = sampling_error(predictions, comparison.columns, baseline)
    summary = summarize(matrix)
    decision = decide(matrix, summary)
    return summary, verdict(decision, forecast=forecast, sampling=sampling, controls=controls)


def _gaps(trials: pd.DataFrame, axis: Axis) -> tuple[Gap, ...]:
    """Return the points of the sweep that lack trials."""
    planned = Counter(trials[axis.column])
    lacking = Counter(trials.loc[trials["status"] == MISSING, axis.column])
    return tuple(Gap(value, planned[value] - lacking[value], planned[value]) for value in axis.values if lacking[value])


def _history(folder: Path, trials: pd.DataFrame, column: str, metrics: Sequence[str]) -> pd.DataFrame:
    """Read the learning curves of the trials that have a result."""
    succeeded, curves = trials[answered(trials)], ["epoch", *metrics]
    history = results.read_history(folder, succeeded)
    if history is None:
        return pd.DataFrame(columns=[column, *curves])
    history = carried(history)
    value = history["trial"].map(dict(zip(succeeded["trial"], succeeded[column], strict=True)))
    return history[curves].astype(float).assign(**{column: value})
