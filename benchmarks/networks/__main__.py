"""How long ten rates x five folds take: ``python -m benchmarks.networks --runs 3 --out benchmarks/results``."""

from __future__ import annotations

import argparse
import csv
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

from benchmarks import machine
from benchmarks.measure import run_process
from benchmarks.networks.picture import draw
from benchmarks.networks.tasks import FOLDS, RATES, TASKS, config_of, rows_of
from benchmarks.networks.ways import OURS, WAYS, Way, whole_seconds

_COLUMNS = ("run", "task", "way", "measured_trials", "whole_seconds", "accuracy")
_TRIALS = len(RATES) * FOLDS


def main() -> None:
    """Measure, write the rows and the picture, print the table."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    about = machine.describe({"runs": options.runs}, "benchmarks.networks", ("jax", "jaxlib"))
    (options.out / "networks.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    rows: list[tuple[int, str, str, int, float, float]] = []
    for run, task, way in _turns(options):
        print(f"run {run}: {task}, {way}", file=sys.stderr, flush=True)
        rows.append((run, task, way, *_measured(task, WAYS[way])))
        with (options.out / "networks.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([_COLUMNS, *((*row[:4], f"{row[4]:.2f}", f"{row[5]:.4f}") for row in rows)])
    medians = {
        (task, way): statistics.median(row[4] for row in rows if row[1:3] == (task, way))
        for task in options.tasks
        for way in options.ways
    }
    print(_table(medians, options.tasks, options.ways))
    draw(medians, options.tasks, options.ways, options.out / "networks")


def _turns(options: argparse.Namespace) -> Iterator[tuple[int, str, str]]:
    """Yield what is measured: task by task, each run beginning with another way."""
    for run in range(options.runs):
        first = run % len(options.ways)
        for task in options.tasks:
            for way in (*options.ways[first:], *options.ways[:first]):
                yield run + 1, task, way


def _measured(task: str, way: Way) -> tuple[int, float, float]:
    """Return how many trials a process trained, how long all of them take, and their mean accuracy."""
    if way.trials:
        command = [sys.executable, "-m", "benchmarks.networks.script", task, way.kind, str(way.trials)]
        done = run_process(command, way.backend)
        said = json.loads(done.output.splitlines()[-1])
        return way.trials, whole_seconds(done.seconds, said["seconds"], _TRIALS), said["accuracy"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        features, labels = rows_of(TASKS[task])
        np.savez(folder / "arrays.npz", X=features, y=labels)
        (folder / "sweep.yaml").write_text(yaml.safe_dump(config_of(task, folder / "arrays.npz")), encoding="utf-8")
        command = [sys.executable, "-m", "dropout_lab", "sweep", str(folder / "sweep.yaml")]
        command += ["--engine", way.kind, "--out", str(folder / "out"), "--quiet"]
        done = run_process(command, way.backend)
        with (folder / "out" / "trials.csv").open(encoding="utf-8") as file:
            accuracies = [float(row["accuracy"]) for row in csv.DictReader(file)]
    if len(accuracies) != _TRIALS:
        raise SystemExit(f"{task}, {way.label}: {len(accuracies)} of {_TRIALS} trials")
    return _TRIALS, done.seconds, statistics.mean(accuracies)


def _table(medians: dict[tuple[str, str], float], tasks: list[str], ways: list[str]) -> str:
    """Return seconds, and how many times Dropout Lab's they are, as a table of Markdown."""
    lines = [f"| | {' | '.join(WAYS[way].label for way in ways)} |", f"| --- |{' ---: |' * len(ways)}"]
    for task in tasks:
        ours = medians.get((task, OURS), math.nan)
        cells = (f"{medians[task, way]:,.1f} s ({medians[task, way] / ours:.1f}x)" for way in ways)
        lines.append(f"| {TASKS[task].label} | {' | '.join(cells)} |")
    if OURS in ways:
        means = (statistics.geometric_mean(medians[task, way] / medians[task, OURS] for task in tasks) for way in ways)
        lines.append(f"| geometric mean | {' | '.join(f'{mean:.1f}x' for mean in means)} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often all is measured, in turns (default 3)")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), help="where the files go")
    parser.add_argument("--tasks", nargs="+", choices=[*TASKS], default=[*TASKS], metavar="TASK", help=", ".join(TASKS))
    parser.add_argument("--ways", nargs="+", choices=[*WAYS], default=[*WAYS], metavar="WAY", help=", ".join(WAYS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
