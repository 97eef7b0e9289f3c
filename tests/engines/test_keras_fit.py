from __future__ import annotations

import pytest
from training import trials

from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import fold_data_of
from dropout_lab.engines.keras_fit import Net
from dropout_lab.models.dropout import BernoulliDropout


def test_one_trace_serves_all_rates_schedules_and_epochs(iris: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    called, change = [], BernoulliDropout.change
    monkeypatch.setattr(
        BernoulliDropout, "change", lambda *args: called.append(1) or change(*args)
    )  # when traced, no more
    net, counts = Net(trials({})[0].experiment, iris), set()
    for dropout in ({"rate": 0.2}, {"rate": 0.5, "schedule": {"name": "linear"}}, {"rate": {"hidden": 0.3}}):
        trial = trials({"dropout": dropout})[0]
        net.run(trial, fold_data_of(iris)(trial), lambda count: None)
        counts.add(len(called))
    assert len(counts) == 1
    assert called
