from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dropout_lab.stats import summarize


def _frame(rows: list[tuple[float, float | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["rate", "accuracy"])
    return frame.assign(status=np.where(frame["accuracy"].isna(), "diverged", "ok"))


def test_a_rate_has_the_mean_and_the_sample_sd_of_its_trials() -> None:
    (row,) = summarize(_frame([(0.2, 0.8), (0.2, 0.9), (0.2, 1.0)])).to_dict("records")
    assert row == {"rate": 0.2, "n": 3, "failed": 0, "mean": pytest.approx(0.9), "sd": pytest.approx(0.1)}


def test_failed_trials_are_counted_and_not_averaged() -> None:
    summary = summarize(_frame([(0.0, 0.8), (0.0, None), (0.5, None)]))
    assert summary[["n", "failed"]].to_numpy().tolist() == [[1, 1], [0, 1]]
    assert summary["mean"].iloc[0] == 0.8
    assert np.isnan(summary["mean"].iloc[1])


def test_rates_come_in_ascending_order_whatever_the_order_of_the_rows() -> None:
    rows = [(0.5, 0.7), (0.0, 0.8), (0.5, 0.6), (0.2, 0.9)]
    pd.testing.assert_frame_equal(summarize(_frame(rows)), summarize(_frame(rows[::-1])))
    assert summarize(_frame(rows))["rate"].tolist() == [0.0, 0.2, 0.5]
