"""The one command: ``python -m benchmarks --runs 3 --out benchmarks/results``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import joblib

from benchmarks import machine, workload
from benchmarks.contenders import CONTENDERS, jobs
from benchmarks.measure import ContenderError, Settings, measure
from benchmarks.plot import plot
from benchmarks.rows import Row, table, write_csv
from dropout_lab import datasets


def main() -> int:
    """Measure, write the files, print the table; return 1 if a contender failed."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    settings = {key: getattr(options, key) for key in ("epochs", "runs", "peer_trials")}
    about = machine.describe(settings)
    (options.out / "machine.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    rows, failed = _measure_all(options)
    if rows:
        title = f"Sonar, 60-30 net, {options.epochs} epochs: {about['processor']}, {about['cores']} cores"
        plot(rows, title, options.out / "training_seconds")
        print(table(rows))
        print("\nMedians over the runs (least-largest); x ours: median of the runs' ratios; *: extrapolated.")
        print(f"{len(rows)} rows in {options.out / 'benchmark.csv'}")
    return int(failed)


def _measure_all(options: argparse.Namespace) -> tuple[list[Row], bool]:
    settings = Settings(_data(options.data_dir), options.epochs)
    chosen = tuple(each for each in CONTENDERS if each.name in options.contenders)
    rows: list[Row] = []
    failed = False
    for run in range(1, options.runs + 1):
        for job in jobs(chosen, options.trials, options.peer_trials, joblib.cpu_count(), turn=run - 1):
            print(f"run {run}: {job.contender.label}, trials: {job.measured}", file=sys.stderr, flush=True)
            try:
                rows += measure(run, job, settings)
            except ContenderError as error:
                print(error, file=sys.stderr)
                failed = True
            write_csv(options.out / "benchmark.csv", rows)
    return rows, failed


def _data(given: Path | None) -> Path:
    """Return the Sonar file, downloading and verifying it if need be."""
    folder = datasets.data_folder(given).resolve()
    datasets.load_builtin("sonar", folder)
    return datasets.local_files("sonar", folder)[0]


def _options() -> argparse.Namespace:
    names = [each.name for each in CONTENDERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often all is measured, in turns (default 3)")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), help="where the files go")
    parser.add_argument("--trials", type=_sizes, default=workload.SIZES, help="default 1,10,100,1000")
    parser.add_argument("--peer-trials", type=int, default=2, help="trials a slow peer is timed on (default 2)")
    parser.add_argument("--epochs", type=int, default=workload.EPOCHS, help="less than 300 is for trying it out only")
    parser.add_argument("--contenders", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--data-dir", type=Path, help="where Sonar lies (default $DROPOUT_LAB_DATA, else ./data)")
    return parser.parse_args()


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in text.split(","))
        for size in sizes:
            workload.grid(size)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return sizes


if __name__ == "__main__":
    sys.exit(main())
