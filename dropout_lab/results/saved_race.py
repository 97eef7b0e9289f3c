"""The race of a result, replayed from its files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab.config import Experiment
from dropout_lab.results.files import TRIALS, is_there
from dropout_lab.results.read import read_predictions, read_trials
from dropout_lab.results.training_targets import saved_targets

if TYPE_CHECKING:
    from dropout_lab.stats import Race

__all__ = ["saved_race"]


def saved_race(folder: Path, experiment: Experiment, finished: Collection[str] | None = None) -> Race:
    """Replay the race of a result.

    Parameters
    ----------
    folder : Path
        It may not be there yet.
    experiment : Experiment
        Of a sweep that ends when it is settled.
    finished : collection of str, optional
        The ids of the trials that count as finished; by default all that are on disk.

    Raises
    ------
    ResultsError
        If the result cannot be read.
    """
    import pandas as pd

    from dropout_lab.stats import has_result, race_of

    if not is_there(folder / TRIALS) or (finished is not None and not finished):
        return race_of(experiment, pd.DataFrame({"trial": [], "repeat": []}))
    trials = read_trials(folder)
    if finished is not None:
        trials = trials[trials["trial"].isin(list(finished))]
    done = trials[has_result(trials)]
    predictions = None if done.empty else read_predictions(folder, done)
    return race_of(experiment, trials, predictions, saved_targets(folder))
