"""The whole run but for the training, in children that kill themselves at a chosen call of the operating system.

Outcomes are made from the trial's seed. Only their times differ: each child has its own, so that a trial that was
trained again is found by its time.
"""

from __future__ import annotations

import itertools
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from builders import experiment, files, outcome

from dropout_lab import datasets, engines
from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines import Block, Train
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import Trial
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import RunRequest, prepare
from dropout_lab.runs.run import run

CALLS = ("write", "fsync", "replace", "ftruncate", "unlink")
DATA = Dataset("iris", np.zeros((12, 2)), np.repeat([0, 1, 2], 4), ("a", "b", "c"), "made")
NEVER = 10**9
_numbers = itertools.count(1)


def small(repeats: int = 2) -> Experiment:
    """Return an experiment of two rates x `repeats` x three folds."""
    return experiment({"sweep": {"dropout.rate": [0, 0.5]}, "evaluation.repeats": repeats})


def raced() -> Experiment:
    """Return a race of three rates, of which 0.9 is always wrong, in at most four repeats of three folds."""
    rates = {"sweep": {"dropout.rate": [0, 0.5, 0.9]}}
    return experiment({**rates, "evaluation.repeats": 4, "until": {"name": "settled"}})


def raced_outcome(trial: Trial) -> TrialResult:
    """Return an outcome of a race: rate 0 is right on all four rows, 0.5 on two or three by chance, and 0.9 on none."""
    made = outcome(trial)
    rate = trial.experiment.dropout.strength_of("hidden_1_dropout")
    wrong = {0.0: 0, 0.5: min(trial.repeat + 1, 2), 0.9: 4}[rate]
    right = made.test_probabilities[:, 0].argsort() >= wrong
    said = np.where(right, made.test_labels, (made.test_labels + 1) % 3)
    return replace(made, test_probabilities=np.where(np.arange(3) == said[:, None], 0.8, 0.1).astype(np.float32))


def run_here(experiment: Experiment, out: Path, stop: Stop | None = None, **options: Any) -> bool:
    """Run in this process, one block at a time; return whether all is finished."""
    request = RunRequest(experiment, RunOptions(out=out, data_dir=Path(), jobs=1, **options))
    with prepare(request) as prepared:
        return run(prepared, ProgressListener(), stop or Stop())


def start(
    out: Path,
    *,
    kill_at: int = NEVER,
    torn: bool = False,
    deadly: Callable[[Block], bool] = lambda _: False,
    at_once: int = 1,
    experiment: Experiment | None = None,
    **options: Any,
) -> int:
    """Run in a child process that is killed at the so-manieth of `CALLS`; return minus the signal, or the exit code.

    Parameters
    ----------
    torn : bool
        Whether a write that is killed has written half of its bytes before.
    deadly : callable
        Whether training a block crashes the process.
    at_once : int
        Trials in a block.
    experiment : Experiment, optional
        By default `small`.
    """
    train = _numbered(next(_numbers), deadly)

    def child() -> int:
        with patch.multiple(os, **killing(kill_at, torn=torn)), made(train, at_once):
            return 0 if run_here(experiment or small(), out, **options) else 3

    return in_a_child(child)


def calls(out: Path, experiment: Experiment | None = None) -> int:
    """Return how many of `CALLS` an undisturbed run makes; its result is left in `out`."""
    count = out.with_name("count")

    def child() -> int:
        number = itertools.count()

        def counting(original: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any) -> Any:
                next(number)
                return original(*arguments)

            return call

        counted = {name: counting(getattr(os, name)) for name in CALLS}
        with patch.multiple(os, **counted), made(_numbered(0, lambda _: False), 1):
            run_here(experiment or small(), out)
        count.write_text(str(next(number)))
        return 0

    if in_a_child(child):
        raise RuntimeError("the undisturbed run failed")
    return int(count.read_text())


def in_a_child(function: Callable[[], int]) -> int:
    """Call a function in a child process; return its exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = function()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def without_times(out: Path) -> dict[str, bytes]:
    """Return the files of a result as they would be if nothing took any time."""
    kept = {name: content for name, content in files(out).items() if name not in (".lock", "run.json")}
    rows = kept["trials.csv"].decode().splitlines()
    return {**kept, "trials.csv": "\n".join(row.rpartition(",")[0] for row in rows).encode()}


def killing(at: int, *, torn: bool) -> dict[str, Callable[..., Any]]:
    """Return `CALLS` that kill the process at the so-manieth of them."""
    count = itertools.count()

    def killing(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if next(count) == at:
                if torn and name == "write":
                    file, content = arguments
                    original(file, bytes(content)[: len(content) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments)

        return call

    return {name: killing(name, getattr(os, name)) for name in CALLS}


def _numbered(number: int, deadly: Callable[[Block], bool]) -> Train:
    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        if deadly(block):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.abort()
        made = [raced_outcome(trial) if trial.experiment.evaluation.repeats == 4 else outcome(trial) for trial in block]
        for each in made:
            object.__setattr__(each, "seconds", float(number))
        yield made

    return train


@contextmanager
def made(train: Train, at_once: int) -> Iterator[None]:
    """Let a run train by a function of ours, so many trials in a block."""

    def split(trials: list[Any], data: Dataset, jobs: int, memory_limit: int | None = None) -> list[Block]:
        return [tuple(trials[first : first + at_once]) for first in range(0, len(trials), at_once)]

    engine = engines.Engine(lambda _: "", split, lambda blocks, data: train, lambda _: 1, parallel=False)
    with (
        patch.dict(engines.ENGINES, {"keras": engine}),
        patch.object(engines, "start", lambda name, experiment, **_: None),  # TensorFlow has nothing to do here
        patch.object(engines, "load", lambda name, blocks, data: train),
        patch.object(datasets.registry, "load_builtin", lambda name, folder: DATA),
    ):
        yield
