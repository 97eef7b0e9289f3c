"""The options of ``run`` and ``sweep``, from the command line and from Python, arrive where they are used."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import dropout_lab as dl
from dropout_lab.api import experiments
from dropout_lab.cli.options import Config
from dropout_lab.cli.run_flags import RunFlags, with_run_flags
from dropout_lab.config import load
from dropout_lab.runs.budget import Budget
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.shard import Shard

EXPECTED = RunOptions(
    *(Path("out"), Path("data"), 3, "local", Shard(2, 5)),
    fresh=True,
    retry_failed=True,
    fail_fast=True,
    budget=Budget(seconds=1800, text="30m"),
)


def parse(*arguments: str) -> tuple[str, RunFlags]:
    app, received = typer.Typer(), []

    @app.command()
    @with_run_flags
    def command(config: Config, *, flags: RunFlags) -> None:
        received.append((config, flags))

    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return received[0]


def test_every_option_of_the_command_line_reaches_the_run() -> None:
    paths = ("--out", "out", "--data-dir", "data", "--jobs", "3", "--dask", "local", "--shard", "2/5")
    config, flags = parse("quickstart", *paths, "--fresh", "--retry-failed", "--fail-fast", "--budget", "30m")
    assert config == "quickstart"
    alone = {"command": "", "alone": True}  # nothing but this program runs in a command's process
    assert replace(flags.run_options(), command="") == replace(EXPECTED, **alone)
    untouched = parse("quickstart")[1].run_options()
    assert replace(untouched, command="") == RunOptions(**alone)
    same = [
        field.name for field in fields(RunOptions) if getattr(untouched, field.name) == getattr(EXPECTED, field.name)
    ]
    assert same == []  # so that none of the options was left out above


def test_settings_with_an_option_of_their_own_override_the_config() -> None:
    settings = ("--engine", "keras", "--repeats", "2", "--folds", "4", "--seed", "9", "-S", "training.epochs=5")
    _, flags = parse("quickstart", *settings)
    experiment = load("quickstart", flags.overrides())
    assert (experiment.engine, experiment.training.epochs) == ("keras", 5)
    evaluation: Any = experiment.evaluation
    assert (evaluation.repeats, evaluation.folds, evaluation.seed) == (2, 4, 9)


def test_a_sweep_from_python_can_end_when_it_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[Any] = []
    monkeypatch.setattr(experiments, "_run", lambda request, quiet: received.append(request))
    dl.sweep("quickstart", "0,0.5", until="settled", until__margin=0.02, budget=500)
    until, evaluation = received[0].experiment.until, received[0].experiment.evaluation
    assert (until.name, until.margin, evaluation.repeats) == ("settled", 0.02, 10)
    assert received[0].options.budget == Budget(trainings=500, text="500")


@pytest.mark.parametrize("call", [dl.run, dl.sweep])
def test_every_option_from_python_reaches_the_run(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[tuple[RunOptions, bool]] = []
    monkeypatch.setattr(experiments, "_run", lambda request, quiet: received.append((request.options, quiet)))
    options = {"jobs": 3, "dask": "local", "fresh": True, "retry_failed": True, "fail_fast": True, "budget": "30m"}
    call("quickstart", out="out", data_dir="data", quiet=True, **options)
    assert received == [(replace(EXPECTED, shard=None, command=f"dropout_lab.{call.__name__} from Python"), True)]
