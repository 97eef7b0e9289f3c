from __future__ import annotations

from pathlib import Path

import pytest
from builders import experiment
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config import load
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan

units = st.lists(st.integers(1, 1000), min_size=1, max_size=4)


@given(units, st.floats(0.01, 50))
def test_a_width_multiplies_the_units_of_each_hidden_layer(hidden: list[int], width: float) -> None:
    found = experiment({"model": {"hidden": hidden, "width": width}}).hidden
    for before, after in zip(hidden, found, strict=True):
        assert after >= 1
        assert after == 1 or abs(after - before * width) <= 0.5


@given(units, st.lists(st.floats(0, 0.9), min_size=1, max_size=4, unique=True))
def test_by_the_rate_about_as_many_units_stay_at_every_point_of_a_sweep(hidden: list[int], rates: list[float]) -> None:
    swept = experiment({"model": {"hidden": hidden, "width": "n/(1-rate)"}, "sweep": {"dropout.rate": rates}})
    for trial in plan(swept):
        kept = 1 - trial.experiment.dropout.rate
        for before, after in zip(hidden, trial.experiment.hidden, strict=True):
            assert abs(after * kept - before) <= 0.5 * kept + 1e-9


def test_by_the_rate_each_layer_is_widened_by_its_own() -> None:
    model = {"hidden": [10, 30], "width": "n/(1-rate)"}
    rates = {"visible": 0.9, "hidden": [0.5, 0.0]}
    assert experiment({"model": model, "dropout": {"rate": rates}}).hidden == (20, 30)
    assert experiment({"model": model, "dropout": {"where": "none"}}).hidden == (10, 30)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{hidden: [4], width: 0}", ":4: model.width: must be greater than 0, got 0"),
        ("{hidden: [4], width: n}", ":4: model.width: expected one of n/(1-rate), got 'n'"),
        ("{hidden: [4], width: [2, 1]}", ":4: model.width: expected a number, got [2, 1]"),
        (
            "{hidden: [60, 50000], width: 2.5}",
            ":4: model.width: 2.5 makes a hidden layer of 125,000 units: at most 100,000",
        ),
        (
            "{hidden: [60], width: n/(1-rate)}\ndropout: {rate: 0.1}\nsweep: {dropout.rate: [0, 0.9999]}",
            ":6: sweep: model.width: n/(1-rate) makes a hidden layer of 600,000 units at a rate of 0.9999: ",
        ),
        (
            "{hidden: [60], width: n/(1-rate)}\ndropout: {where: visible, rate: 0.1}",
            ":4: model.width: n/(1-rate) needs a rate in the hidden layers, but dropout.where is visible",
        ),
        (
            "{hidden: [60], width: n/(1-rate)}\ndropout: {kind: gaussian_noise, stddev: 0.1}",
            ":4: model.width: n/(1-rate) needs a rate in the hidden layers, but gaussian_noise has no rate",
        ),
    ],
)
def test_a_width_that_cannot_be_is_refused_when_the_file_is_loaded(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(f"name: net\ndataset: iris\ntraining: {{epochs: 1}}\nmodel: {text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    [problem] = caught.value.problems
    assert problem.startswith(f"{file}{message}")
