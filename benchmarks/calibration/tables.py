"""From the answers of all methods to how often they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.designs import DESIGNS
from benchmarks.calibration.methods import METHODS, Answer, DataSet, answers
from benchmarks.calibration.simulate import METRICS, files_of
from dropout_lab.metrics.registry import METRICS as REGISTRY

__all__ = ["design_rows", "overview", "rows_of"]

Array = NDArray[np.float64]

_REPEATS = {1: (1,), 3: (1, 3), 10: (10,)}
"""Which numbers of repeats are reported of a cell: those that no other cell has."""

_LEVEL = 0.05
_CLEAR = 0.02
"""Power is the share of differences of at least this, in the metric's unit, that are found."""


def rows_of(cell: Cell, folder: Path, metrics: Sequence[str] = METRICS) -> list[dict[str, object]]:
    """Return a row of the study's table for each number of repeats, metric and method of a cell."""
    found = [DataSet.of(dict(np.load(file))) for file in files_of(folder, cell.name)[: cell.data_sets]]
    rows = []
    for metric in metrics:
        data_sets = [data for data in found if np.isfinite(data.truth.get(metric, np.array([np.nan]))).all()]
        if len(data_sets) < 2:
            continue
        truth = np.stack([data.true_means(metric) for data in data_sets])
        for repeats in _REPEATS.get(cell.repeats, (1,)):
            each = [answers(data.first(repeats), metric) for data in data_sets]
            for method in METHODS:
                figures = _figures([one[method] for one in each], truth, REGISTRY[metric].sign)
                rows.append(_about(cell, repeats, metric, method) | figures)
    return rows


def design_rows(cell: Cell, design: str, folder: Path) -> Iterator[dict[str, object]]:
    """Yield the rows of a method with trainings of its own: of one difference, between the rates 0.5 and 0."""
    usual = {file.name: file for file in files_of(folder, cell.name)}
    files = [file for file in files_of(folder, f"{cell.name}-{design}") if file.name in usual][: cell.data_sets]
    for metric in ("accuracy", "loss"):
        ends = [(found[f"{metric}_low"], found[f"{metric}_high"]) for found in map(np.load, files)]
        if len(ends) < 2:
            continue
        low, high = np.array(ends, np.float64).T[..., np.newaxis]
        own = np.array([[np.load(file)[f"{metric}_truth"]] for file in files], np.float64)
        truth = np.array([[_usual_truth(cell, usual[file.name], metric)] for file in files])
        yield _about(cell, DESIGNS[design].repeats, metric, design) | {
            **_coverage(low, high, own if DESIGNS[design].own_truth else truth)
        }


def _usual_truth(cell: Cell, file: Path, metric: str) -> float:
    means = np.load(file)[metric].astype(np.float64).mean(axis=(1, 2))
    return float(means[cell.rates.index(0.5)] - means[0])


def _about(cell: Cell, repeats: int, metric: str, method: str) -> dict[str, object]:
    about = {"population": cell.population, "rows": cell.rows, "where": cell.where, "repeats": repeats}
    return {**about, "metric": metric, "method": method}


def _coverage(low: Array, high: Array, truth: Array) -> dict[str, float]:
    """Return how often intervals of shape (data sets, differences) hold the truth."""
    covers, population = (low <= truth) & (truth <= high), truth.mean(axis=0)
    return {
        "data_sets": len(truth),
        "coverage": covers.mean(),
        "coverage_error": covers.mean(axis=1).std(ddof=1) / np.sqrt(len(truth)),
        "coverage_population": ((low <= population) & (population <= high)).mean(),
        "half_width": ((high - low) / 2).mean(),
    }


def _figures(said: Sequence[Answer], means: Array, sign: int) -> dict[str, float]:
    """Return the figures of a method; `means` are the true metrics, of shape (data sets, rates)."""
    low, high, joint_low, joint_high, p, p_best = (
        np.stack([getattr(one, name) for one in said]) for name in Answer.__dataclass_fields__
    )
    truth = means[:, 1:] - means[:, :1]
    figures = _coverage(low, high, truth)
    if np.isnan(p).all():
        return figures
    significant, clear = p < _LEVEL, np.abs(truth) >= _CLEAR
    wrong = significant & (np.sign(low + high) != np.sign(truth))
    contenders = p_best >= _LEVEL
    best = (sign * means).argmax(axis=1)
    return figures | {
        "joint_coverage": ((joint_low <= truth) & (truth <= joint_high)).all(axis=1).mean(),
        "false_alarms": wrong.any(axis=1).mean(),
        "clear_differences": int(clear.sum()),
        "power": significant[clear].mean() if clear.any() else np.nan,
        "best_in_set": contenders[np.arange(len(best)), best].mean(),
        "set_size": contenders.sum(axis=1).mean(),
    }


def overview(table: pd.DataFrame) -> str:
    """Return a table in Markdown: by metric and number of repeats, means over the cells."""
    keys = ["population", "rows", "where", "repeats"]
    head = (
        *("metric", "repeats", "cells", "coverage, % (least-most)", "corrected t's", "half-width / corrected t's"),
        *("all rates at once", "false alarms", "power", "corrected t's", "best in set", "rates in set"),
    )
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    for metric in dict.fromkeys(table["metric"]):
        for repeats in sorted(set(table["repeats"])):
            chosen = table[(table["metric"] == metric) & (table["repeats"] == repeats)]
            ours, old = (chosen[chosen["method"] == name].set_index(keys) for name in ("default", "corrected"))
            if ours.empty:
                continue
            coverage = 100 * ours["coverage"]
            cells = (
                metric.replace("_", " "),
                repeats,
                len(ours),
                f"{coverage.mean():.1f} ({coverage.min():.0f}-{coverage.max():.0f})",
                f"{100 * old['coverage'].mean():.1f}",
                f"{(ours['half_width'] / old['half_width']).mean():.2f}",
                *(f"{100 * ours[name].mean():.1f}" for name in ("joint_coverage", "false_alarms")),
                *(f"{100 * each['power'].mean():.0f}" for each in (ours, old)),
                f"{100 * ours['best_in_set'].mean():.1f}",
                f"{ours['set_size'].mean():.1f}",
            )
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
