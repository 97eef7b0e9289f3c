"""What a report is made from: one directory of results, read whole."""

from __future__ import annotations

import functools
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dropout_lab import results
from dropout_lab.config import Experiment
from dropout_lab.errors import ResultsError
from dropout_lab.plan import Trial, plan
from dropout_lab.report.axis import Axis, axis_of
from dropout_lab.report.facts import Facts, facts_of
from dropout_lab.report.predictions import read_predictions
from dropout_lab.report.scale import Scale, scale_of
from dropout_lab.stats import HELD_OUT, Verdict, bbc_cv, design_of, metric_named, sampling_error, summarize, verdict

__all__ = ["MARGIN", "Gap", "Study", "means_by", "read_study"]

MARGIN = 0.01
"""The usual region of practical equivalence of accuracies (Benavoli et al. 2017)."""

_RATE = "dropout.rate"
_COLUMNS = {_RATE: "rate"}
"""The columns of ``trials.csv`` that are not called by their dotted key."""

_CURVES = ("epoch", "loss", "accuracy")
_MEASURES = ("loss", "accuracy", "train_loss", "train_accuracy")
_MARKS = ("trial", "repeat", "fold", "status", "reason")


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
        What varies; a single value if there is no sweep.
    trials : pandas.DataFrame
        As in ``trials.csv``, with a column for the axis.
    history : pandas.DataFrame
        ``value`` (on the axis), ``epoch``, ``loss``, ``accuracy`` of the trials that have a result; empty if there
        is no ``history.csv``.
    summary : pandas.DataFrame
        As made by `stats.summarize`; empty if there is no trial.
    verdict : Verdict or None
        None if there is no trial.
    facts : Facts
        From ``run.json``.
    planned : int
        Trials of the whole experiment.
    margin : float
        Differences up to this are practically none; in the unit of the metric.
    scale : Scale
        Of the metric that is concluded from.
    gaps : tuple of Gap
        Where trials are missing; empty if the experiment is finished.
    """

    folder: Path
    experiment: Experiment
    axis: Axis
    trials: pd.DataFrame
    history: pd.DataFrame
    summary: pd.DataFrame
    verdict: Verdict | None
    facts: Facts
    planned: int
    margin: float
    scale: Scale
    gaps: tuple[Gap, ...]

    @property
    def succeeded(self) -> pd.DataFrame:
        """The trials that have a result."""
        return self.trials[self.trials["accuracy"].notna()]

    @property
    def failed(self) -> pd.DataFrame:
        """The trials that have none."""
        return self.trials[self.trials["accuracy"].isna()]

    @property
    def missing(self) -> int:
        """How many trials are not finished."""
        return sum(gap.planned - gap.done for gap in self.gaps)

    @property
    def baseline(self) -> Any:
        """The value that others are compared with: no dropout; None without a sweep that has it."""
        swept = self.axis.column == "rate" and len(self.axis.values) > 1
        return 0.0 if swept and 0.0 in set(self.succeeded["rate"]) else None

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


def read_study(folder: Path, margin: float = MARGIN, metric: str = "accuracy") -> Study:
    """Read a directory of results.

    Parameters
    ----------
    folder : Path
    margin : float
        Differences up to this are practically none; in the unit of the metric.
    metric : str
        What to conclude from: ``accuracy`` or ``loss``.

    Returns
    -------
    Study

    Raises
    ------
    ResultsError
        If the metric is not known, the directory holds no results, or they cannot be read.
    """
    scale = scale_of(metric_named(metric, HELD_OUT).name)
    trials = _checked(results.read_trials(folder), folder / "trials.csv")
    experiment = results.saved_experiment(folder)
    planned = plan(experiment)
    key = next(iter(experiment.sweep), f"dropout.{experiment.dropout.strength_key}")
    column = _COLUMNS.get(key, key)
    if not experiment.sweep and key != _RATE:
        trials = trials.assign(**{column: experiment.dropout.strength})  # of all trials alike, so it has no column
    if column not in trials:
        raise ResultsError(f"{folder / 'trials.csv'}: lacks the column {column}: it was damaged")
    axis = axis_of(column, list(dict.fromkeys(_value(trial, key) for trial in planned)))
    summary, conclusion = _judged(folder, experiment, trials, column, margin, metric)
    return Study(
        folder=folder,
        experiment=experiment,
        axis=axis,
        trials=trials,
        history=_history(folder / "history.csv", trials, column),
        summary=summary,
        verdict=conclusion,
        facts=facts_of(results.saved_run(folder)),
        planned=len(planned),
        margin=margin,
        scale=scale,
        gaps=_gaps(planned, trials, key, axis),
    )


def _value(trial: Trial, key: str) -> Any:
    """Return what a dotted key is set to in a trial."""
    return functools.reduce(getattr, key.split("."), trial.experiment)


def _checked(trials: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the trials with numbers where numbers belong."""
    lacking = [column for column in (*_MARKS, *_MEASURES) if column not in trials]
    if lacking:
        raise ResultsError(f"{path}: lacks the column {lacking[0]}: it was damaged")
    try:
        return trials.astype(dict.fromkeys(_MEASURES, float))
    except ValueError as error:
        raise ResultsError(f"{path}: cannot be read: {error}") from None


def _judged(
    folder: Path, experiment: Experiment, trials: pd.DataFrame, column: str, margin: float, metric: str
) -> tuple[pd.DataFrame, Verdict | None]:
    """Summarise the trials and conclude what they tell."""
    if trials.empty:
        return pd.DataFrame(columns=[column]), None
    design, by = design_of(experiment), (column,)
    summary = summarize(trials, design, metric=metric, margin=margin, by=by)
    predictions = read_predictions(folder / "predictions.csv.gz", trials, column) if metric == "accuracy" else None
    forecast = sampling = None
    if predictions is not None:
        forecast = bbc_cv(predictions, by=by)
        sampling = sampling_error(predictions, by=by) if design.fixed else None
    said = verdict(summary, design, trials, metric=metric, margin=margin, by=by, forecast=forecast, sampling=sampling)
    return summary, said


def _gaps(planned: Sequence[Trial], trials: pd.DataFrame, key: str, axis: Axis) -> tuple[Gap, ...]:
    """Return the points of the sweep that lack trials."""
    done = set(zip(trials[axis.column], trials["repeat"], trials["fold"], strict=True))
    of, found = Counter[Any](), Counter[Any]()
    for trial in planned:
        value = _value(trial, key)
        of[value] += 1
        found[value] += (value, trial.repeat, trial.fold) in done
    return tuple(Gap(value, found[value], of[value]) for value in axis.values if found[value] < of[value])


def _history(path: Path, trials: pd.DataFrame, column: str) -> pd.DataFrame:
    """Read the learning curves of the trials that have a result; a torn last line is left out."""
    if not path.is_file():
        return pd.DataFrame(columns=[column, *_CURVES])
    try:
        text = path.read_bytes()
        whole = io.BytesIO(text[: text.rfind(b"\n") + 1])
        history = pd.read_csv(whole, usecols=["trial", *_CURVES], dtype={"trial": "category"})
        history = history.astype(dict.fromkeys(_CURVES, float))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: cannot be read: {error}") from None
    succeeded = trials[trials["accuracy"].notna()]
    history[column] = history["trial"].map(dict(zip(succeeded["trial"], succeeded[column], strict=True)))
    return history[history[column].notna()].drop(columns="trial")
