"""The card of a model: what it is, its training data, its expected performance, and how to use it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dropout_lab.analysis.metric_format import metric_format
from dropout_lab.analysis.study import Study
from dropout_lab.config import Experiment, as_yaml
from dropout_lab.datasets import Dataset
from dropout_lab.final_model.model_card_inputs import describe_training_rows, escape_markdown, usage_with_keras
from dropout_lab.final_model.new_pictures import takes_pictures
from dropout_lab.report.describe import describe_dropout
from dropout_lab.stats.phrases import capital

__all__ = ["ChosenPoint", "model_card"]


@dataclass(frozen=True)
class ChosenPoint:
    """The point of a result that a model was trained at.

    Attributes
    ----------
    value : object
        On the axis of the sweep; None if the result does not have it.
    why : str
        Why this point, in a sentence.
    chosen : bool
        Whether it was chosen as the best of several, so that its mean is optimistic.
    """

    value: Any
    why: str
    chosen: bool


def model_card(
    study: Study, experiment: Experiment, data: Dataset, choice: ChosenPoint, model: Path, versions: Mapping[str, str]
) -> str:
    """Write a model's card in Markdown.

    Parameters
    ----------
    study : Study
        The result from which its point was chosen.
    experiment : Experiment
        At the chosen point.
    data : Dataset
    choice : ChosenPoint
    model : Path
        Its file; the card goes beside it.
    versions : mapping
        Of packages, by name.
    """
    note = f"\n{data.note}\n" if data.note else ""
    note += "".join(f"\nNote: {escape_markdown(text, 1000)}.\n" for text in study.facts.splits)
    file = model.name
    return f"""# {experiment.name}

{capital(describe_dropout(experiment))}, rate {_rate(experiment)}; model kind: {experiment.model.kind}.

{choice.why}

## Training data

{describe_training_rows(data)}

Checksum of the values: `{study.facts.checksum or "unknown"}`.
{note}
## Expected performance

{_expected(study, choice)}
This estimate holds for rows like these. It comes from models trained on part of the data; the final model, trained on
all of it, has not been evaluated itself.

## Usage

    dropout-lab predict {file} {_new_rows(data)} --out predictions.csv{_table_usage(data)}

or with Keras alone (preprocessing is part of the model, so pass raw rows):

{usage_with_keras(data, file)}

## Versions and configuration

{", ".join(f"{name} {version}" for name, version in versions.items())}

```yaml
{as_yaml(experiment, model.parent).rstrip()}
```
"""


def _rate(experiment: Experiment) -> str:
    return f"{experiment.dropout.strength:g}" if experiment.dropout.kind != "none" else "0"


def _new_rows(data: Dataset) -> str:
    return "pictures/" if takes_pictures(data.row, data.features.dtype == np.uint8) else "rows.csv"


def _table_usage(data: Dataset) -> str:
    if data.table is None:
        return ""
    return """

which finds the columns by name, ignores other columns, reads the file the way the training data were read, and reports
texts that did not occur in training;"""


def _expected(study: Study, choice: ChosenPoint) -> str:
    """State the expected performance on new data, corrected for selection bias if the point was chosen as the best."""
    if choice.value is None or choice.value not in study.means:
        return "Unknown: the result does not include this setting."
    unit = " The unit is the target's." if study.experiment.regression else ""
    measured = (
        f"Held-out {study.scale.title} was {_measured(study, choice.value)}: {study.scale.meaning}.{_dummy(study)} "
        f"Further metrics: {', '.join(_further(study, choice.value))}.{unit}"
    )
    if not choice.chosen:
        return measured
    forecast = study.verdict.forecast if study.verdict else None
    if forecast is None:
        return f"{measured} As the best of {len(study.means)}, it is an optimistic estimate."
    return (
        f"Expect about {forecast.estimate:.1%} accuracy on new data (95% interval {forecast.low:.1%} to "
        f"{forecast.high:.1%}; BBC-CV, corrected for selecting the best of {forecast.points}). {measured}"
    )


def _dummy(study: Study) -> str:
    """Say what predictions without a look at the inputs reach, if that is known."""
    value = study.dummy(study.scale.name)
    return f" {capital(study.scale.dummy)} reaches {study.scale.text(value)}." if math.isfinite(value) else ""


def _measured(study: Study, value: Any) -> str:
    mean = study.scale.brief(study.means[value])
    if value not in study.intervals:
        return mean
    low, high = (study.scale.brief(end) for end in study.intervals[value])
    return f"{mean} (95% interval {low} to {high})"


def _further(study: Study, value: Any) -> Iterator[str]:
    """Yield each metric that the result is not judged by, with its mean at a point: ``loss 0.412 nats``."""
    trials = study.succeeded[study.succeeded[study.axis.column] == value]
    for metric in map(metric_format, study.metrics):
        if metric.name != study.scale.name and trials[metric.name].notna().any():
            yield f"{metric.title} {metric.text(trials[metric.name].mean())}"
