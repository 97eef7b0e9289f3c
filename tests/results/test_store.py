import csv
import gzip
import io
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import experiment, files, outcome

from dropout_lab.config import Experiment, load
from dropout_lab.engines.outcome import TrialFailure
from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.results import (
    Store,
    check,
    finished_trials,
    open_store,
    read_trials,
    saved_experiment,
    saved_run,
    saved_starts,
    set_aside,
)
from dropout_lab.results.atomic_write import LEFTOVER

TABLES = ("trials.csv", "history.csv", "predictions.csv.gz")
OPEN = """\
import sys
from pathlib import Path
from builders import experiment
from dropout_lab.errors import ResultsError
from dropout_lab.results import open_store

try:
    with open_store(Path(sys.argv[1]), experiment(), 3):
        print("open", flush=True)
        sys.stdin.read()
except ResultsError as error:
    print(error)
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return the output directory of the test, which is not there yet."""
    return tmp_path / "out"


def begin(out: Path, count: int = 4) -> list[str]:
    """Begin a result with the first trials of the small experiment; return their ids."""
    trials = plan(experiment())[:count]
    with open_store(out, experiment(), 3) as store:
        store.repair()
        for trial in trials:
            store.append([outcome(trial)])
    return [trial.id for trial in trials]


def rows(out: Path, name: str) -> list[dict[str, str]]:
    content = (out / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def trials_in(out: Path, name: str) -> list[str]:
    """Return the ids in a table, in order, each once."""
    return list(dict.fromkeys(row["trial"] for row in rows(out, name)))


def repaired(out: Path) -> frozenset[str]:
    with open_store(out, experiment(), 3) as store:
        return store.repair()


def other_process(out: Path) -> "subprocess.Popen[str]":
    """Start a process that opens the result, says so, and holds it until its input ends."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


# Writing


def test_a_trial_has_one_row_an_epoch_one_and_a_held_out_row_one(out: Path) -> None:
    ids = begin(out, 2)
    assert [row["trial"] for row in rows(out, "trials.csv")] == ids
    assert [row["trial"] for row in rows(out, "history.csv")] == [trial for trial in ids for _ in range(3)]
    assert [row["trial"] for row in rows(out, "predictions.csv.gz")] == [trial for trial in ids for _ in range(4)]


def test_a_new_result_has_its_headers_and_its_experiment(out: Path) -> None:
    with open_store(out, experiment(), 3) as store:
        assert store.repair() == frozenset()
    assert (out / "trials.csv").read_text(encoding="utf-8").startswith("trial,experiment,dataset,")
    assert (out / "history.csv").read_text(encoding="utf-8").startswith("trial,rate,repeat,fold,epoch,")
    header = gzip.decompress((out / "predictions.csv.gz").read_bytes()).decode()
    assert header == "trial,rate,repeat,fold,row,label,p0,p1,p2\n"
    assert load(out / "config.yaml") == saved_experiment(out) == experiment()


@pytest.mark.parametrize("dropout", [{"kind": "gaussian_noise", "stddev": 0.2}, {"rate": {"hidden": 0.2}}])
def test_the_rate_is_empty_where_there_is_not_one(out: Path, dropout: dict[str, Any]) -> None:
    rateless = experiment({"dropout": dropout})
    with open_store(out, rateless, 3) as store:
        store.repair()
        store.append([outcome(plan(rateless)[0])])
    assert {row["rate"] for name in TABLES for row in rows(out, name)} == {""}
    assert read_trials(out)["rate"].isna().all()


def test_predictions_come_back_to_the_bit(out: Path) -> None:
    (trial,) = begin(out, 1)
    result = outcome(plan(experiment())[0])
    for row, probabilities in zip(rows(out, "predictions.csv.gz"), result.test_probabilities, strict=True):
        assert row["trial"] == trial
        read = [probabilities.dtype.type(row[f"p{code}"]) for code in range(3)]
        assert read == probabilities.tolist()


@pytest.mark.parametrize("broken", ["history.csv", "predictions.csv.gz"])
def test_a_trial_whose_details_cannot_be_written_has_no_mark(out: Path, broken: str) -> None:
    first, second = plan(experiment())[:2]
    with open_store(out, experiment(), 3) as store:
        store.repair()
        store.append([outcome(first)])
        (out / broken).rename(out / "away")
        with pytest.raises(ResultsError, match="cannot be written"):
            store.append([outcome(second)])
    (out / "away").rename(out / broken)
    assert finished_trials(out) == {first.id}
    assert repaired(out) == {first.id}


def test_the_mark_is_written_last(out: Path) -> None:
    first, second = plan(experiment())[:2]
    with open_store(out, experiment(), 3) as store:
        store.repair()
        store.append([outcome(first)])
        (out / "trials.csv").rename(out / "away")
        with pytest.raises(ResultsError, match=r"trials.csv: cannot be written"):
            store.append([outcome(second)])
    assert trials_in(out, "history.csv") == trials_in(out, "predictions.csv.gz") == [first.id, second.id]


def test_what_a_killed_writer_of_a_file_or_a_folder_has_left_is_taken_away(out: Path) -> None:
    begin(out)
    (out / f".report{LEFTOVER}").write_text("half")
    (out / f".model.keras-abc{LEFTOVER}").mkdir()
    (out / f".model.keras-abc{LEFTOVER}/model.keras").write_text("half")
    assert len(repaired(out)) == 4
    assert [path.name for path in out.iterdir() if path.name.endswith(LEFTOVER)] == []


def test_tables_are_put_in_plan_order(out: Path) -> None:
    trials = plan(experiment())
    with open_store(out, experiment(), 3) as store:
        store.repair()
        store.append([outcome(trial) for trial in reversed(trials)])
        store.reorder([trial.id for trial in trials])
    for name in TABLES:
        assert trials_in(out, name) == [trial.id for trial in trials]


def test_the_same_trials_give_the_same_bytes_in_whatever_order_and_company_they_come(tmp_path: Path) -> None:
    trials = plan(experiment({"sweep": {"dropout.rate": [0, 0.5]}}))
    for name, blocks in (("one", [trials]), ("many", [[trial] for trial in reversed(trials)])):
        with open_store(tmp_path / name, experiment(), 3) as store:
            store.repair()
            for block in blocks:
                store.append([outcome(trial) for trial in block])
            store.reorder([trial.id for trial in trials])
    one, many = files(tmp_path / "one"), files(tmp_path / "many")
    assert {name: one[name] for name in TABLES} == {name: many[name] for name in TABLES}


def test_a_diverged_trial_is_kept_with_its_reason_and_without_metrics(out: Path) -> None:
    with open_store(out, experiment(), 3) as store:
        store.repair()
        store.append([outcome(plan(experiment())[0], diverged=True)])
    (row,) = rows(out, "trials.csv")
    assert (row["status"], row["reason"]) == ("diverged", "the loss was no longer finite from epoch 3")
    assert (row["loss"], row["accuracy"], row["train_loss"], row["train_accuracy"]) == ("", "", "", "")
    assert [row["loss"] != "" for row in rows(out, "history.csv")] == [True, True, False]
    assert len(repaired(out)) == 1


# Going on


def test_whole_trials_are_kept_as_they_are(out: Path) -> None:
    ids = begin(out)
    first = repaired(out)
    before = files(out)
    assert first == repaired(out) == frozenset(ids)
    assert {name: files(out)[name] for name in TABLES} == {name: before[name] for name in TABLES}


def test_a_trial_without_its_mark_is_dropped(out: Path) -> None:
    ids = begin(out)
    marks = (out / "trials.csv").read_bytes()
    (out / "trials.csv").write_bytes(marks[: marks.rstrip(b"\n").rfind(b"\n") + 1])
    assert repaired(out) == frozenset(ids[:-1])
    assert [trials_in(out, name) for name in TABLES] == [ids[:-1]] * 3


def test_a_trial_with_half_its_mark_is_dropped(out: Path) -> None:
    ids = begin(out)
    os.truncate(out / "trials.csv", (out / "trials.csv").stat().st_size - 1)
    assert finished_trials(out) == frozenset(ids[:-1])
    assert repaired(out) == frozenset(ids[:-1])
    assert [trials_in(out, name) for name in TABLES] == [ids[:-1]] * 3


@pytest.mark.parametrize("name", ["history.csv", "predictions.csv.gz"])
def test_a_mark_without_its_details_is_damage_that_is_refused_and_left_as_it_is(out: Path, name: str) -> None:
    begin(out)
    os.truncate(out / name, (out / name).stat().st_size - 1)
    tables = [(out / table).read_bytes() for table in TABLES]
    with pytest.raises(ResultsError, match=f"{name}: has missing or surplus rows of 1 of the 4 trials"):
        repaired(out)
    assert [(out / table).read_bytes() for table in TABLES] == tables


def test_a_dropped_trial_is_added_again_once(out: Path) -> None:
    ids = begin(out)
    os.truncate(out / "trials.csv", (out / "trials.csv").stat().st_size - 1)
    with open_store(out, experiment(), 3) as store:
        assert store.repair() == frozenset(ids[:-1])
        store.append([outcome(plan(experiment())[3])])
    assert [len(rows(out, name)) for name in TABLES] == [4, 4 * 3, 4 * 4]


def test_asking_what_is_finished_changes_nothing(out: Path) -> None:
    begin(out)
    os.truncate(out / "trials.csv", (out / "trials.csv").stat().st_size - 1)
    before = files(out)
    assert len(finished_trials(out)) == len(read_trials(out)) == 3
    assert files(out) == before


def test_nothing_is_finished_where_nothing_was_begun(out: Path) -> None:
    assert finished_trials(out) == frozenset()
    assert saved_run(out) == {}


# One writer


def test_a_second_process_is_refused_with_the_id_and_the_host_of_the_first(out: Path) -> None:
    with open_store(out, experiment(), 3), other_process(out) as other:
        output, _ = other.communicate()
    assert f"{out}: in use by process {os.getpid()} on {platform.node()} since " in output
    assert "wait for it, or choose another --out" in output


def test_this_process_is_refused_while_another_writes_and_let_in_when_that_was_killed(out: Path) -> None:
    with other_process(out) as other:
        if other.stdout is None or other.stdin is None:
            raise RuntimeError("the other process has no streams")
        assert other.stdout.readline() == "open\n"
        with pytest.raises(ResultsError, match=f"in use by process {other.pid} on "), open_store(out, experiment(), 3):
            pass
        with pytest.raises(ResultsError, match=f"in use by process {other.pid} on "):
            set_aside(out)
        other.kill()
        other.wait()
    assert repaired(out) == frozenset()


def test_a_refused_writer_changes_nothing(out: Path) -> None:
    with open_store(out, experiment(), 3) as store:
        store.repair()
        before = files(out)
        with pytest.raises(ResultsError, match="in use by"), open_store(out, experiment({"name": "other"}), 3):
            pass
        assert files(out) == before


def test_a_directory_that_cannot_be_made_is_refused(out: Path) -> None:
    out.write_text("mine", encoding="utf-8")
    for folder in (out, out / "below"):
        with pytest.raises(ResultsError, match="cannot be created: "), open_store(folder, experiment(), 3):
            pass
    assert out.read_text(encoding="utf-8") == "mine"


# Setting aside


def test_old_results_are_renamed_and_never_deleted(out: Path) -> None:
    begin(out)
    before = files(out)
    aside = set_aside(out)
    assert aside == out.with_name("out.1")
    assert not out.exists()
    assert {name: files(aside)[name] for name in before if name != ".lock"} == {
        name: before[name] for name in before if name != ".lock"
    }


def test_each_set_of_old_results_has_its_own_name(out: Path) -> None:
    for number in (1, 2, 3):
        begin(out, number)
        assert set_aside(out) == out.with_name(f"out.{number}")
    assert [len(rows(out.with_name(f"out.{number}"), "trials.csv")) for number in (1, 2, 3)] == [1, 2, 3]


def test_where_there_are_no_results_nothing_is_set_aside(out: Path, tmp_path: Path) -> None:
    assert set_aside(out) is None
    assert list(tmp_path.iterdir()) == []


def test_results_in_use_are_not_set_aside(out: Path) -> None:
    with open_store(out, experiment(), 3), pytest.raises(ResultsError, match="in use by"):
        set_aside(out)
    assert out.is_dir()


# Whose directory it is


def test_a_new_or_an_empty_directory_may_be_written_to(out: Path) -> None:
    check(out, experiment(), "sum")
    out.mkdir()
    check(out, experiment(), "sum")
    (out / ".lock").touch()
    check(out, experiment(), "sum")


def test_the_same_experiment_and_what_extends_it_may_go_on(out: Path) -> None:
    begin(out)
    check(out, experiment(), "sum")
    check(out, experiment({"evaluation.repeats": 9}), "sum")


def test_a_directory_with_other_files_is_refused(out: Path) -> None:
    out.mkdir()
    (out / "thesis.tex").touch()
    with pytest.raises(ResultsError) as caught:
        check(out, experiment(), "sum")
    assert str(caught.value) == f"{out}: holds files that are not results: choose another directory with --out"


def test_a_file_is_refused(out: Path) -> None:
    out.touch()
    with pytest.raises(ResultsError, match="is a file: choose a directory with --out"):
        check(out, experiment(), "sum")


def test_another_experiment_is_refused_with_the_keys_that_differ_and_the_ways_out(out: Path) -> None:
    begin(out)
    with pytest.raises(ResultsError) as caught:
        check(out, experiment({"training.epochs": 5, "dropout.rate": 0.2}), "sum")
    assert str(caught.value).splitlines() == [
        f"{out}: holds the results of another experiment:",
        "  dropout.rate: 0.0 -> 0.2",
        "  training.epochs: 3 -> 5",
        "Keep both with --out OTHER_DIRECTORY, or set the old results aside with --fresh",
    ]


def test_results_from_other_data_are_refused(out: Path) -> None:
    begin(out)
    Store(out, experiment(), 3).record({"data": {"checksum": "sum"}})
    check(out, experiment(), "sum")
    with pytest.raises(ResultsError) as caught:
        check(out, experiment(), "other")
    assert f"{out}: its results are from other data (the values differ)" in str(caught.value)
    assert "--out" in str(caught.value)
    assert "--fresh" in str(caught.value)


def test_checking_changes_nothing(out: Path) -> None:
    begin(out)
    before = files(out)
    check(out, experiment(), "sum")
    with pytest.raises(ResultsError):
        check(out, experiment({"training.epochs": 5}), "sum")
    assert files(out) == before


@pytest.mark.parametrize(("name", "content"), [("config.yaml", "model: ["), ("run.json", "{"), ("run.json", "[]")])
def test_a_result_whose_papers_are_damaged_is_refused_with_their_place(out: Path, name: str, content: str) -> None:
    begin(out)
    (out / name).write_text(content, encoding="utf-8")
    with pytest.raises(ResultsError) as caught:
        check(out, experiment(), "sum")
    assert str(out / name) in str(caught.value)


def test_facts_are_read_back_as_they_were_recorded(out: Path) -> None:
    facts = {"experiment": "small", "starts": [{"began": "2000-01-01T00:00:00+00:00", "who": "Zoë"}]}
    with open_store(out, experiment(), 3) as store:
        store.record(facts)
    assert saved_run(out) == facts


def test_the_saved_experiment_is_the_last_one_opened(out: Path) -> None:
    begin(out)
    longer: Experiment = experiment({"evaluation.repeats": 9})
    with open_store(out, longer, 3) as store:
        store.repair()
    assert saved_experiment(out) == longer


@pytest.mark.parametrize("why", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "two\nlines, \x1b[31mred\x00", "x" * 5000])
def test_no_reason_is_a_formula_or_breaks_the_line(out: Path, why: str) -> None:
    trials = plan(experiment())
    with open_store(out, experiment(), 3) as store:
        store.repair()
        store.append([TrialFailure(trials[0], "failed", why), outcome(trials[1])])
    first, second = rows(out, "trials.csv")
    assert (first["status"], second["status"]) == ("failed", "ok")
    assert first["reason"][0] not in "=+-@"
    assert first["reason"].isprintable()
    assert len(first["reason"]) <= 201
    with open_store(out, experiment(), 3) as store:
        assert store.repair() == {trials[0].id, trials[1].id}
        assert store.repair(retry=True) == {trials[1].id}
    assert finished_trials(out) == {trials[1].id}


@pytest.mark.parametrize("starts", [3, [4], {"0": {}}])
def test_starts_that_are_none_are_refused_with_the_ways_out(out: Path, starts: object) -> None:
    begin(out)
    Store(out, experiment(), 3).record({"starts": starts})
    with pytest.raises(ResultsError) as caught:
        saved_starts(out)
    assert str(caught.value) == (
        f"{out / 'run.json'}: starts: expected a list of objects: restore the file, or remove it"
    )
