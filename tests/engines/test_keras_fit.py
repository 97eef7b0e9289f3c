from __future__ import annotations

import pytest
from training import trials

from dropout_lab.datasets import Dataset
from dropout_lab.engines import ENGINES
from dropout_lab.engines.blocks import trace_key
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


def test_trials_that_share_a_trace_follow_each_other_whatever_the_order_of_the_sweep(iris: Dataset) -> None:
    some = trials({"sweep": {"dropout.rate": [0, 0.5], "regularization.max_norm": [None, 3.0]}})
    blocks = ENGINES["keras"].split(some, iris, 2)
    keys = [trace_key(trial.experiment) for (trial,) in blocks]
    assert sorted(keys, key=keys.index) == keys
    assert {trial.id for (trial,) in blocks} == {trial.id for trial in some}
    assert len(blocks) == len(some)
