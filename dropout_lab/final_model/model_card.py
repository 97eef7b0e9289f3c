"""The card of a model: what it is, what it was trained on, what may be expected of it, and how to use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropout_lab.analysis.formatting import number
from dropout_lab.analysis.predictions import read_predictions
from dropout_lab.analysis.study import Study
from dropout_lab.config import Experiment, as_yaml
from dropout_lab.datasets import Dataset
from dropout_lab.final_model.model_card_inputs import call_of, rows_of
from dropout_lab.report.table import what_is_dropped
from dropout_lab.stats import bbc_cv

__all__ = ["ChosenPoint", "card"]


@dataclass(frozen=True)
class ChosenPoint:
    """Which point of a result a model has.

    Attributes
    ----------
    value : object
        On the axis of the sweep; None if the result does not have it.
    why : str
        In words.
    chosen : bool
        Whether it was chosen as the best of several, and so looks better than it is.
    """

    value: Any
    why: str
    chosen: bool


def card(
    study: Study, experiment: Experiment, data: Dataset, choice: ChosenPoint, model: Path, versions: Mapping[str, str]
) -> str:
    """Write a model's card, as Markdown.

    Parameters
    ----------
    study : Study
        The result it was chosen by.
    experiment : Experiment
        At the chosen point.
    data : Dataset
    choice : ChosenPoint
    model : Path
        Its file, beside which the card lies.
    versions : mapping
    """
    note = f"\n{data.note}\n" if data.note else ""
    file = model.name
    return f"""# {experiment.name}

{what_is_dropped(experiment).capitalize()}, rate {_rate(experiment)}; a model of kind {experiment.model.kind}.

{choice.why}

## Trained on

{rows_of(data)}

Checksum of the values: `{study.facts.checksum or "not known"}`.
{note}
## What may be expected

{_expected(study, choice)}
It is an estimate for rows like these, from models that were trained on a part of them: this one, trained on all, is not
measured by itself.

## How to use it

    dropout-lab predict {file} rows.csv --out predictions.csv{_read(data)}

or with Keras alone (what is done to rows is inside: they are given as they are in the data):

{call_of(data, file)}

## Made with

{", ".join(f"{name} {version}" for name, version in versions.items())}

```yaml
{as_yaml(experiment, model.parent).rstrip()}
```
"""


def _rate(experiment: Experiment) -> str:
    return f"{experiment.dropout.strength:g}" if experiment.dropout.kind != "none" else "0"


def _read(data: Dataset) -> str:
    if data.table is None:
        return ""
    return """

which finds the columns by their names and passes others over, reads the file by the rules that the training data were
read by, and tells texts that it does not know;"""


def _expected(study: Study, choice: ChosenPoint) -> str:
    """Say what may be expected of new rows: corrected for the choice, where there was one."""
    if choice.value is None or choice.value not in study.means:
        return "Nothing is known: the result does not have this setting."
    measured = f"Held-out {study.scale.name} was {_measured(study, choice.value)}."
    if study.experiment.regression:
        mse, mae = (number(_mean(study, name, choice.value)) for name in ("mse", "mae"))
        errors = f"the mean squared error was {mse} and the mean absolute error {mae}"
        measured = f"{measured} It is the {study.scale.meaning}. In the target's unit {errors}."
    if not choice.chosen:
        return measured
    forecast = None
    if study.scale.name == "accuracy":
        predictions = read_predictions(study.folder, study.experiment, study.trials, study.axis.column)
        forecast = None if predictions is None else bbc_cv(predictions, (study.axis.column,))
    if forecast is None:
        return f"{measured} It was chosen as the best of {len(study.means)}, and so looks better than it is."
    return (
        f"Accuracy on new rows: about {forecast.estimate:.1%} (95% interval {forecast.low:.1%} to "
        f"{forecast.high:.1%}), by BBC-CV, which corrects for having chosen the best of {forecast.points}. {measured}"
    )


def _measured(study: Study, value: Any) -> str:
    mean = study.scale.brief(study.means[value])
    if value not in study.intervals:
        return mean
    low, high = (study.scale.brief(end) for end in study.intervals[value])
    return f"{mean} (95% interval {low} to {high})"


def _mean(study: Study, name: str, value: Any) -> float:
    there = study.succeeded
    return float(there.loc[there[study.axis.column] == value, name].mean())
