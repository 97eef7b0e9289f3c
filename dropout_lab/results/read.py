"""Reading a result for analysis."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab.errors import ResultsError
from dropout_lab.results.store import CONFIG, TRIALS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_trials"]


def read_trials(folder: Path) -> pd.DataFrame:
    """Read the trials of a result.

    Returns
    -------
    pandas.DataFrame
        ``trials.csv``, a row per finished trial; its last line is left out if it is torn.

    Raises
    ------
    ResultsError
        If the directory holds no results, or they cannot be read.
    """
    import pandas as pd

    if not (folder / CONFIG).is_file() or not (folder / TRIALS).is_file():
        raise ResultsError(f"{folder}: holds no results: expected a directory that 'dropout-lab run' or 'sweep' made")
    try:
        text = (folder / TRIALS).read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        return pd.read_csv(io.BytesIO(whole), dtype={"trial": str, "reason": str})
    except (OSError, ValueError) as error:
        raise ResultsError(f"{folder / TRIALS}: cannot be read: {error}") from None
