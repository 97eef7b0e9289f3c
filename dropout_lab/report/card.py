"""The card of a model: what it is, what it was trained on, what may be expected of it, and how to use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dropout_lab.config import Experiment, as_yaml
from dropout_lab.datasets import Dataset
from dropout_lab.report.predictions import read_predictions
from dropout_lab.report.study import Study
from dropout_lab.report.table import what_is_dropped
from dropout_lab.stats import bbc_cv

__all__ = ["Choice", "card"]


@dataclass(frozen=True)
class Choice:
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
    study: Study, experiment: Experiment, data: Dataset, choice: Choice, file: str, versions: Mapping[str, str]
) -> str:
    """Write a model's card, as Markdown.

    Parameters
    ----------
    study : Study
        The result it was chosen by.
    experiment : Experiment
        At the chosen point.
    data : Dataset
    choice : Choice
    file : str
        The model's.
    versions : mapping
    """
    rows = len(data.labels) - data.test_rows
    left = f" (the {data.test_rows:,} official test rows were left alone)" if data.test_rows else ""
    shape = " x ".join(map(str, data.row))
    classes = ", ".join(f"{code}: {name}" for code, name in enumerate(data.classes))
    several = len(data.classes) > 2
    output = "a number per class, the highest the answer's" if several else f"the probability of {data.classes[1]}"
    note = f"\n{data.note}\n" if data.note else ""
    return f"""# {experiment.name}

{what_is_dropped(experiment).capitalize()}, rate {_rate(experiment)}; a model of kind {experiment.model.kind}.

{choice.why}

## Trained on

{data.name}: all {rows:,} rows{left}, {shape} numbers each, in the order of the data set. {data.source}.
Classes: {classes}. Checksum of the values: `{study.facts.checksum or "not known"}`.
{note}
## What may be expected

{_expected(study, choice)}
It is an estimate for rows like these, from models that were trained on a part of them: this one, trained on all, is not
measured by itself.

## How to use it

    dropout-lab predict {file} rows.csv --out predictions.csv

or with Keras alone (scaling is inside; rows are as in the data, not scaled):

```python
import keras

model = keras.models.load_model("{file}", compile=False, safe_mode=True)
model.predict(rows)     # shape (rows, {", ".join(map(str, data.row))}); gives {output}
```

## Made with

{", ".join(f"{name} {version}" for name, version in versions.items())}

```yaml
{as_yaml(experiment).rstrip()}
```
"""


def _rate(experiment: Experiment) -> str:
    return f"{experiment.dropout.strength:g}" if experiment.dropout.kind != "none" else "0"


def _expected(study: Study, choice: Choice) -> str:
    """Say what accuracy may be expected: corrected for the choice, where there was one."""
    if choice.value is None or choice.value not in study.means:
        return "Nothing is known: the result does not have this setting."
    mean = f"{study.means[choice.value]:.1%}"
    low, high = study.intervals.get(choice.value, (None, None))
    span = f" (95% interval {low:.1%} to {high:.1%})" if low is not None and high is not None else ""
    measured = f"Held-out accuracy was {mean}{span}."
    if not choice.chosen:
        return measured
    predictions = read_predictions(study.folder, study.trials, study.axis.column)
    forecast = None if predictions is None else bbc_cv(predictions, by=(study.axis.column,))
    if forecast is None:
        return f"{measured} It was chosen as the best of {len(study.means)}, and so looks better than it is."
    return (
        f"Accuracy on new rows: about {forecast.estimate:.1%} (95% interval {forecast.low:.1%} to "
        f"{forecast.high:.1%}), by BBC-CV, which corrects for having chosen the best of {forecast.points}. {measured}"
    )
