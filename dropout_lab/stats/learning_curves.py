"""Convergence and generalization of a training, from its learning curve."""

from __future__ import annotations

import pandas as pd

__all__ = ["carry_forward", "convergence"]


def convergence(trials: pd.DataFrame, history: pd.DataFrame, level: float | None = None) -> pd.DataFrame:
    """Return the trials with columns for the convergence of each.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``.
    history : pandas.DataFrame
        As in ``history.csv``; rows of other trials do not matter.
    level : float, optional
        The training loss that ``epochs_to_loss`` waits for, in nats. It is measured while dropout is on, which alone
        makes it higher: a rate that learns as fast reaches a level later.

    Returns
    -------
    pandas.DataFrame
        `trials` with these columns more:

        - ``epochs_to_best``: epochs until the held-out loss was first at its lowest;
        - ``epochs_to_loss``: epochs until the training loss first reached the level; only if a level is given, and
          missing if it never did;
        - ``accuracy_gap``, ``train_accuracy`` minus ``accuracy``, and ``loss_gap``, ``loss`` minus ``train_loss``: how
          much better the net is, after training and with dropout off, on its training rows.

        All are missing for a trial without a result.
    """
    epochs = history.sort_values("epoch", kind="stable")
    known = epochs.dropna(subset="loss")
    best = known.loc[known.groupby("trial")["loss"].idxmin()].set_index("trial")["epoch"]
    columns = {"epochs_to_best": trials["trial"].map(best)}
    if level is not None:
        reached = epochs[epochs["train_loss"] <= level].groupby("trial")["epoch"].min()
        columns["epochs_to_loss"] = trials["trial"].map(reached)
    columns["accuracy_gap"] = trials["train_accuracy"] - trials["accuracy"]
    columns["loss_gap"] = trials["loss"] - trials["train_loss"]
    ok = trials["status"] == "ok"
    return trials.assign(**{name: values.astype(float).where(ok) for name, values in columns.items()})


def carry_forward(history: pd.DataFrame) -> pd.DataFrame:
    """Extend learning curves to the length of the longest: a training that has ended stays where it ended.

    Otherwise a mean over trainings would be one over those that have not ended yet, which are not like the others.

    Parameters
    ----------
    history : pandas.DataFrame
        As in ``history.csv``.
    """
    ends = history.loc[history.groupby("trial")["epoch"].idxmax()]
    more = ends.loc[ends.index.repeat(ends["epoch"].max() - ends["epoch"])]
    if more.empty:
        return history
    later = more["epoch"] + more.groupby("trial").cumcount() + 1
    return pd.concat([history, more.assign(epoch=later)], ignore_index=True)
