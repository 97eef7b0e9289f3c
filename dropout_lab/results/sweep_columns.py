"""The axes of a sweep as columns."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dropout_lab.config import Experiment, text_of, without_defaults
from dropout_lab.config.layer_rates import LayerRates
from dropout_lab.config.section import Section
from dropout_lab.config.sweep import RATE
from dropout_lab.plan import Trial

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OWN", "column_of", "keys_of", "more_columns", "value_at", "with_sweep_columns"]

OWN = {"dropout.rate": "rate", "dropout.kind": "kind", "dropout.where": "where"}
"""Keys that have a column in every result; the columns of others are named by the dotted key."""


def keys_of(experiment: Experiment) -> tuple[str, ...]:
    """Return the dotted keys that vary; if none does, the key of the dropout's strength."""
    return tuple(experiment.axes) or (f"dropout.{experiment.dropout.strength_key}",)


def column_of(key: str, experiment: Experiment) -> str:
    """Return the name of a dotted key's column; rates per layer are not in the column ``rate``."""
    if key == RATE and any(isinstance(point.dropout.rate, LayerRates) for point in experiment.points()):
        return key
    return OWN.get(key, key)


def more_columns(experiment: Experiment) -> tuple[str, ...]:
    """Return the columns that the sweep adds to ``trials.csv``."""
    return tuple(key for key in experiment.axes if key not in OWN)


def value_at(experiment: Experiment, key: str) -> Any:
    """Return the value of a dotted key: a number, or text (`text_of`) for anything else."""
    value: Any = functools.reduce(_child, key.split("."), experiment)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, LayerRates):
        return str(value)
    return text_of(without_defaults(value) if isinstance(value, Section) else value)


def _child(section: Any, name: str) -> Any:
    return section[name] if isinstance(section, Mapping) else getattr(section, name)


def with_sweep_columns(trials: pd.DataFrame, planned: Sequence[Trial], experiment: Experiment) -> pd.DataFrame:
    """Return trials with a column for each axis, as planned: numbers, or categories in the order of the sweep.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``; only the column ``trial`` is used. All of them are planned.
    planned : sequence of Trial
        The experiment's plan.
    experiment : Experiment
    """
    import pandas as pd

    columns = {}
    for key in keys_of(experiment):
        values = {trial.id: value_at(trial.experiment, key) for trial in planned}
        column = trials["trial"].map(values)
        if any(isinstance(value, str) for value in values.values()):
            names = list(dict.fromkeys(map(text_of, values.values())))
            column = pd.Series(pd.Categorical(column.map(text_of), names, ordered=True), index=trials.index)
        columns[column_of(key, experiment)] = column
    return trials.assign(**columns)
