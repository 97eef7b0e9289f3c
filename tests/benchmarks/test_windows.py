"""The study of intervals for windows of a series."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration.windows import Case, fitted, measure, series


def test_a_series_remembers_as_it_is_asked_to() -> None:
    values = series(50_000, 0.9, np.random.default_rng(7))
    assert values.std() == pytest.approx(1, abs=0.05)
    assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(0.9, abs=0.01)


def test_a_penalty_shrinks_the_weights_of_a_forecast() -> None:
    random = np.random.default_rng(7)
    inputs = random.normal(size=(200, 3))
    targets = inputs @ np.array([1.0, -2.0, 0.5])
    assert fitted(inputs, targets, 1e-9) == pytest.approx([1, -2, 0.5, 0], abs=1e-6)
    assert np.abs(fitted(inputs, targets, 1e4)).max() < 0.1


def test_intervals_of_blocks_hold_more_often_than_those_of_windows_that_are_alike() -> None:
    table = measure(Case(0.98, 500, 1), 60)
    coverage = table.set_index(["metric", "method"])["coverage"]
    assert coverage["mae", "blocks"] > 0.9 > coverage["mae", "windows"]
    assert set(table["split"]) == {"test file"}
