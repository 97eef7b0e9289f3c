"""The axes of a sweep as columns of a table."""

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
"""Keys that have a column in every result; any other is called by its dotted key."""


def keys_of(experiment: Experiment) -> tuple[str, ...]:
    """Return the dotted keys that vary; how strong the dropout is, if none does."""
    return tuple(experiment.sweep) or (f"dropout.{experiment.dropout.strength_key}",)


def column_of(key: str, experiment: Experiment) -> str:
    """Return what a dotted key's column is called; where layers have rates of their own they are no `rate`."""
    if key == RATE and any(isinstance(point.dropout.rate, LayerRates) for point in experiment.points()):
        return key
    return OWN.get(key, key)


def more_columns(experiment: Experiment) -> tuple[str, ...]:
    """Return the columns that ``trials.csv`` has because of the sweep, beside those it always has."""
    return tuple(key for key in experiment.sweep if key not in OWN)


def value_at(experiment: Experiment, key: str) -> Any:
    """Return what a dotted key is set to: a number, or a text (`text_of`) of what is none."""
    value: Any = functools.reduce(_part, key.split("."), experiment)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, LayerRates):
        return str(value)
    return text_of(without_defaults(value) if isinstance(value, Section) else value)


def _part(whole: Any, name: str) -> Any:
    return whole[name] if isinstance(whole, Mapping) else getattr(whole, name)


def with_sweep_columns(trials: pd.DataFrame, planned: Sequence[Trial], experiment: Experiment) -> pd.DataFrame:
    """Return trials with a column for each axis, as planned: numbers, or else a category, in the order of the sweep.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``; ``trial`` is used. All are among the planned ones.
    planned : sequence of Trial
        The experiment's.
    experiment : Experiment
    """
    import pandas as pd

    columns = {}
    for key in keys_of(experiment):
        values = {trial.id: value_at(trial.experiment, key) for trial in planned}
        found = trials["trial"].map(values)
        if any(isinstance(value, str) for value in values.values()):
            names = list(dict.fromkeys(map(text_of, values.values())))
            found = pd.Series(pd.Categorical(found.map(text_of), names, ordered=True), index=trials.index)
        columns[column_of(key, experiment)] = found
    return trials.assign(**columns)
