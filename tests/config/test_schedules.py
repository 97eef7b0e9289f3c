from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from builders import experiment
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_lab.config import load
from dropout_lab.config.schedules import Early, Late, Linear, Schedule
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan

NET = "name: net\ndataset: iris\nmodel: {hidden: [4]}\ntraining: {epochs: 2}\n"
counts = st.integers(1, 200)
factors = st.floats(0, 1e6)


def over(schedule: Schedule, epochs: int) -> list[float]:
    return [schedule.factor(epoch, epochs) for epoch in range(epochs)]


@given(counts, counts)
def test_early_dropout_is_in_the_first_epochs_and_late_dropout_in_the_others(first: int, epochs: int) -> None:
    early, late = over(Early(epochs=first), epochs), over(Late(epochs=first), epochs)
    assert early == [1.0] * min(first, epochs) + [0.0] * max(epochs - first, 0)
    assert [a + b for a, b in zip(early, late, strict=True)] == [1.0] * epochs


@given(factors, factors, st.integers(2, 200))
def test_a_linear_factor_goes_from_start_to_end_in_equal_steps(start: float, end: float, epochs: int) -> None:
    found = over(Linear(start=start, end=end), epochs)
    assert (found[0], found[-1]) == (start, end)
    assert found == sorted(found, reverse=start > end)
    step = (end - start) / (epochs - 1)
    scale = max(start, end)
    assert [b - a for a, b in itertools.pairwise(found)] == pytest.approx([step] * (epochs - 1), abs=1e-9 * scale)


@given(factors, counts)
def test_a_linear_factor_that_ends_where_it_starts_is_constant(factor: float, epochs: int) -> None:
    assert set(over(Linear(start=factor, end=factor), epochs)) == {factor}


def test_a_training_of_one_epoch_takes_the_first_factor() -> None:
    assert over(Linear(start=0.3, end=0.9), 1) == [0.3]


@settings(max_examples=50)
@given(st.floats(0, 1, exclude_max=True), factors, factors | st.floats(0, 2))
def test_a_schedule_is_accepted_exactly_where_the_rate_stays_below_1(rate: float, start: float, end: float) -> None:
    changes: dict[str, Any] = {"dropout.schedule": {"name": "linear", "start": start, "end": end}}
    for point in ({"dropout.rate": rate}, {"sweep": {"dropout.rate": [rate]}}):
        if rate * max(start, end) < 1:
            [trial, *_] = plan(experiment({**changes, **point}))
            assert all(rate * factor < 1 for factor in trial.experiment.dropout.factors(10))
        else:
            with pytest.raises(ValueError, match=r"schedule\.(start|end): .* it must stay below 1"):
                experiment({**changes, **point})


def test_a_schedule_of_noise_may_go_as_far_as_a_stddev_of_1() -> None:
    noise: dict[str, Any] = {"kind": "gaussian_noise", "stddev": 0.5, "schedule": {"name": "linear", "end": 2}}
    assert experiment({"dropout": noise})
    with pytest.raises(ValueError, match=r"schedule.end: 2.1 times a stddev of 0.5 is 1.05: it must be at most 1"):
        experiment({"dropout": noise | {"schedule": {"name": "linear", "end": 2.1}}})


@pytest.mark.parametrize(
    ("dropout", "message"),
    [
        (
            "{rate: 0.6, schedule: {name: linear, end: 2}}",
            ":5: dropout: schedule.end: 2 times a rate of 0.6 is 1.2: it must stay below 1",
        ),
        (
            "{rate: {visible: 0.1, hidden: [0.6]}, schedule: {name: linear, start: 2}}",
            ":5: dropout: schedule.start: 2 times a rate of 0.6 is 1.2: it must stay below 1",
        ),
        (
            "{schedule: {name: linear, start: 2}}\nsweep: {dropout.rate: [0, 0.2, 0.6]}",
            ":5: dropout.schedule.start: 2 times a rate of 0.6 is 1.2: "
            "it must stay below 1 at every point of the sweep",
        ),
        (
            "{schedule: {name: linear, start: -1}}",
            ":5: dropout.schedule.start: must be greater than or equal to 0, got -1",
        ),
        (
            "{schedule: {name: erly, epochs: 3}}",
            ":5: dropout.schedule: expected one of early, late, linear as name, got 'erly'; did you mean early?",
        ),
        ("{schedule: {epochs: 3}}", ":5: dropout.schedule: expected one of early, late, linear as name, got None"),
        ("{schedule: {name: late}}", ":5: dropout.schedule.epochs: missing: epochs without dropout"),
        ("{schedule: {name: early, end: 3, epochs: 2}}", ":5: dropout.schedule.end: unknown key (known: name, epochs)"),
        (
            "{where: none, schedule: {name: early, epochs: 3}}",
            ":5: dropout: kind or where is none, so schedule must be left out",
        ),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_when_the_file_is_loaded(
    tmp_path: Path, dropout: str, message: str
) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(f"{NET}dropout: {dropout}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert caught.value.problems == (f"{file}{message}",)


def test_another_schedule_in_an_extending_file_starts_afresh(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"{NET}dropout: {{rate: 0.1, schedule: {{name: early, epochs: 3}}}}\n")
    top = tmp_path / "top.yaml"
    top.write_text("extends: base.yaml\ndropout: {schedule: {name: linear, end: 2}}\n")
    dropout = load(top).dropout
    assert (dropout.schedule, dropout.rate) == (Linear(end=2), 0.1)
