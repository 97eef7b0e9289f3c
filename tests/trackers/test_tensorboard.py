"""Event files, read back by TensorBoard itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import files
from report.made import result
from trackers.store import needs_tensorboard

from dropout_lab.analysis.study import read_study
from dropout_lab.errors import TrackerError
from dropout_lab.trackers import tensorboard
from dropout_lab.trackers.snapshot import take_snapshot

pytestmark = [needs_tensorboard, pytest.mark.filterwarnings("ignore:::tensorboard")]

TWO_KEYS = {"sweep": {"dropout.rate": [0, 0.5], "regularization.max_norm": [None, 3]}}


def published(folder: Path) -> Path:
    """Publish a result and return where its events are."""
    line = tensorboard.publish(take_snapshot(read_study(folder)))
    assert line == f"TensorBoard: tensorboard --logdir {folder / 'tensorboard'}"
    return folder / "tensorboard"


def read(run: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(run), size_guidance={"scalars": 0, "tensors": 0})
    found.Reload()
    return found


def scalars(run: Path) -> dict[str, list[tuple[int, float]]]:
    found = read(run)
    return {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def verdict(events: Path) -> str:
    [text] = read(events / "study").Tensors("verdict/text_summary")
    return str(text.tensor_proto.string_val[0].decode())


def test_each_point_is_a_run_with_its_curves_by_epoch_and_what_there_is_after_training(tmp_path: Path) -> None:
    events = published(result(tmp_path))
    assert sorted(run.name for run in events.iterdir()) == ["rate-0", "rate-0.2", "rate-0.5", "study"]
    found = scalars(events / "rate-0.2")
    history = pd.read_csv(tmp_path / "history.csv")
    means = history[history["rate"] == 0.2].groupby("epoch")["accuracy"].mean()
    assert found["epoch/accuracy"] == [(epoch, pytest.approx(mean)) for epoch, mean in means.items()]
    trials = pd.read_csv(tmp_path / "trials.csv")
    own = trials[trials["rate"] == 0.2]["accuracy"]
    assert found["final/accuracy"] == [(3, pytest.approx(own.mean()))]
    assert found["final/accuracy_sd"] == [(3, pytest.approx(own.std()))]


def test_the_verdict_is_there_as_text(tmp_path: Path) -> None:
    study = read_study(result(tmp_path))
    text = verdict(published(tmp_path))
    assert study.verdict
    assert f"**{study.verdict.sentence}**" in text
    assert text.endswith("18 of 18 trials.")


def test_what_varies_is_there_as_hyperparameters(tmp_path: Path) -> None:
    from tensorboard.plugins.hparams import plugin_data_pb2

    events = published(result(tmp_path, TWO_KEYS))
    metadata = read(events / "rate-0.5_max-norm-3").summary_metadata
    contents = {
        tag: plugin_data_pb2.HParamsPluginData.FromString(event.plugin_data.content)
        for tag, event in metadata.items()
        if event.plugin_data.plugin_name == "hparams"
    }
    start = contents["_hparams_/session_start_info"].session_start_info
    assert start.hparams["dropout.rate"].number_value == 0.5
    assert start.hparams["regularization.max_norm"].string_value == "3"
    assert contents["_hparams_/session_end_info"].session_end_info.status == 1


def test_long_settings_are_whole_in_the_hyperparameters(tmp_path: Path) -> None:
    from tensorboard.plugins.hparams import plugin_data_pb2

    hidden = [100, 200] * 25
    events = published(result(tmp_path, {"sweep": {"model.hidden": [[4], hidden]}}))
    [run] = [run for run in events.iterdir() if len(run.name) == 80]
    content = read(run).summary_metadata["_hparams_/session_start_info"].plugin_data.content
    found = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
    assert found["model.hidden"].string_value == "-".join(map(str, hidden))


def test_the_status_says_whether_all_trials_are_done_and_any_has_a_result(tmp_path: Path) -> None:
    from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2

    events = published(
        result(
            tmp_path,
            trains=lambda trial: trial.repeat == 0 or trial.experiment.dropout.rate < 0.5,
            diverges=lambda trial: trial.experiment.dropout.rate == 0.2,
        )
    )
    found = {}
    for run in ("rate-0", "rate-0.2", "rate-0.5"):
        content = read(events / run).summary_metadata["_hparams_/session_end_info"].plugin_data.content
        status = plugin_data_pb2.HParamsPluginData.FromString(content).session_end_info.status
        found[run] = api_pb2.Status.Name(status)
    assert found == {"rate-0": "STATUS_SUCCESS", "rate-0.2": "STATUS_FAILURE", "rate-0.5": "STATUS_RUNNING"}


def test_without_tensorboard_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.util import find_spec

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "tensorboard" else find_spec(name))
    with pytest.raises(TrackerError, match=r"needs the extra tensorboard: pip install 'dropout-lab\[tensorboard\]'"):
        tensorboard.check(tmp_path)


def test_publishing_twice_gives_the_same_bytes_and_no_point_twice(tmp_path: Path) -> None:
    before = files(published(result(tmp_path)))
    assert files(published(tmp_path)) == before
    assert not list(tmp_path.glob(".tensorboard*"))


def test_a_half_finished_result_is_replaced_by_the_finished_one(tmp_path: Path) -> None:
    result(tmp_path, trains=lambda trial: trial.repeat == 0 and trial.experiment.dropout.rate < 0.5)
    events = published(tmp_path)
    assert sorted(run.name for run in events.iterdir()) == ["rate-0", "rate-0.2", "study"]
    assert verdict(events).endswith("6 of 18 trials.")
    result(tmp_path, trains=lambda trial: trial.repeat == 1 or trial.experiment.dropout.rate == 0.5)
    found = scalars(published(tmp_path) / "rate-0.2")
    assert [step for step, _ in found["epoch/loss"]] == [1, 2, 3]
    assert len(found["final/loss"]) == 1
    assert verdict(events).endswith("18 of 18 trials.")


def test_what_a_kill_has_left_is_taken_away(tmp_path: Path) -> None:
    (result(tmp_path) / ".tensorboard-x/new").mkdir(parents=True)
    published(tmp_path)
    assert not (tmp_path / ".tensorboard-x").exists()


def test_a_folder_that_holds_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (result(tmp_path) / "tensorboard").mkdir()
    (tmp_path / "tensorboard/notes.txt").write_text("mine")
    for act in (lambda: tensorboard.check(tmp_path), lambda: published(tmp_path)):
        with pytest.raises(TrackerError, match=r"tensorboard: holds notes.txt, which --tensorboard has not written"):
            act()
    assert files(tmp_path / "tensorboard") == {"notes.txt": b"mine"}


def test_what_cannot_be_written_is_an_error_and_the_old_events_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(published(result(tmp_path)))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensorboard, "_write_events", full)
    with pytest.raises(TrackerError, match="tensorboard: cannot be written: No space left on device"):
        published(tmp_path)
    assert files(tmp_path / "tensorboard") == before
    assert not list(tmp_path.glob(".tensorboard*"))


def test_points_whose_names_differ_in_signs_only_have_folders_of_their_own(tmp_path: Path) -> None:
    snapshot = take_snapshot(read_study(result(tmp_path)))
    points = [replace(snapshot.points[0], name=name) for name in ("a/b", "a b", "a-b", "study", "../..", "x" * 300)]
    names = list(tensorboard.run_names(points))
    assert len(set(names)) == len(names) == 6
    assert all(Path(name).name == name and name not in (".", "..", "study") for name in names)
