"""Real MLflow stores: databases, and a server on the loopback, read back by MLflow's own client."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from report.made import START, result
from trackers.store import needs_mlflow, served

from dropout_lab.analysis.study import read_study
from dropout_lab.errors import TrackerError
from dropout_lab.trackers import mlflow
from dropout_lab.trackers.snapshot import take_snapshot

pytestmark = [
    needs_mlflow,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:::sqlalchemy"),
    pytest.mark.filterwarnings("ignore:.*noload.*"),  # how MLflow uses SQLAlchemy, when the tests read
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory of one's own, with MLflow as the program has it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/mlflow.db"


def publish(folder: Path, uri: str) -> str:
    return mlflow.publish(take_snapshot(read_study(folder)), uri)


def client(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(uri, uri)


def runs(uri: str, experiment: str = "small", deleted: bool = False) -> dict[str, Any]:
    """Return the runs of an experiment by their names, each of which there is once."""
    from mlflow.entities import ViewType

    found = client(uri).get_experiment_by_name(experiment)
    assert found
    view = ViewType.DELETED_ONLY if deleted else ViewType.ACTIVE_ONLY
    listed = client(uri).search_runs([found.experiment_id], run_view_type=view)
    names = [run.info.run_name for run in listed]
    assert deleted or len(names) == len(set(names)), names
    return dict(zip(names, listed, strict=True))


def artifact(uri: str, run: Any, name: str) -> str:
    return Path(client(uri).download_artifacts(run.info.run_id, name)).read_text()


def test_the_result_is_a_run_and_below_it_each_point_with_its_settings_curves_and_means(
    tmp_path: Path, uri: str
) -> None:
    line = publish(result(tmp_path / "my-result"), uri)
    assert line == f"MLflow: a run of the result and 3 of its points in the experiment small at {uri}"
    found = runs(uri)
    assert sorted(found) == ["my-result", "rate 0", "rate 0.2", "rate 0.5"]
    study, point = found["my-result"], found["rate 0.2"]
    assert {run.data.tags.get("mlflow.parentRunId") for run in found.values()} == {None, study.info.run_id}
    assert (point.info.status, point.info.start_time // 1000, point.info.end_time // 1000) == (
        *("FINISHED", 1767225599, 1767225660),
    )
    for key, value in {"dropout.rate": "0.2", "model.hidden": "4", "training.epochs": "3"}.items():
        assert point.data.params[key] == value
    trials = pd.read_csv(tmp_path / "my-result/trials.csv")
    own = trials[trials["rate"] == 0.2]["accuracy"]
    assert point.data.metrics["accuracy"] == pytest.approx(own.mean())
    assert point.data.metrics["accuracy_sd"] == pytest.approx(own.std())
    history = pd.read_csv(tmp_path / "my-result/history.csv")
    means = history[history["rate"] == 0.2].groupby("epoch")["loss"].mean()
    curve = client(uri).get_metric_history(point.info.run_id, "epoch/loss")
    assert [(metric.step, metric.value) for metric in curve] == [
        (at, pytest.approx(mean)) for at, mean in means.items()
    ]


def test_the_run_of_the_result_has_its_verdict_counts_checksum_and_small_files(tmp_path: Path, uri: str) -> None:
    publish(result(tmp_path / "made"), uri)
    study = read_study(tmp_path / "made")
    run = runs(uri)["made"]
    assert study.verdict
    assert run.data.tags["dropout_lab.verdict"] == study.verdict.sentence
    assert run.data.tags["mlflow.note.content"].startswith(f"**{study.verdict.sentence}**")
    assert run.data.tags["dropout_lab.outcome"] == study.verdict.outcome
    assert (run.data.tags["dropout_lab.trials"], run.data.tags["dropout_lab.planned"]) == ("18", "18")
    assert run.data.tags["dropout_lab.data_checksum"] == "c" * 64
    assert artifact(uri, run, "config.yaml") == (tmp_path / "made/config.yaml").read_text()
    assert artifact(uri, run, "summary.csv") == study.summary.to_csv(index=False)


def test_publishing_again_doubles_nothing_and_makes_nothing_new(tmp_path: Path, uri: str) -> None:
    publish(result(tmp_path / "made"), uri)
    before = {name: run.info.run_id for name, run in runs(uri).items()}
    assert "3 of its points, which were there already, in" in publish(tmp_path / "made", uri)
    assert {name: run.info.run_id for name, run in runs(uri).items()} == before
    (tmp_path / "made").rename(tmp_path / "moved")
    publish(tmp_path / "moved", uri)
    assert {name: run.info.run_id for name, run in runs(uri).items()} == before


def test_a_half_finished_result_is_replaced_once_it_has_gone_on(tmp_path: Path, uri: str) -> None:
    folder = tmp_path / "made"
    publish(result(folder, trains=lambda trial: trial.repeat == 0 and trial.experiment.dropout.rate < 0.5), uri)
    half = runs(uri)
    assert {name: run.info.status for name, run in half.items()} == dict.fromkeys(
        ["made", "rate 0", "rate 0.2"], "KILLED"
    )
    assert half["rate 0"].data.tags["dropout_lab.trials"] == "3"
    publish(result(folder, trains=lambda trial: trial.repeat == 1 or trial.experiment.dropout.rate == 0.5), uri)
    assert {name: run.info.status for name, run in runs(uri).items()} == dict.fromkeys(
        ["made", "rate 0", "rate 0.2", "rate 0.5"], "FINISHED"
    )
    assert sorted(runs(uri, deleted=True)) == ["made", "rate 0", "rate 0.2"]


def test_another_result_of_the_same_experiment_stands_beside_it(tmp_path: Path, uri: str) -> None:
    publish(result(tmp_path / "one", {"sweep": {"dropout.rate": [0]}}), uri)
    anew = {**START, "began": "2026-02-01T00:00:00+00:00"}
    publish(result(tmp_path / "two", {"sweep": {"dropout.rate": [0.5]}}, starts=[anew]), uri)
    assert sorted(runs(uri)) == ["one", "rate 0", "rate 0.5", "two"]


def test_what_a_kill_in_the_middle_has_left_is_taken_away_the_next_time(
    tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = result(tmp_path / "made")

    def killed(*_: object) -> str:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(mlflow, "_attach", killed)
        with pytest.raises(SystemExit):
            publish(folder, uri)
    assert len(runs(uri)) == 4
    publish(folder, uri)
    assert len(runs(uri)) == 4
    with monkeypatch.context() as patch:
        patch.setattr(mlflow, "_delete", killed)
        rest = result(tmp_path / "more", {"evaluation.repeats": 3})
        with pytest.raises(SystemExit):
            publish(rest, uri)
    assert publish(rest, uri).count("which were there already") == 1
    assert sorted(runs(uri)) == ["more", "rate 0", "rate 0.2", "rate 0.5"]


def test_points_without_a_result_are_failed_runs(tmp_path: Path, uri: str) -> None:
    publish(result(tmp_path / "made", diverges=lambda trial: trial.experiment.dropout.rate == 0.5), uri)
    found = runs(uri)
    assert (found["rate 0.5"].info.status, found["made"].info.status) == ("FAILED", "FINISHED")
    assert "accuracy" not in found["rate 0.5"].data.metrics
    assert found["rate 0.5"].data.tags["dropout_lab.failed"] == "6"


def test_more_values_than_a_store_takes_at_once_arrive_whole(tmp_path: Path, uri: str) -> None:
    publish(result(tmp_path / "made", {"training.epochs": 700, "sweep": {"dropout.rate": [0]}}), uri)
    run = runs(uri)["rate 0"].info.run_id
    for name in ("loss", "accuracy", "train_loss", "train_accuracy"):
        assert [metric.step for metric in client(uri).get_metric_history(run, f"epoch/{name}")] == [*range(1, 701)]


def test_an_experiment_that_was_deleted_there_is_told(tmp_path: Path, uri: str) -> None:
    publish(result(tmp_path / "made"), uri)
    client(uri).delete_experiment(client(uri).get_experiment_by_name("small").experiment_id)
    with pytest.raises(TrackerError, match="experiment small has been deleted there: restore it"):
        publish(tmp_path / "made", uri)


def test_mlflows_own_settings_are_given_back(tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    before = dict(os.environ)
    publish(result(tmp_path / "made"), uri)
    assert dict(os.environ) == before


def test_nothing_is_printed_or_logged_by_mlflow(tmp_path: Path, uri: str, capfd: pytest.CaptureFixture[str]) -> None:
    publish(result(tmp_path / "made"), uri)
    assert capfd.readouterr() == ("", "")


def test_a_server_holds_the_same_and_is_given_user_and_password_which_nobody_else_sees(tmp_path: Path) -> None:
    folder = result(tmp_path / "made")
    with served(tmp_path) as server:
        line = publish(folder, server.uri.replace("//", "//ann:s3cret@"))
        assert line.endswith(f"3 of its points in the experiment small at {server.uri}")
        assert {line.split()[2:][0] for line in server.asked()} == {"Basic"}
        publish(folder, server.uri)
        found = runs(server.uri)
        assert sorted(found) == ["made", "rate 0", "rate 0.2", "rate 0.5"]
        assert artifact(server.uri, found["made"], "config.yaml") == (folder / "config.yaml").read_text()
        assert "s3cret" not in str(found)
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or b"s3cret" not in file.read_bytes(), file


@contextmanager
def listening() -> Iterator[int]:
    """Listen on a port of the loopback, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found.getsockname()[1]


