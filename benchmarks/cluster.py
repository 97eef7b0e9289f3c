"""One and two single-core Dask workers on the same sweeps: speed-up, overhead of a task, sizes of messages.

    python -m benchmarks.cluster --data-dir DIR --out benchmarks/results/cluster.csv

Every measurement has a scheduler and workers of its own, each worker bound to one core. One and two workers take
turns, so that a machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from dropout_lab import engines
from dropout_lab.config import load, parse_override
from dropout_lab.engines.outcome import TrialOutcome
from dropout_lab.executors.dask_cluster import Cluster, TaskTiming, connect
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import PreparedRun, RunRequest, load_data
from dropout_lab.runs.run import run

__all__ = ["COLUMNS", "Clock", "Row", "main", "row_of"]

_PATIENCE = 120


@dataclass(frozen=True)
class Row:
    """One sweep on so many workers; times in seconds, those of tasks are medians.

    Attributes
    ----------
    run : int
    case : str
    workers, blocks, trials : int
    whole_seconds : float
        From the first block sent to the last one written.
    start_seconds : float
        What the first block at a worker took there beyond its training: starting TensorFlow, loading data.
    trained_seconds : float
        Training of a block.
    overhead_seconds : float
        From sending a block to having its results, beyond its training; first blocks at a worker left out, unless
        there are no others.
    transfer_seconds : float
        The part of it that passed outside the worker: Dask's scheduling and both transfers.
    writing_seconds : float
        From having the results of a block to having them on disk.
    sent_bytes, received_bytes : float
        Of a block.
    """

    run: int
    case: str
    workers: int
    blocks: int
    trials: int
    whole_seconds: float
    start_seconds: float
    trained_seconds: float
    overhead_seconds: float
    transfer_seconds: float
    writing_seconds: float
    sent_bytes: float
    received_bytes: float


COLUMNS = tuple(field.name for field in fields(Row))


class Clock(ProgressListener):
    """Takes the times of a run, as its listener and for its cluster's tasks."""

    def __init__(self) -> None:
        self.tasks: list[TaskTiming] = []
        self.writing: list[float] = []
        self.began = self.ended = self._arrived = time.monotonic()

    def on_task(self, task: TaskTiming) -> None:
        """Note a task, and that its results are here."""
        self.tasks.append(task)
        self._arrived = time.monotonic()

    def begin(self, run_plan: object) -> None:
        """Start the clock."""
        self.began = time.monotonic()

    def finished(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Note that results are on disk."""
        self.ended = time.monotonic()
        self.writing.append(self.ended - self._arrived)

    def notice(self, text: str) -> None:
        """Pass it on."""
        print(text, file=sys.stderr)


def main() -> None:
    """Measure and write the rows; print the speed-ups."""
    asked = _asked()
    rows: list[Row] = []
    for number in range(1, asked.runs + 1):
        for case in asked.cases:
            for workers in (1, 2) if number % 2 else (2, 1):
                print(f"run {number}: {case} on {workers}", file=sys.stderr, flush=True)
                rows.append(_measured(number, case, workers, asked))
                _write(asked.out, rows)
    for case in asked.cases:
        print(_speed_up(case, [row for row in rows if row.case == case]))


def row_of(number: int, case: str, workers: int, clock: Clock) -> Row:
    """Return what the clock of a run has measured. Pure."""
    seen: set[str] = set()
    first = [not (task.worker in seen or seen.add(task.worker)) for task in clock.tasks]  # type: ignore[func-returns-value]
    trained = [sum(outcome.seconds for part in task.results for outcome in part) for task in clock.tasks]
    pairs = list(zip(clock.tasks, trained, first, strict=True))
    later = [(task, each) for task, each, is_first in pairs if not is_first] or [
        (task, each) for task, each, _ in pairs
    ]
    return Row(
        number,
        case,
        workers,
        len(pairs),
        sum(len(part) for task in clock.tasks for part in task.results),
        clock.ended - clock.began,
        statistics.median(task.worked - each for task, each, is_first in pairs if is_first),
        statistics.median(trained),
        statistics.median(task.seconds - each for task, each in later),
        statistics.median(task.seconds - task.worked for task in clock.tasks),
        statistics.median(clock.writing),
        statistics.median(task.sent for task in clock.tasks),
        statistics.median(task.received for task in clock.tasks),
    )


def _measured(number: int, case: str, workers: int, asked: argparse.Namespace) -> Row:
    config, settings = _case(case, asked)
    experiment, _ = engines.choose(load(config, [parse_override(text) for text in settings]))
    clock = Clock()
    with (
        tempfile.TemporaryDirectory() as name,
        _workers(workers, Path(name)) as address,
        connect(address, on_task=clock.on_task) as cluster,
    ):
        _wait_for(cluster, workers)
        request = RunRequest(experiment, RunOptions(out=Path(name, "out"), data_dir=asked.data_dir))
        run(PreparedRun(request, load_data(request), cluster), clock, Stop())
    return row_of(number, case, workers, clock)


def _case(name: str, asked: argparse.Namespace) -> tuple[str, list[str]]:
    """Return a shipped config and what is changed in it."""
    if name == "sonar":
        return "sonar/hidden", [
            f"evaluation.repeats={asked.repeats}",
            f"training.epochs={asked.sonar_epochs}",
            "sweep.dropout.rate=0:0.9:0.1",
        ]
    return "cifar10/small", [f"dataset.train_rows={asked.train_rows}", f"training.epochs={asked.cifar_epochs}"]


@contextmanager
def _workers(count: int, folder: Path) -> Iterator[str]:
    """Give the address of a scheduler with so many workers, each bound to a core of its own."""
    cores = sorted(os.sched_getaffinity(0))[:count]
    if len(cores) < count:
        raise SystemExit(f"{count} workers of one core each need as many cores, got {len(cores)}")
    file = folder / "scheduler.json"
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    begun = [_begin(folder, "scheduler", "--port", "0", "--scheduler-file", str(file), *local)]
    try:
        end = time.monotonic() + _PATIENCE
        while not file.exists() or not file.read_text(encoding="utf-8").endswith("}"):
            if time.monotonic() > end:
                raise SystemExit("the Dask scheduler did not start")
            time.sleep(0.1)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        for core in cores:
            worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder), *local]
            begun.append(_begin(folder, *worker, core=core))
        yield address
    finally:
        for process in reversed(begun):
            process.kill()
            process.wait()


def _begin(folder: Path, *arguments: str, core: int | None = None) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 - dask's own command
        [sys.executable, "-m", "dask", *arguments], cwd=folder, env=_environment(), stderr=subprocess.DEVNULL
    )
    if core is not None:
        os.sched_setaffinity(process.pid, [core])
    return process


def _environment() -> dict[str, str]:
    """Return this process's environment, so that the package is found from any folder."""
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
    return {**os.environ, "PYTHONPATH": paths}


def _wait_for(cluster: Cluster, workers: int) -> None:
    end = time.monotonic() + _PATIENCE
    while cluster.slots() < workers:
        if time.monotonic() > end:
            raise SystemExit(f"{workers} workers did not start")
        time.sleep(0.1)


def _write(out: Path, rows: Sequence[Row]) -> None:
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(value) for value in astuple(row)] for row in rows)


def _cell(value: Any) -> Any:
    return f"{value:.4f}" if isinstance(value, float) else value


def _speed_up(case: str, rows: Sequence[Row]) -> str:
    """Return the speed-up of two workers over one: medians over the runs."""
    whole, steady = (
        statistics.median(
            of(one) / of(two)
            for one in rows
            for two in rows
            if (one.run, one.workers) == (two.run, 1) and two.workers == 2
        )
        for of in (lambda row: row.whole_seconds, lambda row: row.whole_seconds - row.start_seconds)
    )
    return f"{case}: two workers are {whole:.2f} x as fast as one, {steady:.2f} x without their start"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="the folder that holds Sonar and CIFAR-10")
    parser.add_argument("--cases", nargs="+", choices=("sonar", "cifar"), default=("sonar", "cifar"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=10, help="of the Sonar sweep: 100 trials each")
    parser.add_argument("--sonar-epochs", type=int, default=300)
    parser.add_argument("--train-rows", type=int, default=1000, help="pictures that CIFAR-10's nets learn from")
    parser.add_argument("--cifar-epochs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("cluster.csv"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
