from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.results import Journal, limits

A, B, C = "aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"
sizes = st.lists(st.integers(1, 64), max_size=8)


def die(folder: Path, *begun: list[str], crash: bool = True) -> None:
    """Do what a process does that trains these blocks and dies."""
    journal = Journal(folder)
    with journal.watch():
        for ids in begun:
            journal.begin(ids)
    if crash:
        (folder / ".crash").write_text("Fatal Python error: Aborted")


def deaths(folder: Path) -> dict[str, list[int]]:
    """Return what the next process knows."""
    journal = Journal(folder)
    with journal.watch():
        return journal.deaths()


def test_what_was_begun_and_not_ended_is_to_blame_if_the_process_crashed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.watch():
        journal.begin([A, B])
        journal.begin([C])
        journal.end([C])
    (tmp_path / ".crash").write_text("Fatal Python error: Segmentation fault")
    assert deaths(tmp_path) == {A: [2], B: [2]}


def test_deaths_add_up_over_processes_and_each_counts_once(tmp_path: Path) -> None:
    die(tmp_path, [A, B])
    die(tmp_path, [A])
    assert deaths(tmp_path) == deaths(tmp_path) == {A: [2, 1], B: [2]}


def test_it_takes_five_deaths_without_evidence_to_count_as_one(tmp_path: Path) -> None:
    for number in range(10):
        assert deaths(tmp_path) == ({A: [1]} if number >= 5 else {})
        die(tmp_path, [A], crash=False)
    assert deaths(tmp_path) == {A: [1, 1]}


def test_a_process_killed_for_want_of_memory_is_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    die(tmp_path, [A], crash=False)
    monkeypatch.setattr("dropout_lab.results.journal.oom_kills", lambda: 10**9)
    assert deaths(tmp_path) == {A: [1]}


def test_a_stop_that_was_asked_for_counts_for_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.watch():
        journal.begin([A, B])
        journal.stop()
        journal.end([A, B])  # what was in flight may still get through
    (tmp_path / ".crash").write_text("Fatal Python error: Aborted")
    assert deaths(tmp_path) == {}


def test_what_was_in_flight_when_the_machine_went_down_is_not_to_blame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(tmp_path, [A])
    monkeypatch.setattr("dropout_lab.results.journal._boot", lambda: "another start of the machine")
    assert deaths(tmp_path) == {}


@given(st.integers(0, 600))
def test_a_journal_torn_at_any_byte_is_read(cut: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        die(folder, [A, B])
        die(folder, [C])
        path = folder / ".journal"
        path.write_bytes(path.read_bytes()[:cut])
        assert set(deaths(folder)) <= {A, B, C}
        die(folder, [B])
        assert B in deaths(folder)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", C, "\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["begun", "boot"]), inner, max_size=2),
    max_leaves=4,
)
_keys = st.sampled_from(["begun", "boot", "starved", "ended", "died", "evidence", "other"])
_lines = st.one_of(
    (st.dictionaries(_keys, _values) | _values).map(json.dumps),
    st.text(),
    st.just("[" * 100_000),
    st.just("9" * 10_000),
)


@given(st.lists(_lines, max_size=4))
def test_lines_of_a_journal_that_make_no_sense_are_passed_over(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        die(folder, [A, B])
        with (folder / ".journal").open("a", encoding="utf-8", errors="replace") as file:
            file.writelines(f"{line}\n" for line in lines)
        found = deaths(folder)
        assert found[A] == found[B] == [2]


def test_no_journal_is_no_deaths(tmp_path: Path) -> None:
    assert Journal(tmp_path).deaths() == {}
    Journal(tmp_path).forget()


def test_a_block_that_took_the_process_down_twice_is_halved_and_so_on() -> None:
    deaths = [64, 64]
    for expected in (32, 16, 8, 4, 2, 1):
        assert limits({A: deaths}) == {A: expected}
        deaths += [expected, expected]
    assert limits({A: [*deaths, 1]}) == {A: 0}


@given(st.dictionaries(st.sampled_from([A, B, C]), sizes))
def test_only_what_died_twice_is_a_suspect_and_only_what_died_alone_thrice_is_given_up(
    deaths: dict[str, list[int]],
) -> None:
    found = limits(deaths)
    assert set(found) == {trial for trial, blocks in deaths.items() if len(blocks) > 1}
    for trial, limit in found.items():
        assert (limit == 0) == (deaths[trial].count(1) >= 3)
        assert limit <= max(1, max(deaths[trial]) // 2)
