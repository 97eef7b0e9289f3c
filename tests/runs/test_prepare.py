"""What is found out before a run trains."""

from __future__ import annotations

from pathlib import Path

import pytest
import writer
from builders import experiment, outcome

from dropout_lab.errors import ClusterError, ConfigError, RateError
from dropout_lab.results import TRIALS
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import RunRequest, load_sweep, plan_run, prepare, resolve
from dropout_lab.runs.shard import Shard


def rates(*arguments: object) -> list[float]:
    return [point.dropout.rate for point in load_sweep(*arguments).points()]  # type: ignore[arg-type]


def test_a_sweep_takes_the_rates_that_are_given_else_those_of_the_config_else_ten() -> None:
    assert rates("smoke/sweep", (), "0,0.5") == [0, 0.5]
    assert rates("smoke/sweep", (), [0.25]) == [0.25]
    assert rates("smoke/sweep", (), None) == [0, 0.4, 0.8]
    assert rates("quickstart", (), None) == pytest.approx([tenth / 10 for tenth in range(10)])
    with pytest.raises(ConfigError, match=r"--rates: sweep\.dropout\.rate"):
        load_sweep("quickstart", (), [2.0], "--rates")
    with pytest.raises(RateError, match="--rates: 'x' is not a number"):
        load_sweep("quickstart", (), "x", "--rates")
    with pytest.raises(RateError, match="rates: could not convert string to float: 'x'"):
        load_sweep("quickstart", (), ["x"])  # type: ignore[list-item]


def test_the_engine_is_chosen_and_the_output_directory_named_for_the_experiment() -> None:
    request = resolve(experiment({"engine": "auto"}), RunOptions())
    assert (request.experiment.engine, request.engine_reason) == ("stacked", "")
    assert request.out == Path("results/small")
    sharded = RunRequest(writer.small(), RunOptions(shard=Shard(2, 3)))
    assert sharded.out == Path("results/small-sweep-shard-2-of-3")
    assert RunRequest(writer.small(), RunOptions(out=Path("mine"))).out == Path("mine")
    with pytest.raises(ConfigError, match="jobs: expected at least 1, got 0"):
        RunOptions(jobs=0)


def test_only_what_is_not_finished_is_pending(tmp_path: Path) -> None:
    with writer.made(lambda block, on_epochs: iter([[outcome(trial) for trial in block]]), 1):
        writer.run_here(writer.small(1), tmp_path / "out")
    request = RunRequest(writer.small(2), RunOptions(out=tmp_path / "out"))
    planned = plan_run(request)
    assert (len(planned.trials), planned.finished, len(planned.pending)) == (12, 6, 6)
    finished = {line.split(",")[0] for line in (tmp_path / "out" / TRIALS).read_text().splitlines()[1:]}
    assert finished.isdisjoint(trial.id for trial in planned.pending)
    over = plan_run(RunRequest(writer.small(2), RunOptions(out=tmp_path / "out", fresh=True)))
    assert over.pending == over.trials


def test_a_cluster_is_connected_to_only_if_anything_is_pending(tmp_path: Path) -> None:
    options = RunOptions(out=tmp_path / "out", data_dir=Path(), dask=str(tmp_path / "nowhere"))
    with writer.made(lambda block, on_epochs: iter([[outcome(trial) for trial in block]]), 1):
        writer.run_here(writer.small(), tmp_path / "out")
        with prepare(RunRequest(writer.small(), options)) as prepared:
            assert prepared.cluster is None
        empty = RunRequest(writer.small(3), RunOptions(out=tmp_path / "out", data_dir=Path(), dask=""))
        with pytest.raises(ClusterError, match="--dask: expected the address"), prepare(empty):
            pass
