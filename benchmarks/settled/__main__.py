"""The one command: ``python -m benchmarks.settled --data-dir DIR --work DIR``; the same again resumes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.settled.networks import NETWORKS, replayed, rows
from benchmarks.settled.simulation import POPULATIONS, Population, false_statements, simulated, trainings


def main() -> int:
    """Simulate, train what is missing, and write both tables."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.simulate:
        counted = []
        for name, population in POPULATIONS.items():
            counted.append(_simulated(name, population, options.simulate))
            print(counted[-1], file=sys.stderr, flush=True)
        pd.DataFrame(counted).to_csv(options.out / "simulation.csv", index=False)
    found: list[dict[str, object]] = []
    for folder in options.replay:
        found += list(replayed(folder, f"{folder.parent.name}/{folder.name}"))
        print(found[-1], file=sys.stderr, flush=True)
    for seed in range(1, options.seeds + 1):
        for name in options.networks:
            found += list(rows(name, seed, options.work, options.data_dir))
            print(found[-1], file=sys.stderr, flush=True)
    if found:
        table = pd.DataFrame(found)
        table.to_csv(options.out / "networks.csv", index=False)
        print(_overview(table).to_string())
    return 0


def _simulated(name: str, population: Population, races: int) -> dict[str, object]:
    found = [simulated(population, np.random.default_rng([number, 5])) for number in range(races)]
    share = np.array([trainings(race, population.folds) for race in found])
    share = share / (len(population.rates) * population.folds * population.repeats)
    return {
        "population": name,
        "races": races,
        "wrong": sum(bool(false_statements(race, population)) for race in found),
        "median_share_of_trainings": round(float(np.median(share)), 3),
        "largest_share": round(float(share.max()), 3),
        "settled": sum(race.looks[-1].end in ("best", "same") for race in found),
    }


def _overview(table: pd.DataFrame) -> pd.DataFrame:
    """Return how often races agree with the fixed design, and what they train of it, by result."""
    groups = table.groupby("result", sort=False)
    return groups.agg(
        races=("race", "size"),
        fixed=("fixed", "first"),
        same_outcome=("same_outcome", "sum"),
        contradicted=("contradicted", "sum"),
        best_may_be_best=("best_may_be_best_of_fixed", "sum"),
        median_share=("of_fixed", "median"),
        largest_share=("of_fixed", "max"),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.settled", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="where Sonar and CIFAR-10 lie")
    parser.add_argument("--work", type=Path, default=Path("results/settled"), help="where fixed designs go; resumable")
    parser.add_argument("--replay", nargs="*", type=Path, default=[], metavar="DIR", help="sweeps to race the rates of")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/settled"), help="where the tables go")
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--seeds", type=int, default=5, help="fixed designs of each network (default 5)")
    parser.add_argument("--simulate", type=int, default=0, help="races on each simulated population (default none)")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
