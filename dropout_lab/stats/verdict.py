"""The answer to the question which rate to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from dropout_lab.stats.decision import Decision
from dropout_lab.stats.details import details
from dropout_lab.stats.forecast import Forecast
from dropout_lab.stats.sentence import sentence
from dropout_lab.stats.trial_matrix import index_of

__all__ = ["Verdict", "verdict"]


@dataclass(frozen=True)
class Verdict:
    """What a sweep tells, in words.

    Attributes
    ----------
    outcome : str
        ``winner``, ``same`` or ``unclear``, see `Decision`; ``unfinished`` as long as planned trials are missing.
    sentence : str
    details : tuple of str
        Further sentences.
    decision : Decision
        What they say, for a program.
    """

    outcome: Literal["winner", "same", "unclear", "unfinished"]
    sentence: str
    details: tuple[str, ...]
    decision: Decision


def verdict(
    decision: Decision,
    *,
    forecast: Forecast | None = None,
    sampling: pd.DataFrame | None = None,
    controls: Mapping[str, str] | None = None,
) -> Verdict:
    """Say which point of a sweep to use, and how sure that is.

    Parameters
    ----------
    decision : Decision
    forecast : Forecast, optional
        As `bbc_cv` makes it.
    sampling : pandas.DataFrame, optional
        As `sampling_error` makes it, with the same columns and baseline.
    controls : mapping, optional
        Where points are called by names, the one to propose for the comparison of each.
    """
    errors = None if decision.comparison.metric.name != "accuracy" else _errors(decision, sampling)
    outcome = "unfinished" if decision.missing else decision.outcome
    return Verdict(outcome, sentence(decision, controls or {}), details(decision, forecast, errors), decision)


def _errors(decision: Decision, sampling: pd.DataFrame | None) -> tuple[float, float] | None:
    """Return the two standard errors of the best point over test rows."""
    if sampling is None or decision.best is None:
        return None
    index = index_of(sampling[list(decision.comparison.columns)], decision.best.point)
    return float(sampling["error"].iloc[index]), float(sampling["diff_error"].iloc[index])