def test_a_server_that_nobody_answers_at_is_told_soon_with_what_to_do_later(tmp_path: Path) -> None:
    folder = result(tmp_path / "made")
    with listening() as port:
        pass
    begun = time.monotonic()
    with pytest.raises(TrackerError) as caught:
        publish(folder, f"http://ann:s3cret@127.0.0.1:{port}")
    assert str(caught.value) == (
        f"http://127.0.0.1:{port}: the results are not in MLflow: no server answers there. They are all in {folder}; "
        f"to publish them later: dropout-lab report {folder} --mlflow http://127.0.0.1:{port}"
    )
    assert time.monotonic() - begun < 60


def test_a_server_that_hangs_is_waited_for_in_bounds(tmp_path: Path) -> None:
    folder = result(tmp_path / "made")
    begun = time.monotonic()
    with listening() as port, pytest.raises(TrackerError, match="no server answers there"):
        publish(folder, f"http://127.0.0.1:{port}")
    assert time.monotonic() - begun < 90


def test_a_database_without_its_driver_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(TrackerError, match=r"postgresql\+asyncpg://host/db: cannot be used: ") as caught:
        mlflow.check(tmp_path, "postgresql+asyncpg://ann:s3cret@host/db")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("lacking", ["mlflow", "sqlalchemy"])
