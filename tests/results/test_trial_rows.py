"""Whatever was done to the rows of trials, they are read rightly, or refused with their lines."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import experiment, files, outcome
from damage import Damage, cell, damages
from hypothesis import given

from dropout_lab.engines.outcome import TrialFailure
from dropout_lab.errors import ResultsError
from dropout_lab.metrics.activations import Activations
from dropout_lab.plan import plan
from dropout_lab.results import finished_trials, open_store, read_trials
from dropout_lab.results.rows import trial_columns
from dropout_lab.stats import Comparison, design_of, summarize, trial_matrix

PLANNED = experiment({"sweep": {"dropout.rate": [0, 0.5]}})
TRIALS = {trial.id: trial for trial in plan(PLANNED)}


def made(folder: Path) -> Path:
    """Write a whole result, one of its trials failed and one diverged."""
    with open_store(folder, PLANNED, 3) as store:
        store.repair()
        first, second, *others = TRIALS.values()
        store.append([TrialFailure(first, "failed", 'ValueError: "this", that'), outcome(second, diverged=True)])
        store.append([outcome(trial) for trial in others])
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(made(tmp_path_factory.mktemp("made") / "out"))


@contextmanager
def damaged(whole: dict[str, bytes], damage: Damage) -> Iterator[Path]:
    """Give a directory with the result, its rows of trials damaged."""
    with tempfile.TemporaryDirectory() as name:
        for file, content in whole.items():
            (Path(name) / file).write_bytes(damage(content) if file == "trials.csv" else content)
        yield Path(name)


@given(damages())
def test_damaged_rows_are_refused_or_what_is_read_is_as_planned(whole: dict[str, bytes], damage: Damage) -> None:
    with damaged(whole, damage) as folder:
        try:
            read = read_trials(folder)
        except ResultsError:
            return
        for row in read.itertuples():
            trial = TRIALS[row.trial]
            assert (row.rate, row.repeat, row.fold) == (trial.experiment.dropout.rate, trial.repeat, trial.fold)
            assert (row.accuracy >= 0) == (row.loss == row.loss) == (row.status == "ok")
        assert not read.duplicated("trial").any()
        summarize(trial_matrix(read, Comparison(design_of(PLANNED))))


@given(damages())
def test_damaged_rows_are_refused_by_a_run_or_gone_on_from(whole: dict[str, bytes], damage: Damage) -> None:
    with damaged(whole, damage) as folder:
        before = files(folder)
        try:
            finished = finished_trials(folder)
            with open_store(folder, PLANNED, 3) as store:
                kept = store.repair()
        except ResultsError:
            assert {name: content for name, content in files(folder).items() if name != ".lock"} == {
                name: content for name, content in before.items() if name != ".lock"
            }
        else:
            assert finished == kept <= TRIALS.keys()
            assert set(read_trials(folder)["trial"]) == kept


def at(column: str, text: str, line: int = 3) -> Damage:
    return cell(line, list(trial_columns(experiment())).index(column), text)


CASES: dict[str, tuple[Damage, str]] = {
    "a blank line": (lambda content: content.replace(b"\n", b"\n\n", 1), ":2: expected 20 cells, got 0"),
    "a short row": (lambda content: content.rpartition(b",")[0] + b"\n", ":13: expected 20 cells, got 19"),
    "a doubled row": (lambda content: content + content.splitlines(keepends=True)[-1], ":14: trial "),
    "a byte of nothing": (lambda content: content.replace(b",ok,", b",ok\0,", 1), ":4: status: expected ok, diverged"),
    "no UTF-8": (lambda content: content.replace(b",ok,", b",ok,\xff", 1), ":4: is not text in UTF-8"),
    "a word for a number": (at("accuracy", "high"), ":4: accuracy: expected a number from 0 to 1, or nothing, got 'hi"),
    "an impossible share": (at("accuracy", "7"), ":4: accuracy: expected a number from 0 to 1"),
    "no number": (at("loss", "nan"), ":4: loss: expected a number"),
    "a number that is not there": (at("test_rows", ""), ":4: test_rows: expected a number for a trial that is ok"),
    "a number too many": (at("loss", "0.5", 1), ":2: loss: expected nothing for a trial that is failed"),
    "a missing column": (
        lambda content: content.replace(b",rate,", b",", 1),
        ":1: column 7: expected rate, got 'repeat'",
    ),
    "columns in another order": (
        lambda content: content.replace(b"rate,repeat", b"repeat,rate", 1),
        ":1: column 7: exp",
    ),
    "the line ends of another system": (lambda content: content.replace(b"\n", b"\r\n"), ":1: column 20: expected"),
    "an unknown status": (at("status", "fine"), ":4: status: expected ok, diverged, failed or killed, got 'fine'"),
    "a wrong rate": (at("rate", "0.15"), ":4: rate: expected 0.0, as in config.yaml, got 0.15"),
    "an invalid rate": (at("rate", "1.5"), ":4: rate: expected 0 <= rate < 1"),
    "a seed in few digits": (at("seed", "1.14E+18"), ":4: seed: expected a whole number, got '1.14E+18'"),
    "a trial of nowhere": (at("trial", "a" * 12), ":4: trial aaaaaaaaaaaa is not in the plan that this version"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("reader", [read_trials, finished_trials])
def test_is_told_with_its_line_what_was_expected_and_what_to_do(
    whole: dict[str, bytes], case: str, reader: Callable[[Path], object]
) -> None:
    damage, expected = CASES[case]
    with damaged(whole, damage) as folder, pytest.raises(ResultsError) as caught:
        reader(folder)
    assert expected in str(caught.value)
    assert str(caught.value).startswith(f"{folder / 'trials.csv'}: was changed or damaged:\n")
    assert str(caught.value).endswith("\nRestore it, or set these results aside with --fresh")


def test_all_lines_that_are_wrong_are_counted_and_the_first_ones_told(whole: dict[str, bytes]) -> None:
    with damaged(whole, lambda content: content.replace(b"small", b"sm\0all")) as folder:
        with pytest.raises(ResultsError) as caught:
            read_trials(folder)
        assert [line.partition("csv:")[2].partition(":")[0] for line in str(caught.value).splitlines()[1:-2]] == [
            str(number) for number in range(2, 12)
        ]
        assert "\n  and 2 more\n" in str(caught.value)


MEASURED = experiment({"evaluation.monte_carlo": 3, "evaluation.measures": ["activations", "time"]})
COLUMNS = tuple(trial_columns(MEASURED))
FULL = {"monte_carlo": np.full((4, 3), 1 / 3), "activations": Activations(0.25, 0.5, 0.5), "epoch_seconds": 0.01}
BARE = {"monte_carlo": np.full((4, 3), np.nan), "activations": Activations(1.0, 0.0, np.nan)}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """Write a result with all measures: of its trials one failed, one diverged, and one lacks what need not exist."""
    failed, diverged, bare, *others = plan(MEASURED)
    with open_store(tmp_path / "out", MEASURED, 3) as store:
        store.repair()
        store.append([TrialFailure(failed, "failed", "no memory"), replace(outcome(diverged, diverged=True), **FULL)])
        store.append([replace(outcome(bare), **BARE), *(replace(outcome(trial), **FULL) for trial in others)])
    return tmp_path / "out"


def test_measures_are_read_as_they_were_written_with_what_does_not_exist_empty(measured: Path) -> None:
    read = read_trials(measured)
    assert tuple(read.columns) == COLUMNS
    more = read[["ece", "mc_loss", "sparsity", "coadaptation", "epoch_seconds"]].notna().to_numpy().tolist()
    one = [True] * 5
    assert more == [[False] * 5, [False] * 4 + [True], [True, False, True, False, False], one, one, one]


@pytest.mark.parametrize(
    ("column", "line", "text", "expected"),
    [
        ("mc_loss", 1, "0.5", ":2: mc_loss: expected nothing for a trial that is failed"),
        ("epoch_seconds", 1, "0.5", ":2: epoch_seconds: expected nothing for a trial that is failed"),
        ("sparsity", 2, "0.5", ":3: sparsity: expected nothing for a trial that is diverged"),
        ("ece", 4, "", ":5: ece: expected a number for a trial that is ok"),
        ("mc_accuracy", 4, "7", ":5: mc_accuracy: expected a number from 0 to 1"),
    ],
)
def test_a_measure_that_cannot_be_is_told(measured: Path, column: str, line: int, text: str, expected: str) -> None:
    path = measured / "trials.csv"
    path.write_bytes(cell(line, COLUMNS.index(column), text)(path.read_bytes()))
    with pytest.raises(ResultsError) as caught:
        read_trials(measured)
    assert expected in str(caught.value)
