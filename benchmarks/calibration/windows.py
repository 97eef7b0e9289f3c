"""How often intervals for windows of a series hold the truth: ``python -m benchmarks.calibration.windows``.

A first-order autoregressive series is forecast from windows by two ridge regressions, in place of networks at two rates
of dropout, split as the program splits windows. The truth is the difference between their metrics on a long further
series. Beside the program's intervals, which take blocks of time for observations, are those that take each window for
one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.config.evaluation import OfficialTest, TimeSeries
from dropout_lab.datasets import Dataset, splits
from dropout_lab.datasets.windows import Windows, first_rows
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats import Design, with_blocks
from dropout_lab.stats.cluster_robust import cluster_robust
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import interval
from dropout_lab.stats.row_matrix import cells_for

Array = NDArray[np.float64]

_LENGTH, _HORIZON, _PENALTIES, _FRESH = 12, 6, (0.1, 300.0), 20_000


@dataclass(frozen=True)
class Case:
    """A series and how it is split.

    Attributes
    ----------
    memory : float
        Correlation of a value with the one before.
    rows : int
        Of the series.
    folds : int
        Blocks that are held out in turn; 1: a test file of half as many rows.
    """

    memory: float
    rows: int
    folds: int

    @property
    def name(self) -> str:
        """Describe the split."""
        return "test file" if self.folds == 1 else f"{self.folds} folds"


CASES = [Case(memory, rows, folds) for rows in (500, 2000) for folds in (1, 5, 10) for memory in (0.5, 0.9, 0.98)]


def series(rows: int, memory: float, rng: np.random.Generator) -> Array:
    """Return a stationary series of variance 1, of shape (rows,)."""
    from scipy.signal import lfilter  # type: ignore[import-untyped]

    noise = rng.normal(size=rows) * np.sqrt(1 - memory**2)
    noise[0] = rng.normal()
    values: Array = lfilter([1.0], [1.0, -memory], noise)
    return values


def windows_of(values: Array, test: Array | None) -> tuple[Dataset, Array]:
    """Return a data set of windows of a series, and of a test series, and their rows, of shape (windows, length)."""
    every = values if test is None else np.concatenate([values, test])
    code = np.arange(len(every)) >= len(values)
    span = _LENGTH + _HORIZON
    first = first_rows(code.astype(np.int64), span, 1)
    target = first + span - 1
    windows = Windows(first, _LENGTH, 1, _HORIZON, first, every[first + _LENGTH - 1])
    held_out = int(code[target].sum())
    data = Dataset(
        *("made", every[:, None], np.zeros(len(first), np.int64), (), "made"),
        values=every[target],
        time=target[: len(target) - held_out],
        test_rows=held_out,
        windows=windows,
    )
    return data, windows.flat(every[:, None])


def fitted(inputs: Array, targets: Array, penalty: float) -> Array:
    """Return the weights of a ridge regression, of shape (inputs + 1,)."""
    design = np.column_stack([inputs, np.ones(len(inputs))])
    weights: Array = np.linalg.solve(design.T @ design + penalty * np.eye(design.shape[1]), design.T @ targets)
    return weights


def row_values(metric: Metric, predicted: Array, true: Array) -> Array:
    """Return a metric row by row; for the accuracy, the class is whether a number is positive."""
    if metric.task == "regression":
        return metric.row_values(predicted, true)
    return metric.row_values(np.column_stack([-predicted, predicted]), (true > 0).astype(np.int64))


def differences(case: Case, rng: np.random.Generator) -> Iterator[tuple[str, str, bool, float]]:
    """Yield, for one series, each metric and method: whether the interval holds the truth, and its half-width."""
    test = series(case.rows // 2, case.memory, rng) if case.folds == 1 else None
    data, inputs = windows_of(series(case.rows, case.memory, rng), test)
    fresh_data, fresh = windows_of(series(_FRESH, case.memory, rng), None)
    true, fresh_true = data.values, fresh_data.values
    assert true is not None
    assert fresh_true is not None
    evaluation = OfficialTest() if case.folds == 1 else TimeSeries(folds=case.folds)
    parts = splits(data, evaluation, None, 0)
    weights = [[fitted(inputs[each.train], true[each.train], penalty) for penalty in _PENALTIES] for each in parts]
    rows = np.concatenate([each.test for each in parts])
    fold = np.repeat(np.arange(len(parts)), [len(each.test) for each in parts])
    design = Design(case.folds, 1, "block" if case.folds == 1 else "fold", least_block=_LENGTH + _HORIZON)
    block = with_blocks(pd.DataFrame({"row": rows, "fold": fold}), design)["group"].to_numpy()
    for metric in (METRICS["mse"], METRICS["mae"], METRICS["r2"], METRICS["accuracy"]):
        by_row, truths = [], []
        for each, pair in zip(parts, weights, strict=True):
            held_out, further = (
                [values[:, :_LENGTH] @ weight[:-1] + weight[-1] for weight in pair]
                for values in (inputs[each.test], fresh)
            )
            by_row.append(np.subtract(*[row_values(metric, guess, true[each.test]) for guess in held_out]))
            truths.append(float(np.subtract(*[row_values(metric, guess, fresh_true).mean() for guess in further])))
        cells = np.concatenate(by_row)[None]
        of_trials = estimate(np.array([[values.mean() for values in by_row]]), np.zeros(1))
        for method, unit in (("blocks", block), ("windows", rows)):
            steps = len(rows) if method == "blocks" else None
            found = cluster_robust(of_trials, cells, cells_for(metric, unit, fold, steps))
            low, high = (float(end[0]) for end in interval(found))
            yield metric.name, method, low <= float(np.mean(truths)) <= high, (high - low) / 2


def measure(case: Case, times: int) -> pd.DataFrame:
    """Return the share of intervals that hold the truth, and their mean half-width, by metric and method."""
    rng = np.random.default_rng([7, case.rows, case.folds, round(100 * case.memory)])
    rows = [found for _ in range(times) for found in differences(case, rng)]
    table = pd.DataFrame(rows, columns=["metric", "method", "coverage", "half_width"])
    means = table.groupby(["metric", "method"], sort=False).mean().reset_index()
    return means.assign(split=case.name, rows=case.rows, memory=case.memory)


def main() -> int:
    """Print the table as CSV."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=1000, help="series of each kind")
    times = parser.parse_args().times
    print(pd.concat([measure(case, times) for case in CASES]).to_csv(index=False, float_format="%.3f"), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
