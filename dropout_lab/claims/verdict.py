"""What trials show about a claim. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from dropout_lab.config import Claim, ClaimContrast, Pair, text_of
from dropout_lab.results.sweep_columns import OWN
from dropout_lab.stats import Design, correction
from dropout_lab.stats.corrected_t import estimate, interval
from dropout_lab.stats.phrases import noun

__all__ = ["Effect", "Finding", "Verdict", "judge"]

Verdict = Literal["supported", "contradicted", "undecided"]

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
        How many pairs of trials, of the same repeat and fold, it rests on.
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
    """What an experiment shows about a claim."""

    verdict: Verdict
    effects: tuple[Effect, ...]


def judge(claim: Claim, trials: pd.DataFrame, values: pd.Series[float], design: Design) -> Finding:
    """Measure a claim's contrasts and reach a verdict.

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
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = values.map(np.log) if claim.scale == "ratio" else values
    effects = tuple(_effect(claim, contrast, trials, scaled, design, level) for contrast in claim.contrasts)
    return Finding(_overall([effect.verdict for effect in effects], claim.holds), effects)


def _effect(
    claim: Claim, contrast: ClaimContrast, trials: pd.DataFrame, values: pd.Series[float], design: Design, level: float
) -> Effect:
    pairs = [contrast, contrast.less] if contrast.less else [contrast]
    differences = [_difference(pair, trials, values) for pair in pairs]
    difference = differences[0] - differences[1] if contrast.less else differences[0]
    points = [trials[_is_at(point, trials)] for pair in pairs for point in (pair.of, pair.against)]
    ratio = max(correction(point, design) for point in points)  # points may differ in their training rows
    found = estimate(np.array(difference.sort_index(), np.float64), ratio)
    mean, low, high = float(found.mean), *map(float, interval(found, 1 - level))
    unscaled = math.exp if claim.scale == "ratio" else float
    return Effect(
        name_of(contrast), unscaled(mean), unscaled(low), unscaled(high), int(found.n), _verdict(claim, mean, low, high)
    )


def _difference(pair: Pair, trials: pd.DataFrame, values: pd.Series[float]) -> pd.Series[float]:
    """Return the difference between two points by (repeat, fold), missing where any trial lacks the value."""
    means = []
    for point in (pair.of, pair.against):
        at = _is_at(point, trials)
        pairs = values[at].groupby([trials["repeat"][at], trials["fold"][at]])
        means.append(pairs.agg(lambda group: group.mean(skipna=False)))
    return means[0] - means[1]


def _is_at(point: Mapping[str, Any], trials: pd.DataFrame) -> pd.Series[bool]:
    at = pd.Series(True, index=trials.index)
    for key, value in point.items():
        column = trials[OWN.get(key, key)]
        at &= np.isclose(column, value) if pd.api.types.is_numeric_dtype(column) else column == text_of(value)
    return at


def _verdict(claim: Claim, mean: float, low: float, high: float) -> Verdict:
    if claim.direction == "lower":
        mean, low, high = -mean, -high, -low
    smallest = math.log(claim.smallest) if claim.scale == "ratio" else claim.smallest
    if high < smallest:
        return "contradicted"
    return "supported" if low > 0 and mean >= smallest else "undecided"


def _overall(verdicts: list[Verdict], holds: str) -> Verdict:
    supported, contradicted, count = verdicts.count("supported"), verdicts.count("contradicted"), len(verdicts)
    needed = {"all": count, "any": 1, "most": count // 2 + 1}[holds]
    if supported >= needed:
        return "supported"
    return "contradicted" if count - contradicted < needed else "undecided"


def name_of(contrast: ClaimContrast) -> str:
    """Return what a contrast is called: its name, or what differs."""
    if contrast.name:
        return contrast.name
    names = (
        ", ".join(f"{noun(key)} {text_of(value)}" for key, value in point.items())
        for point in (contrast.of, contrast.against)
    )
    return " against ".join(names)
