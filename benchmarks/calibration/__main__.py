"""The one command: ``python -m benchmarks.calibration --data-dir DIR --work DIR``; the same again resumes."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from fnmatch import fnmatch
from pathlib import Path

import joblib
import pandas as pd

from benchmarks.calibration.cells import CELLS, DESIGNED, FURTHER
from benchmarks.calibration.designs import DESIGNS
from benchmarks.calibration.plot import plot
from benchmarks.calibration.simulate import METRICS
from benchmarks.calibration.tables import design_rows, overview, rows_of
from benchmarks.calibration.tasks import tasks_of, train
from dropout_lab.provenance import environment


def main() -> int:
    """Train what is missing, then write the table and the figures."""
    options = _options()
    asked_for = CELLS if options.cells == "*" else (*CELLS, *FURTHER)
    cells = [cell for cell in asked_for if fnmatch(cell.name, options.cells)]
    designed = [cell for cell in DESIGNED if fnmatch(cell.name, options.cells)]
    asked = [*((cell, "") for cell in cells), *((cell, name) for cell in designed for name in DESIGNS)]
    tasks = list(tasks_of(asked, options.work, options.first, options.data_sets))
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(train, *task, options.work, options.data_dir) for task in tasks]
        for done, future in enumerate(as_completed(futures), 1):
            print(f"{done} of {len(tasks)}: {future.result()}", file=sys.stderr, flush=True)
        of_cells = [pool.submit(rows_of, cell, options.work, options.metrics) for cell in cells]
        rows = [row for cell in of_cells for row in cell.result()]
    rows += [row for cell in designed for name in DESIGNS for row in design_rows(cell, name, options.work)]
    table = pd.DataFrame(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.out / "calibration.csv", index=False, float_format="%.5g")
    chosen = {"cells": options.cells, "first": options.first, "data_sets": options.data_sets}
    about = {**chosen, "cores": joblib.cpu_count(), **environment()}
    (options.out / "machine.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    plot(table, options.out)
    print(overview(table))
    print(f"\n{len(table)} rows in {options.out / 'calibration.csv'}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="where Sonar and CIFAR-10 lie")
    parser.add_argument("--work", type=Path, required=True, help="where the predictions of each data set go; resumable")
    parser.add_argument("--out", type=Path, default=Path("results/reference/calibration"), help="where the table goes")
    parser.add_argument("--data-sets", type=int, default=200, help="of each cell, at most (default 200)")
    parser.add_argument("--first", type=int, default=0, help="leave out so many data sets of each cell (default 0)")
    parser.add_argument(
        "--cells", default="*", help="a pattern of cells' names, such as *-200-hidden-3 (default: the study)"
    )
    parser.add_argument("--metrics", nargs="+", default=METRICS, choices=METRICS, help="to report (default: all)")
    parser.add_argument("--jobs", type=int, default=joblib.cpu_count(), help="worker processes (default: all cores)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
