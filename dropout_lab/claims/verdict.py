"""What trials show about a claim. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from dropout_lab.config import Claim, ClaimContrast, Pair, text_of
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.results.sweep_columns import OWN
from dropout_lab.stats import Design, correction
from dropout_lab.stats.cluster_robust import cluster_robust
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import Estimate, interval
from dropout_lab.stats.phrases import noun, rounded
from dropout_lab.stats.power import precision_of
from dropout_lab.stats.row_matrix import cells_for, few_per_class, row_values

__all__ = ["Effect", "Finding", "Verdict", "judge"]

Verdict = Literal["supported", "contradicted", "undecided"]

_ERROR = 0.05

_ROUNDING = 1e-9
"""Differences below this are 0 but for rounding."""

_MANY = 1000
"""More rows than so many times those that there are do not help anybody to decide."""


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
    needed : str
        Of an undecided one, what would decide it if the mean stays as it is; empty where unknown.
    """

    name: str
    mean: float
    low: float
    high: float
    n: int
    verdict: Verdict
    needed: str = ""


@dataclass(frozen=True)
class Finding:
    """What an experiment shows about a claim."""

    verdict: Verdict
    effects: tuple[Effect, ...]


def judge(
    claim: Claim,
    trials: pd.DataFrame,
    values: pd.Series[float],
    design: Design,
    predictions: pd.DataFrame | None = None,
) -> Finding:
    """Measure a claim's contrasts and reach a verdict.

    A contrast supports the claim if its interval lies on the claimed side of no difference and its mean reaches the
    smallest difference that counts; it contradicts the claim if the whole interval falls short of that difference.
    Where that is below 0 (it may be so much worse and still as good), the interval has to lie above it, not above 0.
    Intervals are those of paired differences: of a metric row by row (`cluster_robust`); of other measures, which
    belong to a training as a whole, with the corrected variance (`estimate`); of ratios, those of differences of
    logarithms. Where one contrast of several is enough they are simultaneous (Bonferroni).

    Parameters
    ----------
    claim : Claim
    trials : pandas.DataFrame
        As in ``trials.csv``, with a column for each axis.
    values : pandas.Series
        What is measured, by the trials' index; missing where a trial has none.
    design : Design
    predictions : pandas.DataFrame, optional
        As in ``predictions.csv.gz``, of the trials that have a result.
    """
    level = _ERROR / len(claim.contrasts) if claim.holds == "any" else _ERROR
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = values.map(np.log) if claim.scale == "ratio" else values
    metric = METRICS.get(claim.measure)
    rows = None
    if predictions is not None and metric is not None and metric.has_row_values and claim.scale != "ratio":
        rows = _by_row(predictions, trials, metric)
    evidence = _Evidence(trials, scaled, design, rows)
    effects = tuple(_effect(claim, contrast, evidence, level) for contrast in claim.contrasts)
    return Finding(_overall([effect.verdict for effect in effects], claim.holds), effects)


@dataclass(frozen=True)
class _Evidence:
    """The trials, what is measured of each, and, where the rows are known, that of each row."""

    trials: pd.DataFrame
    values: pd.Series[float]
    design: Design
    rows: pd.DataFrame | None


def _by_row(predictions: pd.DataFrame, trials: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Return a row per prediction: its trial's row, without the metrics, its own value, and its unit."""
    trial = trials.set_index("trial").loc[predictions["trial"]].reset_index()
    unit = predictions["group"] if "group" in predictions else predictions["row"]
    own = {"row": predictions["row"].array, "unit": unit.array, "label": predictions["label"].array}
    return trial.assign(**own, value=row_values(predictions, metric))


def _effect(claim: Claim, contrast: ClaimContrast, evidence: _Evidence, level: float) -> Effect:
    pairs, trials = [contrast, contrast.less] if contrast.less else [contrast], evidence.trials
    difference = _contrast(pairs, trials, evidence.values, ["repeat", "fold"])
    points = [trials[_is_at(point, trials)] for pair in pairs for point in (pair.of, pair.against)]
    ratio = max(correction(point, evidence.design) for point in points)  # points may differ in their training rows
    found = estimate(np.array(difference, np.float64)[np.newaxis], ratio)
    if (rows := evidence.rows) is not None:
        by_row = _contrast(pairs, rows, rows["value"], ["repeat", "fold", "row", "unit", "label"])
        found = _cluster_robust(found, by_row, claim, evidence.design)
    mean, (low, high) = float(found.mean[0]), (float(end[0]) for end in interval(found, 1 - level))
    unscaled = math.exp if claim.scale == "ratio" else float
    verdict = _verdict(claim, mean, low, high)
    needed = ""
    if verdict == "undecided" and rows is not None:
        needed = _needed(claim, found, evidence, level)
    return Effect(name_of(contrast), unscaled(mean), unscaled(low), unscaled(high), int(found.n[0]), verdict, needed)


def _needed(claim: Claim, found: Estimate, evidence: _Evidence, level: float) -> str:
    """Say how many repeats, or rows, would bring the interval to one side of what decides."""
    repeats, rows = evidence.design.repeats, evidence.rows
    mean = float(found.mean[0]) * (-1 if claim.direction == "lower" else 1)
    edge = min(claim.smallest, 0)
    distance = mean - edge if mean >= claim.smallest and mean > edge else claim.smallest - mean
    precision = replace(precision_of(found, 0, repeats), diff=distance)
    if rows is None or not precision.known or distance <= _ROUNDING:
        return ""
    if (enough := precision.repeats_for_significance(level)) is not None:
        return f"about {rounded(max(enough, repeats + 1))} repeats"
    units = rows["unit"].nunique()
    what = "rows" if (rows["unit"] == rows["row"]).all() else "groups"
    enough = precision.rows_for_significance(units, level)
    return f"about {rounded(enough)} {what} like these {units:,}" if enough <= _MANY * units else ""


def _cluster_robust(found: Estimate, difference: pd.Series[float], claim: Claim, design: Design) -> Estimate:
    """Give an effect the standard error that the rows show."""
    keys = difference.index.to_frame(index=False)
    network = keys.groupby(["repeat", "fold"]).ngroup().to_numpy().astype(np.int64)
    steps = keys["row"].nunique() if design.named_groups else None
    metric, unit = METRICS[claim.measure], keys["unit"].to_numpy().astype(np.int64)
    label = None if design.fixed else keys["label"].to_numpy()
    per_class = few_per_class(metric, unit, label, keys["fold"].nunique() / design.folds)
    cells = cells_for(metric, unit, network, steps, per_class)
    return cluster_robust(found, np.array(difference, np.float64)[np.newaxis], cells)


def _contrast(
    pairs: Sequence[Pair], frame: pd.DataFrame, values: pd.Series[float], keys: list[str]
) -> pd.Series[float]:
    """Return the first difference, minus the second if there is one, by these keys, sorted."""
    differences = [_difference(pair, frame, values, keys) for pair in pairs]
    return (differences[0] - differences[1] if len(differences) > 1 else differences[0]).sort_index()


def _difference(pair: Pair, frame: pd.DataFrame, values: pd.Series[float], keys: list[str]) -> pd.Series[float]:
    """Return the difference between two points by these keys, missing where any trial lacks the value."""
    means = []
    for point in (pair.of, pair.against):
        at = _is_at(point, frame)
        means.append(values[at].groupby([frame[key][at] for key in keys]).mean(skipna=False))
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
    return "supported" if low > min(smallest, 0) and mean >= smallest else "undecided"


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
