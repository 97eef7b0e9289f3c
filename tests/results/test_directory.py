"""Whose an output directory is, where links lead, and what can be set aside."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from builders import experiment, files

from dropout_lab.errors import ResultsError
from dropout_lab.results import check, open_store, set_aside


def begin(out: Path, seed: int = 7) -> None:
    with open_store(out, experiment({"evaluation.seed": seed}), 3) as store:
        store.repair()


@pytest.mark.parametrize("nested", [False, True])
def test_a_link_to_old_results_leads_to_the_new_ones_and_the_old_ones_keep_their_place(
    tmp_path: Path, nested: bool
) -> None:
    real, link = tmp_path / "disk" / "real", tmp_path / "link"
    begin(real)
    link.symlink_to("again" if nested else real)
    if nested:
        (tmp_path / "again").symlink_to(real)
    before = files(real)
    assert set_aside(link) == real.with_name("real.1")
    begin(link, seed=8)
    assert link.is_symlink()
    assert link.samefile(real)
    assert files(real)["config.yaml"] != before["config.yaml"] == files(real.with_name("real.1"))["config.yaml"]


@pytest.mark.parametrize("name", [".", "../here", "../link", "..", "ABSOLUTE"])
def test_the_current_directory_by_any_name_or_one_that_holds_it_is_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    here = tmp_path / "here"
    begin(tmp_path)
    begin(here)
    (tmp_path / "link").symlink_to(here)
    monkeypatch.chdir(here)
    out = here if name == "ABSOLUTE" else Path(name)
    before = files(tmp_path)
    for refused in (lambda: set_aside(out), lambda: check(out, experiment(), fresh=True)):
        with pytest.raises(ResultsError) as caught:
            refused()
        assert str(caught.value) == (
            f"{out}: is the current directory, or contains it, and cannot be set aside by --fresh: "
            "change to another directory, or choose another one with --out"
        )
    check(out, experiment())
    assert files(tmp_path) == before


def test_results_of_whatever_experiment_may_be_set_aside_but_other_files_may_not(tmp_path: Path) -> None:
    begin(tmp_path / "out", seed=8)
    check(tmp_path / "out", experiment(), "sum", fresh=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(ResultsError, match="holds files that are not results"):
        check(tmp_path / "mine", experiment(), fresh=True)


def test_a_link_that_leads_nowhere_leads_to_the_results(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "down")
    begin(tmp_path / "link")
    assert (tmp_path / "deep" / "down" / "config.yaml").is_file()


def test_links_that_lead_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(ResultsError, match="one: cannot be created: "):
        begin(tmp_path / "one")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EINVAL])
def test_a_file_system_that_knows_no_locks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def flock(file: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(ResultsError) as caught:
        begin(tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path / 'out'}: cannot be locked ({os.strerror(number)}), as on some network file systems: "
        "choose a directory on another one with --out"
    )
