"""The one command: ``python -m benchmarks.calibration --data-dir DIR --work DIR``; the same again resumes."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import joblib
import pandas as pd

from benchmarks.calibration.cells import CELLS, DESIGNED, Cell
from benchmarks.calibration.designs import DESIGNS, train_design
from benchmarks.calibration.plot import plot
from benchmarks.calibration.simulate import Trainer, file_of, save, simulate
from benchmarks.calibration.tables import design_rows, overview, rows_of
from dropout_lab.provenance import environment

_WAVES = (40, 100, 200)
"""All cells are brought to so many data sets, one after the other, so that figures are there early."""

_trainers: dict[str, Trainer] = {}
"""Of this process, by the folder of their results."""


def main() -> int:
    """Train what is missing, then write the table and the figures."""
    options = _options()
    tasks = list(_tasks(options.work, options.data_sets))
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_train, *task, options.work, options.data_dir) for task in tasks]
        for done, future in enumerate(as_completed(futures), 1):
            print(f"{done} of {len(tasks)}: {future.result()}", file=sys.stderr, flush=True)
        of_cells = [pool.submit(rows_of, cell, options.work) for cell in CELLS]
        rows = [row for cell in of_cells for row in cell.result()]
    rows += [row for cell in DESIGNED for name in DESIGNS for row in design_rows(cell, name, options.work)]
    table = pd.DataFrame(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.out / "calibration.csv", index=False, float_format="%.5g")
    about = {"data_sets": options.data_sets, "cores": joblib.cpu_count(), **environment()}
    (options.out / "machine.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    plot(table, options.out)
    print(overview(table))
    print(f"\n{len(table)} rows in {options.out / 'calibration.csv'}")
    return 0


def _tasks(work: Path, most: int) -> Iterator[tuple[Cell, str, int]]:
    """Yield what is to be trained: a cell, the name of a design or nothing, and the number of a data set."""
    first = 0
    for last in sorted({min(wave, most) for wave in (*_WAVES, most)}):
        for cell, design in [*((cell, "") for cell in CELLS), *((cell, name) for cell in DESIGNED for name in DESIGNS)]:
            for number in range(first, min(last, cell.data_sets)):
                if not file_of(work, _folder(cell, design), number).exists():
                    yield cell, design, number
        first = last


def _folder(cell: Cell, design: str) -> str:
    return f"{cell.name}-{design}" if design else cell.name


def _train(cell: Cell, design: str, number: int, work: Path, data: Path) -> str:
    """Train one data set in a worker process, which keeps its traced programs."""
    folder = _folder(cell, design)
    if folder not in _trainers:
        _trainers[folder] = Trainer(cell.experiment(0))
    trainer = _trainers[folder]
    kept = train_design(trainer, cell, design, number, data) if design else simulate(trainer, cell, number, data)
    save(file_of(work, folder, number), kept)
    return f"{folder} {number}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="where Sonar and CIFAR-10 lie")
    parser.add_argument("--work", type=Path, required=True, help="where the predictions of each data set go; resumable")
    parser.add_argument("--out", type=Path, default=Path("results/reference/calibration"), help="where the table goes")
    parser.add_argument("--data-sets", type=int, default=200, help="of each cell, at most (default 200)")
    parser.add_argument("--jobs", type=int, default=joblib.cpu_count(), help="worker processes (default: all cores)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
