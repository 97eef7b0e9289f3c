"""``--tensorboard`` and ``--mlflow`` as a user calls them. What is asked of the stores is in ``tests/trackers``."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from builders import files
from program import COMMAND, call, call_process, environment
from report.made import result
from trackers.store import needs_mlflow

SWEEP = ("run", "smoke/sweep", "--out", "out")
SECRET = "s3cret"  # noqa: S105


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--mlflow", f"htp://ann:{SECRET}@host"),
            "error: --mlflow htp://host: is not an address that MLflow supports",
        ),
        (("--mlflow", f"http://ann:{SECRET}@host:x"), "error: --mlflow http://host:x: is malformed"),
        (("--mlflow", "sqlite:///nowhere/mlflow.db"), "there is no directory nowhere"),
        (("--mlflow", "mlruns"), "which MLflow takes only if MLFLOW_ALLOW_FILE_STORE=true is set"),
        (("--tensorboard", "--shard", "1/2"), "error: --tensorboard: a shard is only part of a result"),
    ],
)
def test_what_can_be_known_to_be_wrong_is_told_before_anything_is_trained(
    options: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    done = call(*SWEEP, *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_is_told_how_to_install_it_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden/sitecustomize.py").write_text(
        "import sys, importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'mlflow' else find(name, package)\n"
    )
    path = f"{tmp_path / 'hidden'}:{environment().get('PYTHONPATH', '')}"
    command = [*COMMAND, *SWEEP, "--mlflow", "http://127.0.0.1:5000"]
    env = environment() | {"PYTHONPATH": path}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "error: --mlflow needs the extra mlflow (mlflow is not installed): pip install 'dropout-lab[mlflow]'\n"
    )
    assert not (tmp_path / "out").exists()


@needs_mlflow
@pytest.mark.slow
def test_a_result_that_is_there_is_published_by_report(tmp_path: Path) -> None:
    result(tmp_path / "made")
    options = ("--tensorboard", "--mlflow", "sqlite:///mlflow.db")
    done = call_process("report", "made", *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == [
        "TensorBoard: tensorboard --logdir made/tensorboard",
        "MLflow: a run of the result and 3 of its points in the experiment small at sqlite:///mlflow.db",
    ]
    assert (tmp_path / "made/report.html").is_file()


@needs_mlflow
@pytest.mark.slow
def test_a_sweep_is_published_when_it_concludes_and_again_when_it_is_extended(tmp_path: Path) -> None:
    options = ("--tensorboard", "--mlflow", "sqlite:///mlflow.db")
    done = call_process(*SWEEP, *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, done.stderr)
    assert "TensorBoard: tensorboard --logdir out/tensorboard\nMLflow: a run of the result and 3" in done.stdout
    events = files(tmp_path / "out/tensorboard")
    assert len(events) == 4
    again = call_process(*SWEEP, *options, "--quiet", "--repeats", "2", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "")
    assert files(tmp_path / "out/tensorboard").keys() != events.keys()
    assert len(files(tmp_path / "out/tensorboard")) == 4
    told = call_process("report", "out", *options, cwd=tmp_path).stdout
    assert "which were there already" in told
    fresh = call_process(*SWEEP, "--fresh", "--quiet", cwd=tmp_path)
    assert (fresh.returncode, (tmp_path / "out/tensorboard").exists()) == (0, False)
    assert len(files(tmp_path / "out.1/tensorboard")) == 4
    merged = call_process("merge", "out.1", "--out", "merged", "--quiet", cwd=tmp_path)
    assert (merged.returncode, (tmp_path / "merged/tensorboard").exists()) == (0, False)


@needs_mlflow
@pytest.mark.slow
def test_a_server_that_is_not_there_costs_no_result_and_secrets_stay_secret(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    done = call_process(*SWEEP, f"--mlflow=http://ann:{SECRET}@127.0.0.1:{port}", cwd=tmp_path)
    assert done.returncode == 2
    assert "rows in out/trials.csv" in done.stdout
    assert done.stderr.endswith(
        f"error: http://127.0.0.1:{port}: the results are not in MLflow: no server answers there. They are all in out; "
        f"to publish them later: dropout-lab report out --mlflow http://127.0.0.1:{port}\n"
    )
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert f"--mlflow=http://127.0.0.1:{port}" in (tmp_path / "out/run.json").read_text()
    assert all(SECRET.encode() not in content for content in files(tmp_path).values())


@pytest.mark.slow
def test_after_an_interrupt_what_is_finished_is_published(tmp_path: Path) -> None:
    command = [*COMMAND, *SWEEP, "--engine", "keras", "-S", "training.epochs=40", "--tensorboard"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    trials = tmp_path / "out/trials.csv"
    end = time.monotonic() + 300
    while not trials.exists() or trials.read_bytes().count(b"\n") < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert "TensorBoard: tensorboard --logdir out/tensorboard" in out
    assert (tmp_path / "out/tensorboard/study").is_dir()
    assert (tmp_path / "out/tensorboard/rate-0").is_dir()
