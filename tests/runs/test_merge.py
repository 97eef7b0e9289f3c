"""Shards and putting them together: made outcomes, real files, real kills."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import writer
from builders import files, outcome
from report.made import GROUPED, result, without_groups
from writer import killing, without_times

from dropout_lab.engines.outcome import TrialFailure
from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.results import open_store
from dropout_lab.runs.merge import merge_parts, read_part, write_merged
from dropout_lab.runs.shard import Shard

SHARDS = 3


def train(out: Path, shard: Shard | None, seconds: float = 1.0) -> None:
    def made(block: tuple[object, ...], on_epochs: object) -> Iterator[list[object]]:
        some = [outcome(trial) for trial in block]  # type: ignore[arg-type]
        for each in some:
            object.__setattr__(each, "seconds", seconds)
        yield some

    with writer.made(made, 1):  # type: ignore[arg-type]
        assert writer.run_here(writer.small(), out, shard=shard)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], dict[str, bytes]]:
    """Return the directories of all shards, and what an undisturbed run of the whole leaves."""
    folder = tmp_path_factory.mktemp("trained")
    shards = [folder / f"shard-{number}" for number in range(1, SHARDS + 1)]
    for number, shard in enumerate(shards, 1):
        train(shard, Shard(number, SHARDS), float(number))
    train(folder / "whole", None)
    return shards, without_times(folder / "whole")


Trained = tuple[list[Path], dict[str, bytes]]


def together(folders: list[Path], out: Path, *, fresh: bool = False) -> int:
    found = merge_parts([read_part(folder) for folder in folders])
    write_merged(found, out, fresh=fresh)
    return found.missing


@pytest.mark.parametrize("backwards", [False, True])
def test_shards_together_are_the_files_of_an_undisturbed_run(trained: Trained, tmp_path: Path, backwards: bool) -> None:
    shards, whole = trained
    assert together(shards[:: -1 if backwards else 1], tmp_path / "out") == 0
    assert without_times(tmp_path / "out") == whole
    assert sorted(os.listdir(tmp_path)) == ["out"]


def test_shards_keep_the_groups_of_their_rows(tmp_path: Path) -> None:
    parts = [
        result(tmp_path / str(part), GROUPED, trains=lambda trial, part=part: trial.fold % 2 == part)  # type: ignore[misc]
        for part in range(2)
    ]
    together(parts, tmp_path / "out")
    whole = together([result(tmp_path / "all", GROUPED)], tmp_path / "whole")
    assert whole == 0
    assert without_times(tmp_path / "out") == without_times(tmp_path / "whole")
    without_groups(parts[0])
    with pytest.raises(ResultsError, match="0: its predictions are without the group of each row"):
        together(parts, tmp_path / "mixed")
    assert not (tmp_path / "mixed").exists()


def test_every_start_of_every_shard_is_recorded(trained: Trained, tmp_path: Path) -> None:
    shards, _ = trained
    together(shards, tmp_path / "out")
    facts = json.loads((tmp_path / "out/run.json").read_text())
    assert sum(start["trained"] for start in facts["starts"]) == len(plan(writer.small()))
    assert len(facts["starts"]) == SHARDS


def test_what_is_missing_is_counted_and_the_usual_command_completes_it(trained: Trained, tmp_path: Path) -> None:
    shards, whole = trained
    out = tmp_path / "out"
    missing = together(shards[1:], out)
    assert missing == len(Shard(1, SHARDS).part(plan(writer.small())))
    train(out, None)
    assert without_times(out) == whole


def test_trials_that_two_directories_have_alike_are_taken_once(trained: Trained, tmp_path: Path) -> None:
    shards, whole = trained
    train(tmp_path / "again", Shard(1, 2), 77.0)
    together([tmp_path / "again", *shards], tmp_path / "out")
    assert without_times(tmp_path / "out") == whole


def test_a_trial_with_other_numbers_in_two_directories_is_refused_by_name(trained: Trained, tmp_path: Path) -> None:
    shards, _ = trained
    first = Shard(1, SHARDS).part(plan(writer.small()))[0]
    with open_store(tmp_path / "other", writer.small(), 3) as store:
        store.repair()
        store.append([TrialFailure(first, "failed", "no memory")])
    shutil.copy(shards[0] / "run.json", tmp_path / "other")
    with pytest.raises(ResultsError, match=f"trial {first.id} in .*shard-1 and .*other"):
        together([*shards, tmp_path / "other"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_experiment_is_refused_with_the_keys_that_differ(trained: Trained, tmp_path: Path) -> None:
    shards, _ = trained
    with open_store(tmp_path / "other", writer.small(repeats=3), 3) as store:
        store.repair()
    for folders in ([*shards, tmp_path / "other"], [tmp_path / "other", *shards]):
        with pytest.raises(ResultsError, match=r"evaluation.repeats: [23] -> [23]"):
            together(folders, tmp_path / "out")


def test_other_data_are_refused(trained: Trained, tmp_path: Path) -> None:
    shards, _ = trained
    shutil.copytree(shards[1], tmp_path / "other")
    record = tmp_path / "other/run.json"
    record.write_text(record.read_text().replace('"checksum": "', '"checksum": "f'))
    with pytest.raises(ResultsError, match=r"other: its results are from different data than .*shard-1"):
        together([shards[0], tmp_path / "other"], tmp_path / "out")


def test_other_versions_are_told(trained: Trained, tmp_path: Path) -> None:
    shards, _ = trained
    shutil.copytree(shards[1], tmp_path / "other")
    record = tmp_path / "other/run.json"
    facts = json.loads(record.read_text())
    facts["starts"][0]["versions"]["keras"] = "1.0"
    record.write_text(json.dumps(facts))
    assert merge_parts([read_part(shards[0]), read_part(tmp_path / "other")]).differing == ["versions"]
    assert merge_parts([read_part(folder) for folder in shards]).differing == []


def test_a_shard_without_any_trial_does_no_harm(trained: Trained, tmp_path: Path) -> None:
    shards, whole = trained
    train(tmp_path / "empty", Shard(1, 99))
    together([tmp_path / "empty", *shards], tmp_path / "out")
    assert without_times(tmp_path / "out") == whole
    with pytest.raises(ResultsError, match="no trial is finished, so there is nothing to merge"):
        together([tmp_path / "empty"], tmp_path / "none")


def test_results_that_are_there_are_kept_unless_they_are_to_be_set_aside(trained: Trained, tmp_path: Path) -> None:
    shards, whole = trained
    out = tmp_path / "out"
    together(shards[1:], out)
    before = files(out)
    with pytest.raises(ResultsError, match="already holds results"):
        together(shards, out)
    assert files(out) == before
    together([out, *shards], out, fresh=True)
    assert without_times(out) == whole
    aside = files(tmp_path / "out.1")
    assert {name: aside[name] for name in aside if name != ".lock"} == {n: before[n] for n in before if n != ".lock"}


def test_killed_at_any_call_there_is_the_whole_result_or_none(trained: Trained, tmp_path: Path) -> None:
    shards, whole = trained
    memory = Path("/dev/shm")  # noqa: S108 - quick to flush
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as name:
        out, at, killed = Path(name, "out"), 0, -9

        def child() -> int:
            with patch.multiple(os, **killing(at, torn=True)):
                return together(shards, out)

        while killed == -9:
            killed = writer.in_a_child(child)
            if out.exists():
                assert without_times(out) == whole
                shutil.rmtree(out)
            else:
                assert killed == -9
            at += 1
        assert (killed, at > 15) == (0, True)
        assert os.listdir(name) == []