def test_what_is_not_installed_is_told_with_how_to_install_it(
    lacking: str, tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.util import find_spec

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == lacking else find_spec(name))
    with pytest.raises(
        TrackerError, match=r"needs the extra mlflow \(\w+ is not installed\): pip install 'dropout-lab\[mlflow\]'"
    ):
        mlflow.check(tmp_path, uri)


def test_files_that_a_store_has_no_place_for_are_told_and_the_runs_are_there(tmp_path: Path, uri: str) -> None:
    client(uri).create_experiment("small", artifact_location="s3://bucket/place")  # whose client is not installed
    line = publish(result(tmp_path / "made"), uri)
    assert "(but not config.yaml and summary.csv: its artifact store cannot be written from here)" in line
    assert len(runs(uri)) == 4


def test_mlflows_telemetry_is_off_even_if_the_user_has_not_turned_it_off(tmp_path: Path, uri: str) -> None:
    """In a process of its own, for MLflow has it off by itself wherever tests run."""
    asked = (
        "import sys; from pathlib import Path; from dropout_lab.analysis.study import read_study\n"
        "from dropout_lab.trackers import publish\n"
        "publish(read_study(Path(sys.argv[1])), {'mlflow': sys.argv[2]})\n"
        "from mlflow.telemetry import get_telemetry_client; print(get_telemetry_client())\n"
    )
    signs = ("PYTEST_CURRENT_TEST", "CI", "GITHUB_ACTIONS", "MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK")
    env = {name: value for name, value in os.environ.items() if name not in signs}
    command = [sys.executable, "-c", asked, str(result(tmp_path / "made")), uri]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "None"), done.stderr
