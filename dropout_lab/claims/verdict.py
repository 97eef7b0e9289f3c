"""Trials -> what they say of a claim. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.config import Claim, ClaimContrast, Pair, text_of
from dropout_lab.results.sweep_columns import OWN
from dropout_lab.stats import Design, correction
from dropout_lab.stats.corrected_t import estimate, interval

__all__ = ["Effect", "Finding", "Verdict", "judge"]

Verdict = Literal["supported", "contradicted", "undecided"]
Array = NDArray[np.float64]

_ERROR = 0.05


@dataclass(frozen=True)
class Effect:
    """One contrast, measured. Numbers that do not exist are NaN.

    Attributes
    ----------
    name : str
    mean, low, high : float
        The difference, or the ratio, and its interval; as measured, whichever way the claim goes.
    n : int
        Over how many pairs of trials, of the same repeat and fold.
    verdict : str
    """

    name: str
    mean: float
    low: float
    high: float
    n: int
    verdict: Verdict


@dataclass(frozen=True)
class Finding:
    """What a study says of a claim."""

    verdict: Verdict
    effects: tuple[Effect, ...]


def judge(claim: Claim, trials: pd.DataFrame, values: pd.Series[float], design: Design) -> Finding:
    """Measure a claim's contrasts and conclude.

    A contrast supports the claim if its interval lies on the claimed side of no difference and its mean reaches the
    smallest difference that counts; it contradicts the claim if the whole interval falls short of that difference.
    Intervals are those of paired differences with the corrected variance (`stats.estimate`); of ratios, those of
    differences of logarithms. Where one contrast of several is enough they are simultaneous (Bonferroni).

    Parameters
    ----------
    claim : Claim
    trials : pandas.DataFrame
        As in ``trials.csv``, with a column for each axis.
    values : pandas.Series
        What is measured, by the trials' index; missing where a trial has none.
    design : Design
    """
    level = _ERROR / len(claim.contrasts) if claim.holds == "any" else _ERROR
    effects = tuple(_effect(claim, each, trials, values, design, level) for each in claim.contrasts)
    return Finding(_together([each.verdict for each in effects], claim.holds), effects)


def _effect(
    claim: Claim, contrast: ClaimContrast, trials: pd.DataFrame, values: pd.Series[float], design: Design, level: float
) -> Effect:
    with np.errstate(divide="ignore", invalid="ignore"):
        measured = values.map(np.log) if claim.scale == "ratio" else values
    pairs = [contrast, *([contrast.less] if contrast.less else [])]
    differences = [_difference(pair, trials, measured) for pair in pairs]
    difference = differences[0] - differences[1] if contrast.less else differences[0]
    known = np.array(difference.sort_index(), np.float64)
    known[~np.isfinite(known)] = np.nan
    points = [trials[_at(point, trials)] for pair in pairs for point in (pair.of, pair.against)]
    ratio = max(correction(some, design) for some in points)  # points may differ in their training rows
    made = estimate(known, ratio)
    low, high = interval(made, 1 - level)
    sign = 1 if claim.direction == "higher" else -1
    least = math.log(claim.smallest) if claim.scale == "ratio" else claim.smallest
    ends = sorted((sign * float(low), sign * float(high)))
    shown = math.exp if claim.scale == "ratio" else float
    return Effect(
        name=name_of(contrast),
        mean=shown(made.mean),
        low=shown(low),
        high=shown(high),
        n=int(made.n),
        verdict=_verdict(sign * float(made.mean), ends[0], ends[1], least),
    )


def _difference(pair: Pair, trials: pd.DataFrame, values: pd.Series[float]) -> pd.Series[float]:
    """Return the difference between two points by (repeat, fold)."""
    sides = [_at(point, trials) for point in (pair.of, pair.against)]
    first, second = (
        values[side].groupby([trials["repeat"][side], trials["fold"][side]]).agg(_mean_of_all) for side in sides
    )
    return first - second


def _mean_of_all(values: pd.Series[float]) -> float:
    """Return the mean, missing if any value is: the mean of a part is no match for that of all."""
    return float(values.mean(skipna=False))


def _at(point: Mapping[str, Any], trials: pd.DataFrame) -> pd.Series[bool]:
    found = pd.Series(True, index=trials.index)
    for key, value in point.items():
        column = trials[OWN.get(key, key)]
        found &= np.isclose(column, value) if pd.api.types.is_numeric_dtype(column) else column == text_of(value)
    return found


def _verdict(mean: float, low: float, high: float, least: float) -> Verdict:
    """Judge an effect, turned so that the claim says it is positive."""
    if high < least:
        return "contradicted"
    return "supported" if low > 0 and mean >= least else "undecided"


def _together(verdicts: list[Verdict], holds: str) -> Verdict:
    yes, no, count = verdicts.count("supported"), verdicts.count("contradicted"), len(verdicts)
    needed = {"all": count, "any": 1, "most": count // 2 + 1}[holds]
    if yes >= needed:
        return "supported"
    return "contradicted" if count - no < needed else "undecided"


def name_of(contrast: ClaimContrast) -> str:
    """Return what a contrast is called: its name, or what differs."""
    if contrast.name:
        return contrast.name
    of, against = (
        ", ".join(f"{key.rpartition('.')[2].replace('_', ' ')} {text_of(value)}" for key, value in point.items())
        for point in (contrast.of, contrast.against)
    )
    return f"{of} against {against}"
