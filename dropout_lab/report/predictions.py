"""The predictions of a result, for what is estimated from them."""

from __future__ import annotations

import zlib
from pathlib import Path

import pandas as pd

__all__ = ["read_predictions"]


def read_predictions(path: Path, trials: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """Read the predictions of the trials that have a result.

    Parameters
    ----------
    path : Path
        Of ``predictions.csv.gz``.
    trials : pandas.DataFrame
        As in ``trials.csv``.
    column : str
        The column of the trials that is swept.

    Returns
    -------
    pandas.DataFrame or None
        ``row``, ``label``, a probability per class and the swept column. None where there is none, the file is
        missing, or torn, as while trials are being written: a report then does without what is estimated from it.
    """
    try:
        predictions = pd.read_csv(path, dtype={"trial": "category"}, usecols=_used)
    except (OSError, EOFError, zlib.error, ValueError):
        return None
    succeeded = trials[trials["accuracy"].notna()]
    predictions[column] = predictions["trial"].map(dict(zip(succeeded["trial"], succeeded[column], strict=True)))
    found = predictions[predictions[column].notna()].drop(columns="trial")
    return found if 0 < len(found) == succeeded["test_rows"].sum() else None


def _used(column: str) -> bool:
    return column not in ("rate", "repeat", "fold")
