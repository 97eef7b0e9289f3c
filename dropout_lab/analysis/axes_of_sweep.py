"""From the trials of a sweep to its axes, and the one that its points are on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dropout_lab import results
from dropout_lab.analysis.axis import POINT, Axis, axis_of, joint_axis, name_of
from dropout_lab.config import Experiment, text_of
from dropout_lab.plan import Trial

__all__ = ["axes_of_sweep", "values_on"]


def axes_of_sweep(
    experiment: Experiment, planned: Sequence[Trial], trials: pd.DataFrame
) -> tuple[tuple[Axis, ...], Axis, pd.DataFrame]:
    """Return the axes of the sweep, the one that points are on, and the trials with a column for it."""
    keys = results.keys_of(experiment)
    axes = tuple(
        axis_of(
            results.column_of(key, experiment),
            list(dict.fromkeys(results.value_at(trial.experiment, key) for trial in planned)),
        )
        for key in keys
    )
    if len(axes) == 1:
        return axes, axes[0], trials
    points = {trial.id: values_on(axes, keys, trial) for trial in planned}
    axis = joint_axis(axes, list(points.values()))
    names = trials["trial"].map({trial: name_of(axes, point) for trial, point in points.items()})
    return axes, axis, trials.assign(**{POINT: pd.Categorical(names, list(axis.values), ordered=True)})


def values_on(axes: Sequence[Axis], keys: Sequence[str], trial: Trial) -> list[Any]:
    """Return the value of a trial on each axis."""
    values = [results.value_at(trial.experiment, key) for key in keys]
    return [text_of(value) if axis.scale == "names" else value for axis, value in zip(axes, values, strict=True)]
