"""Whatever the instant at which the writer is killed, nothing finished is lost and nothing is trained twice."""

from __future__ import annotations

import csv
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import writer
from builders import files
from writer import without_times

from dropout_lab.plan import plan

KILLED, CRASHED = -9, -6
MEMORY = Path("/dev/shm")  # noqa: S108 - flushing every row to a disk would make thousands of kills take hours


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that is quick to flush, where the system has one."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
        yield Path(name)


def times(out: Path) -> dict[str, str]:
    """Return the time of each trial whose row is whole."""
    try:
        text = (out / "trials.csv").read_text()
    except FileNotFoundError:
        return {}
    rows = csv.DictReader(text[: text.rfind("\n") + 1].splitlines())
    return {row["trial"]: row["train_seconds"] for row in rows}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], int]:
    """Return the files of a run that nothing disturbs, and the number of calls it makes."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    total = writer.calls(out)
    return without_times(out), total


def kill_and_go_on(out: Path, at: int, *, torn: bool) -> None:
    """Start a run that is killed at a call; check that it keeps the time of every row that was there."""
    before = times(out)
    assert writer.start(out, kill_at=at, torn=torn) in (KILLED, 0)
    assert before.items() <= times(out).items()


def finish(out: Path, expected: dict[str, bytes]) -> None:
    """Let the run finish; it must end as if it had never been killed."""
    before = times(out)
    assert writer.start(out) == 0
    assert before.items() <= times(out).items()
    assert without_times(out) == expected


def kill_at_each(every: int, torn: bool, folder: Path, undisturbed: tuple[dict[str, bytes], int]) -> None:
    expected, total = undisturbed
    assert total > 100
    for at in range(0, total, every):
        out = folder / str(at)
        assert writer.start(out, kill_at=at, torn=torn) == KILLED
        finish(out, expected)


@pytest.mark.slow
@pytest.mark.parametrize("torn", [False, True], ids=["before the call", "half-way through"])
def test_killed_at_any_call_it_ends_as_if_nothing_had_happened(
    torn: bool, folder: Path, undisturbed: tuple[dict[str, bytes], int]
) -> None:
    kill_at_each(1, torn, folder, undisturbed)


def test_killed_half_way_through_every_eleventh_call_it_ends_as_if_nothing_had_happened(
    folder: Path, undisturbed: tuple[dict[str, bytes], int]
) -> None:
    kill_at_each(11, True, folder, undisturbed)


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(
    folder: Path, undisturbed: tuple[dict[str, bytes], int]
) -> None:
    """Three hundred kills at random calls, up to six over one result; `make soak` makes them five thousand."""
    expected, total = undisturbed
    chance = random.Random(7)  # noqa: S311 - nothing secret
    kills, most = 0, 100 * int(os.environ.get("DROPOUT_LAB_KILLS", "3"))
    while kills < most:
        out = folder / str(kills)
        for _ in range(chance.randint(1, 6)):
            kill_and_go_on(out, chance.randrange(total), torn=chance.random() < 0.5)
            kills += 1
        finish(out, expected)


def test_a_trial_that_takes_the_process_down_is_recorded_and_the_others_go_on(folder: Path) -> None:
    out = folder / "out"
    culprit = plan(writer.small())[5].id
    starts = 1
    while writer.start(out, deadly=lambda block: any(trial.id == culprit for trial in block), at_once=4) == CRASHED:
        starts += 1
    assert starts == 2 + 2 + 3 + 1  # in a block of four, of two, alone, and never again
    rows = list(csv.DictReader((out / "trials.csv").read_text().splitlines()))
    assert [row["trial"] for row in rows] == [trial.id for trial in plan(writer.small())]
    assert [row["trial"] for row in rows if row["status"] != "ok"] == [culprit]
    [lost] = [row for row in rows if row["trial"] == culprit]
    assert (lost["status"], lost["accuracy"]) == ("killed", "")
    assert lost["reason"].startswith("crashed the process")
    assert not [file for file in files(out) if file in (".journal", ".crash")]


def test_killed_trials_are_trained_again_only_when_asked_for(
    folder: Path, undisturbed: tuple[dict[str, bytes], int]
) -> None:
    out = folder / "out"
    culprit = plan(writer.small())[0].id
    while writer.start(out, deadly=lambda block: block[0].id == culprit) == CRASHED:
        pass
    before = times(out)
    assert writer.start(out) == 0
    assert times(out) == before
    assert writer.start(out, retry_failed=True) == 0
    after = times(out)
    assert {trial for trial in after if after[trial] != before[trial]} == {culprit}
    assert without_times(out) == undisturbed[0]
