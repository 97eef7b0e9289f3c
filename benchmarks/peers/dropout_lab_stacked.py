"""Dropout Lab, called from Python with a clock: what its command line does, the parts of its time told apart."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import sklearn.model_selection
import sklearn.preprocessing  # noqa: F401 - loaded here so that it is not counted as training

from benchmarks import workload
from benchmarks.peers.common import Task, print_result, read_task
from dropout_lab import engines
from dropout_lab.config import Experiment, load, make_override
from dropout_lab.engines import runtime
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import plan
from dropout_lab.runs import prepare, run
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import RunPlan, RunRequest


class Clock(ProgressListener):
    """A listener that notes when things happen."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0
        self.pulses: list[tuple[int, float]] = []
        self.outcomes: list[TrialResult] = []

    def begin(self, run_plan: RunPlan) -> None:
        """Start the clock."""
        self.began = time.perf_counter()

    def epochs(self, count: int) -> None:
        """Note which thread reports and when."""
        self.pulses.append((threading.get_ident(), time.perf_counter()))

    def finished(self, outcomes: Sequence[TrialResult]) -> None:
        """Keep what is on disk now."""
        self.outcomes += outcomes
        self.ended = time.perf_counter()

    def notice(self, text: str) -> None:
        """Pass it on."""
        print(text, file=sys.stderr)

    def first_call(self) -> float | None:
        """Return how much longer the first report took than the next of the same thread; None without a next."""
        thread, first = self.pulses[0]
        later = [at for other, at in self.pulses[1:] if other == thread]
        return max(0.0, (first - self.began) - (later[0] - first)) if later else None


def experiment(task: Task) -> Experiment:
    """Return the shipped config, at the rates and repeats of the workload."""
    rates, repeats, _ = workload.grid(task.size)
    changes = [
        make_override("--epochs", ["training", "epochs"], task.epochs),
        make_override("--repeats", ["evaluation", "repeats"], repeats),
    ]
    if len(rates) > 1:
        changes.append(make_override("--rates", ["sweep", "dropout.rate"], list(rates)))
    chosen, _ = engines.choose(load("sonar/hidden", changes))
    return chosen


def main() -> None:
    """Train and print."""
    task = read_task()
    runtime.start(intra_op_threads=1)
    imported = task.import_seconds()
    if task.size == 1:  # the command line has no way to train one fold of ten
        prepare.plan = run.plan = lambda whole: plan(whole)[:1]
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        request = RunRequest(experiment(task), RunOptions(out=Path(folder, "out"), data_dir=task.data.parent))
        with prepare.prepare(request) as prepared:
            run.run(prepared, clock, Stop())
    accuracies = [
        float((outcome.test_probabilities.argmax(axis=1) == outcome.test_labels).mean()) for outcome in clock.outcomes
    ]
    print_result(accuracies, imported, clock.ended - clock.began, clock.first_call())


if __name__ == "__main__":
    main()
