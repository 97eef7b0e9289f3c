"""Trials that are planned and not finished."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dropout_lab.plan import Trial

__all__ = ["MISSING", "OK", "completed"]

OK = "ok"
"""The status of a trial that ended normally."""

MISSING = "missing"
"""The status of a trial that is planned and not finished; no row of ``trials.csv`` has it."""


def completed(trials: pd.DataFrame, planned: Sequence[Trial]) -> pd.DataFrame:
    """Return trials, and after them a row for each planned one that is not among them, without a result.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``.
    planned : sequence of Trial

    Returns
    -------
    pandas.DataFrame
        The added rows have ``trial``, ``repeat``, ``fold``, and `MISSING` as ``status``. Of a finished sweep, the
        trials as they are.
    """
    found = set(trials["trial"])
    rows = [(trial.id, trial.repeat, trial.fold, MISSING) for trial in planned if trial.id not in found]
    absent = pd.DataFrame(rows, columns=["trial", "repeat", "fold", "status"])
    if absent.empty:
        return trials
    return absent.reindex(columns=trials.columns) if trials.empty else pd.concat([trials, absent], ignore_index=True)
