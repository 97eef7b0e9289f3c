"""``--dask`` as a user calls it: a real scheduler, real workers, real kills."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from dask_processes import PATIENCE, Processes, processes
from program import COMMAND, call, call_process, environment, numbers

KERAS = ("run", "smoke/sweep", "--engine", "keras", "--set", "training.epochs=20", "--out", "out")
CONVOLUTIONS = ("run", "smoke/cifar10", "--out", "out")
STACKED = ("run", "smoke/sweep", "--set", "evaluation.repeats=3", "--jobs", "2", "--out", "out")


Expected = Callable[[tuple[str, ...]], dict[str, str]]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """Return what tells what a command gives without a cluster."""

    @cache
    def find(command: tuple[str, ...]) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("expected")
        assert call_process(*command, cwd=folder).returncode == 0
        return numbers(folder / "out")

    return find


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Processes]:
    (tmp_path / "dask").mkdir()
    with processes(tmp_path / "dask", 2) as found:
        yield found


def begin(dask: Processes, folder: Path) -> subprocess.Popen[str]:
    command = [*COMMAND, *KERAS, "--dask", dask.address]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=pipe, stderr=pipe, text=True)


def times(folder: Path) -> dict[str, str]:
    """Return the time of each trial that has its row."""
    path = folder / "out/trials.csv"
    text = path.read_text() if path.exists() else ""
    return {line.split(",")[0]: line.split(",")[-1] for line in text[: text.rfind("\n") + 1].splitlines()[1:]}


def wait_for_rows(process: subprocess.Popen[str], folder: Path) -> dict[str, str]:
    end = time.monotonic() + PATIENCE
    while not times(folder):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)
    return times(folder)


@pytest.mark.slow
@pytest.mark.parametrize("command", [KERAS, CONVOLUTIONS, STACKED])
def test_a_sweep_on_a_cluster_has_the_numbers_of_one_without(
    command: tuple[str, ...], dask: Processes, tmp_path: Path, expected: Expected
) -> None:
    done = call_process(*command, "--dask", dask.file, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert numbers(tmp_path / "out") == expected(command)
    [start] = json.loads((tmp_path / "out/run.json").read_text())["starts"]
    assert (start["workers"], start["trained"]) == (2, len(times(tmp_path)))


@pytest.mark.slow
def test_a_local_cluster_has_them_too_and_what_is_finished_needs_none(tmp_path: Path, expected: Expected) -> None:
    done = call_process(*KERAS, "--dask", "local", "--jobs", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert numbers(tmp_path / "out") == expected(KERAS)
    again = call_process(*KERAS, "--dask", "tcp://127.0.0.1:9", cwd=tmp_path)
    assert (again.returncode, "all 9 trials are finished already" in again.stderr) == (0, True)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_costs_no_trial(dask: Processes, tmp_path: Path, expected: Expected) -> None:
    process = begin(dask, tmp_path)
    before = wait_for_rows(process, tmp_path)
    dask.workers[0].kill()
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert before.items() <= times(tmp_path).items()
    assert numbers(tmp_path / "out") == expected(KERAS)


@pytest.mark.slow
def test_a_lost_scheduler_is_told_and_the_same_command_goes_on_with_another(
    dask: Processes, tmp_path: Path, expected: Expected
) -> None:
    process = begin(dask, tmp_path)
    before = wait_for_rows(process, tmp_path)
    dask.scheduler.kill()
    dask.scheduler.wait()
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert f"error: {dask.address}: the Dask scheduler is gone or was restarted: finished trials are" in errors
    assert "Traceback" not in errors
    assert 0 < len(times(tmp_path)) < len(expected(KERAS)["trials.csv"].splitlines()) - 1
    dask.start_scheduler("0")
    dask.start_worker()
    done = call_process(*KERAS, "--dask", dask.address, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert before.items() <= times(tmp_path).items()
    assert numbers(tmp_path / "out") == expected(KERAS)


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_running_a_second_one_ends_it_at_once_and_the_same_command_goes_on(
    dask: Processes, tmp_path: Path, expected: Expected
) -> None:
    first = begin(dask, tmp_path)
    before = wait_for_rows(first, tmp_path)
    first.send_signal(signal.SIGINT)
    _, errors = first.communicate(timeout=PATIENCE)
    assert first.returncode == 130, errors
    assert "run the same command again to resume" in errors
    kept = times(tmp_path)
    assert before.items() <= kept.items()
    second = begin(dask, tmp_path)
    end = time.monotonic() + PATIENCE
    while len(times(tmp_path)) <= len(kept) and second.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    second.send_signal(signal.SIGINT)
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE) == 130
    second.communicate()
    done = call_process(*KERAS, "--dask", dask.address, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert kept.items() <= times(tmp_path).items()
    assert numbers(tmp_path / "out") == expected(KERAS)


@pytest.mark.slow
def test_a_net_of_ones_own_is_trained_on_a_cluster_from_python_too(dask: Processes, tmp_path: Path) -> None:
    (tmp_path / "my_nets.py").write_text(
        "import keras\n\n\ndef build(inputs, outputs, dropout):\n"
        "    rows = keras.Input(inputs)\n"
        '    hidden = dropout()(keras.layers.Dense(5, "relu")(rows))\n'
        "    return keras.Model(rows, keras.layers.Dense(outputs)(hidden))\n"
    )
    (tmp_path / "mine.yaml").write_text(
        "dataset: iris\nmodel: {builder: 'my_nets:build'}\ndropout: {rate: 0.2}\ntraining: {epochs: 2}\n"
        "evaluation: {folds: 3}\n"
    )
    assert call_process("run", "mine.yaml", "--out", "here", cwd=tmp_path).returncode == 0
    script = f"import dropout_lab; dropout_lab.run('mine.yaml', out='out', dask={dask.address!r})"
    done = subprocess.run(
        [*COMMAND[:-2], "-c", script], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert numbers(tmp_path / "out") == numbers(tmp_path / "here")
    [start] = json.loads((tmp_path / "out/run.json").read_text())["starts"]
    assert start["trained"] == 3


def test_the_cluster_is_asked_for_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")
    done = call("run", "smoke/sweep", "--dask", "file", "--out", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: file: expected a file written by 'dask scheduler --scheduler-file'\n"
    assert not (tmp_path / "out").exists()
