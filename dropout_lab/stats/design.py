"""How the trials of a result depend on one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.config.evaluation import LeaveOneGroupOut, Predefined, TimeSeries
from dropout_lab.config.windows import SeriesTable

__all__ = ["Design", "correction", "corrections", "design_of", "with_blocks"]


_BLOCKS = 10


@dataclass(frozen=True)
class Design:
    """Which trials a point of the sweep has, and what they share.

    Attributes
    ----------
    folds : int
        Folds per repeat; 1 where the split is fixed, so that repeats are seeds on the same rows.
    repeats : int
    unit : str
        What varies by chance among the held-out rows: ``row``; ``fold``, where its rows are a group, or neighbors in
        time, and so no independent observations; or ``block``, where all rows are neighbors in time: some that follow
        one another.
    given : bool
        Whether the folds are those of a column, which may be anything: random parts, sites or periods.
    named_groups : bool
        Whether rows that are held out together, if any are, are groups that the user named, rather than rows with equal
        inputs.
    least_block : int
        Rows of a block at least, as fewer would share what they are made of.
    """

    folds: int
    repeats: int
    unit: Literal["row", "fold", "block"] = "row"
    given: bool = False
    named_groups: bool = True
    least_block: int = 1

    @property
    def trials(self) -> int:
        """How many trials of a point are planned."""
        return self.folds * self.repeats

    @property
    def fixed(self) -> bool:
        """Whether all trials are tested on the same rows."""
        return self.folds == 1


def design_of(experiment: Experiment) -> Design:
    """Return the design of an experiment."""
    evaluation, dataset = experiment.evaluation, experiment.dataset
    unit: Literal["row", "fold", "block"] = "row"
    least_block = 1
    if isinstance(evaluation, TimeSeries | LeaveOneGroupOut):
        unit = "fold"
    elif isinstance(dataset, SeriesTable) and dataset.window:
        unit, least_block = "block", -(-(dataset.window + dataset.horizon) // dataset.step)
    return Design(
        evaluation.folds,
        evaluation.repeats,
        unit,
        given=isinstance(evaluation, Predefined) and not experiment.grouped,
        named_groups=experiment.grouped or isinstance(dataset, BuiltinDataset),
        least_block=least_block,
    )


def with_blocks(predictions: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return predictions in which the rows of a fold, or of a block, are a group, if it is the unit and there is none.

    Blocks are ten, or fewer that have `Design.least_block` rows, as means of so many are nearly independent while there
    are enough of them to tell how they vary (Schmeiser, "Batch size effects in the analysis of simulation output",
    Operations Research 30, 1982).
    """
    if design.unit == "row" or "group" in predictions:
        return predictions
    if design.unit == "fold":
        return predictions.assign(group=predictions["fold"])
    rows, position = np.unique(predictions["row"].to_numpy(np.int64), return_inverse=True)
    blocks = max(1, min(_BLOCKS, len(rows) // design.least_block))
    return predictions.assign(group=position * blocks // len(rows))


def correction(trials: pd.DataFrame, design: Design) -> float:
    """Return the increase in the variance of a mean from shared training rows, as a multiple of the trials' variance.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``; ``train_rows`` and ``test_rows`` are used.
    design : Design

    Returns
    -------
    float
        n_test / n_train, each summed over the trials (Nadeau and Bengio, Machine Learning 52, 2003, section 5); 0 for
        a fixed split, where every statement is conditional on its rows; missing if no rows are known.
    """
    return float(corrections(trials, np.zeros(len(trials), dtype=np.int64), 1, design)[0])


def corrections(trials: pd.DataFrame, point: NDArray[np.int64], points: int, design: Design) -> NDArray[np.float64]:
    """Return the `correction` of each point of a sweep, which may differ in their training rows.

    Parameters
    ----------
    trials, design
        As of `correction`.
    point : array of shape (trials,)
        The point that each trial belongs to.
    points : int

    Returns
    -------
    array of shape (points,)
    """
    if design.fixed:
        return np.zeros(points)
    rows = trials[["test_rows", "train_rows"]].to_numpy(np.float64)
    known = np.isfinite(rows).all(axis=1)
    tested, trained = (np.bincount(point[known], counts, points) for counts in rows[known].T)
    ratios: NDArray[np.float64] = np.divide(tested, trained, out=np.full(points, np.nan), where=trained > 0)
    return ratios
