"""What goes wrong around a run: kills, full disks, folders that vanish. Real processes, real signals."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from builders import experiment, files
from program import COMMAND, call, call_process, environment, heed_permissions, numbers

from dropout_lab.results import open_store

SWEEP = ("run", "smoke/sweep", "--set", "training.epochs=5", "--set", "evaluation.folds=6", "--out", "out")
ENGINES = ("stacked", "jax", "keras")
PATIENCE = 120
"""Seconds after which a process that does not get anywhere has failed the test."""


def begin(*arguments: str, cwd: Path, **options: object) -> subprocess.Popen[str]:
    """Start a command and leave it running."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def times(out: Path) -> dict[str, str]:
    """Return the time of each trial that has its row."""
    try:
        text = (out / "trials.csv").read_text()
    except FileNotFoundError:
        return {}
    lines = text[: text.rfind("\n") + 1].splitlines()[1:]
    return {line.split(",")[0]: line.split(",")[-1] for line in lines}


def wait_for_rows(process: subprocess.Popen[str], out: Path, more_than: int) -> None:
    """Wait until there are more rows, or the process is through."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and len(times(out)) <= more_than:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, str], float]]:
    """Return, for each engine, what an undisturbed sweep gives and the seconds it takes."""
    found = {}
    for engine in ENGINES:
        folder = tmp_path_factory.mktemp(engine)
        began = time.monotonic()
        done = call_process(*SWEEP, "--engine", engine, cwd=folder)
        assert done.returncode == 0, done.stderr
        found[engine] = numbers(folder / "out"), time.monotonic() - began
    return found


def kill_and_compare(
    command: tuple[str, ...], kills: int, folder: Path, expected: dict[str, str], seconds: float
) -> None:
    """Kill a sweep again and again, every other time once it has written more rows; it must end as if it was not."""
    chance = random.Random(7)  # noqa: S311 - nothing secret
    out = folder / "out"
    for number in range(kills):
        before = times(out)
        process = begin(*command, cwd=folder)
        if number % 2:
            wait_for_rows(process, out, len(before))
            time.sleep(chance.random() * 0.1 * seconds)
        else:
            time.sleep(chance.random() * seconds)
        process.kill()
        process.communicate()
        after = times(out)
        assert before.items() <= after.items()
        if number % 20 == 19:  # a sweep that is through has nothing left to kill
            shutil.rmtree(out, ignore_errors=True)
    before = times(out)
    done = call(*command, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert before.items() <= times(out).items()
    assert numbers(out) == expected


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_killed_at_random_instants_a_sweep_ends_as_if_nothing_had_happened(
    engine: str, tmp_path: Path, undisturbed: dict[str, tuple[dict[str, str], float]]
) -> None:
    """Three kills; `make soak` sets DROPOUT_LAB_KILLS=50."""
    command = (*SWEEP, "--engine", engine)
    kill_and_compare(command, int(os.environ.get("DROPOUT_LAB_KILLS", "3")), tmp_path, *undisturbed[engine])


@pytest.mark.slow
def test_killed_at_random_instants_a_race_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """Three kills; `make soak` sets DROPOUT_LAB_KILLS=50."""
    command = ("sweep", "smoke/hidden", "--rates", "0,0.3,0.6,0.9", "--until", "settled", "--repeats", "4")
    command = (*command, "--set", "training.epochs=5", "--out", "out")
    folder = tmp_path / "undisturbed"
    folder.mkdir()
    began = time.monotonic()
    done = call_process(*command, cwd=folder)
    assert done.returncode == 0, done.stderr
    seconds = time.monotonic() - began
    looks = _looks(folder / "out")
    assert len(looks) > 1
    kill_and_compare(command, int(os.environ.get("DROPOUT_LAB_KILLS", "3")), tmp_path, numbers(folder / "out"), seconds)
    assert _looks(tmp_path / "out") == looks


def _looks(out: Path) -> list[dict[str, object]]:
    """Return the looks of a race without the times at which they were judged."""
    taken = json.loads((out / "run.json").read_text())["race"]["taken"]
    return [{key: value for key, value in look.items() if key != "judged"} for look in taken]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_request_to_end_lets_what_is_running_be_written_and_says_how_to_go_on(engine: str, tmp_path: Path) -> None:
    epochs = {"stacked": 2000, "jax": 2000, "keras": 100}[engine]
    command = ("run", "smoke/sweep", "--set", f"training.epochs={epochs}", "--engine", engine, "--out", "out")
    process = begin(*command, cwd=tmp_path)
    wait_for_rows(process, tmp_path / "out", 0)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    kept = times(tmp_path / "out")
    assert kept
    if len(kept) < 9:
        assert process.returncode == 130
        assert "run the same command again to resume" in said
    assert not [line for line in said.splitlines() if "Traceback" in line]


@pytest.mark.slow
def test_a_second_run_into_a_directory_is_refused_at_once_and_names_the_first(tmp_path: Path) -> None:
    command = ("run", "smoke/sweep", "--set", "training.epochs=200", "--engine", "keras", "--out", "out")
    first = begin(*command, cwd=tmp_path)
    wait_for_rows(first, tmp_path / "out", 0)
    second = call(*command, cwd=tmp_path)
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert f"in use by process {first.pid} on " in second.stderr
    assert " since 20" in second.stderr


@pytest.mark.slow
def test_a_net_too_large_for_the_memory_is_a_failed_row_and_the_exit_code_says_so(tmp_path: Path) -> None:
    def little_memory() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))

    config = tmp_path / "large.yaml"
    config.write_text("dataset: iris\nmodel: {hidden: [20000, 20000]}\ntraining: {epochs: 1}\nevaluation: {folds: 3}\n")
    command = ("run", str(config), "--engine", "keras", "--out", "out")
    process = begin(*command, cwd=tmp_path, preexec_fn=little_memory)
    said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, errors
    trials = pd.read_csv(tmp_path / "out/trials.csv")
    assert trials["status"].tolist() == ["failed"] * 3
    assert trials["reason"].str.startswith("ResourceExhaustedError: OOM when allocating").all()
    assert "3 failed" in errors
    assert "Traceback" not in errors
    assert "3 rows" in said


@pytest.mark.slow
def test_fail_fast_stops_at_the_first_failure_and_without_it_the_others_go_on(tmp_path: Path) -> None:
    command = ("run", "smoke/sweep", "--engine", "keras", "--out", "out")
    diverges = (
        "-S",
        "training.optimizer.learning_rate=1e6",
        "-S",
        "model.activation=linear",
        "-S",
        "model.hidden=[9,9]",
    )
    diverges = (*diverges, "-S", "preprocessing.scale=none", "-S", "regularization.max_norm=null")
    stopped = call(*command, *diverges, "--fail-fast", "--fresh", cwd=tmp_path)
    assert stopped.returncode == 1
    assert "run the same command again without --fresh to resume" in stopped.stderr
    assert 0 < len(times(tmp_path / "out")) < 9
    assert call(*command, *diverges, cwd=tmp_path).returncode == 1
    assert len(times(tmp_path / "out")) == 9


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a disk of that size at a folder."""
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=False)
    if made.returncode:
        pytest.skip("this system does not let a small disk be mounted")
    try:
        yield
    finally:
        subprocess.run([str(shutil.which("umount")), "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_told_leaves_the_files_readable_and_the_run_goes_on_once_there_is_room(
    tmp_path: Path, undisturbed: dict[str, tuple[dict[str, str], float]]
) -> None:
    with small_disk(tmp_path / "disk", "1m"):
        ballast = tmp_path / "disk" / "ballast"
        out = tmp_path / "disk" / "out"
        command = [*SWEEP[:-1], str(out), "--engine", "keras"]
        ballast.write_bytes(bytes(2**20 - 2**16))
        full = call(*command, cwd=tmp_path)
        assert full.returncode == 2
        assert "No space left on device" in full.stderr
        assert "Traceback" not in full.stderr
        before = times(out)
        assert call("show", out, cwd=tmp_path).returncode in (0, 2)
        ballast.unlink()
        done = call(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert before.items() <= times(out).items()
        assert numbers(out) == undisturbed["keras"][0]


@pytest.mark.slow
def test_a_file_that_may_not_grow_is_told_and_the_run_goes_on_once_it_may(
    tmp_path: Path, undisturbed: dict[str, tuple[dict[str, str], float]]
) -> None:
    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    process = begin(*SWEEP, "--engine", "keras", cwd=tmp_path, preexec_fn=small_files)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "File too large" in errors
    assert "Traceback" not in errors
    before = times(tmp_path / "out")
    assert before
    assert call(*SWEEP, "--engine", "keras", cwd=tmp_path).returncode == 0
    assert before.items() <= times(tmp_path / "out").items()
    assert numbers(tmp_path / "out") == undisturbed["keras"][0]


@pytest.mark.slow
def test_a_directory_removed_while_running_is_told(tmp_path: Path) -> None:
    command = ("run", "smoke/sweep", "--set", "training.epochs=100", "--engine", "keras", "--out", "out")
    process = begin(*command, cwd=tmp_path)
    wait_for_rows(process, tmp_path / "out", 0)
    (tmp_path / "out").rename(tmp_path / "gone")
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "cannot be written: No such file or directory" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()


def test_a_directory_that_may_not_be_written_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m"):
        mount = str(shutil.which("mount"))
        subprocess.run([mount, "-o", "remount,ro", str(tmp_path / "disk")], check=True)
        done = call("run", "smoke/sweep", "--out", tmp_path / "disk" / "out", cwd=tmp_path)
        assert done.returncode == 2
        assert f"cannot be created: Read-only file system: {tmp_path / 'disk'} may not be written to" in done.stderr
        dry = call("run", "smoke/sweep", "--dry-run", "--out", tmp_path / "disk" / "out", cwd=tmp_path)
        assert (dry.returncode, dry.stderr) == (2, done.stderr)
        assert "Traceback" not in done.stderr


SHUT = {
    "show": (["show", "shut"], "error: shut: cannot be used: Permission denied: expected a directory with rea"),
    "run": (["run", "smoke/sweep", "--out", "shut"], "error: shut: cannot be used: Permission denied: expected a dire"),
    "run below": (
        ["run", "smoke/sweep", "--out", "shut/out"],
        "cannot be used: Permission denied: expected a directory",
    ),
    "a config": (["configs", "check", "shut"], "error: 'shut': cannot be read: Permission denied"),
    "data": (
        ["data", "check", "--data-dir", "shut"],
        "error: shut: cannot be used as a data folder: Permission denied:",
    ),
    "a table": (["show", "closed"], "error: closed/trials.csv: cannot be read: Permission denied"),
}


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may read and enter anything")
@pytest.mark.parametrize("case", SHUT)
def test_what_may_not_be_entered_or_read_is_told(case: str, tmp_path: Path) -> None:
    for name in ("shut", "closed"):
        with open_store(tmp_path / name, experiment(), 3) as store:
            store.repair()
    before = files(tmp_path)
    (tmp_path / "closed/trials.csv").chmod(0)
    (tmp_path / "shut").chmod(0o400)
    command, said = SHUT[case]
    try:
        with heed_permissions():
            done = call(*command, cwd=tmp_path)
    finally:
        (tmp_path / "shut").chmod(0o700)
        (tmp_path / "closed/trials.csv").chmod(0o600)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert files(tmp_path) == before


IRIS = ("run", "smoke/visible", "--set", "dataset.name=iris", "--out", "out")


@pytest.mark.slow
def test_closed_standard_streams_cost_no_trial(tmp_path: Path) -> None:
    """Without care the next file that is opened becomes standard error, and is written into."""
    line = " ".join([*COMMAND, *IRIS, "<&- >&- 2>&-"])
    assert subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, env=environment(), check=False).returncode == 0
    assert pd.read_csv(tmp_path / "out/trials.csv")["status"].tolist() == ["ok"] * 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.slow
def test_a_log_that_cannot_be_written_costs_no_trial_and_a_full_output_is_told(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        run = subprocess.run([*COMMAND, *IRIS], cwd=tmp_path, env=environment(), stderr=full, check=False)
        assert run.returncode == 0
        show = [*COMMAND, "show", "out"]
        told = subprocess.run(
            show, cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert pd.read_csv(tmp_path / "out/trials.csv")["status"].tolist() == ["ok"] * 3
    assert (told.returncode, told.stderr) == (2, "error: the output: No space left on device\n")


@pytest.mark.slow
def test_going_on_with_another_number_of_threads_is_told(tmp_path: Path) -> None:
    assert call(*IRIS, cwd=tmp_path).returncode == 0
    record = tmp_path / "out/run.json"
    facts = json.loads(record.read_text())
    assert facts["starts"][0]["threads"] == 1
    facts["starts"][0]["threads"] = 7
    record.write_text(json.dumps(facts))
    again = call(*IRIS, "--repeats", "2", cwd=tmp_path)
    assert again.returncode == 0
    assert "were trained with different threads: numbers may differ" in again.stderr
