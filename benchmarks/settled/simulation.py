"""Races on simulated rows and networks, of which the truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.stats import Comparison, Design, TrialMatrix
from dropout_lab.stats.race import Race, looks_for, race
from dropout_lab.stats.row_matrix import RowMatrix, cells_for

__all__ = ["POPULATIONS", "Population", "false_statements", "simulated", "trainings"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """Where simulated rows and networks come from.

    Whether a row is predicted right has a log-odds that is the sum of the rate's effect, the row's difficulty, what the
    row has with this rate alone, and what the network has with all its rows.

    Attributes
    ----------
    effects : tuple of float
        By rate, from rate 0 on.
    rows, folds, repeats : int
    difficulty, interaction, network : float
        Standard deviations; those of rows and networks that rates share, and of a row and of a network at one rate.
    """

    effects: tuple[float, ...]
    rows: int = 200
    folds: int = 10
    repeats: int = 10
    difficulty: float = 2.0
    interaction: float = 0.7
    network: float = 0.2

    @property
    def rates(self) -> tuple[float, ...]:
        """The rates, in steps of 0.05."""
        return tuple(round(0.05 * index, 2) for index in range(len(self.effects)))

    @property
    def truth(self) -> Array:
        """The share of new rows that each rate predicts right."""
        spread = np.sqrt(self.difficulty**2 + self.interaction**2 + self.network**2)
        nodes, weights = np.polynomial.hermite_e.hermegauss(80)
        log_odds = 1.0 + np.asarray(self.effects)[:, None] + spread * nodes
        return np.asarray((weights / weights.sum() / (1 + np.exp(-log_odds))).sum(axis=1))


POPULATIONS = {
    "all equal": Population((0.0,) * 10),
    "all equal, training noisy": Population((0.0,) * 10, difficulty=0.5, interaction=0.1, network=0.5),
    "all equal, rows differ": Population((0.0,) * 10, interaction=2.0),
    "all equal, 60 rows": Population((0.0,) * 10, rows=60),
    "five equal, others worse": Population((0.0,) * 5 + (-0.6,) * 3 + (-2.0,) * 2),
    "five equal, one better": Population((-0.5,) * 5 + (-0.5,) * 4 + (0.0,)),
    "slopes": Population((-0.8, -0.3, -0.1, 0.0, 0.0, -0.1, -0.3, -0.8, -1.6, -2.5)),
    "one best": Population((-1.5, -1.2, 0.0, -1.2, -1.4, -1.6, -1.8, -2.0, -2.5, -3.0)),
    "a margin apart, 2000 rows": Population((0.0, 0.0, -0.08, -0.08, -0.5, -1.0), rows=2000, interaction=0.3),
    "all equal, 2000 rows": Population((0.0,) * 6, rows=2000, interaction=0.3),
}


def simulated(population: Population, rng: np.random.Generator, looks: Sequence[int] | None = None) -> Race:
    """Draw rows and networks of all repeats, and race the rates on them."""
    right, network = _draw(population, rng)
    schedule = tuple(looks or looks_for(population.repeats, population.folds))
    return race(
        population.rates,
        schedule,
        lambda rates, repeats: arranged(population, right, network, rates, repeats, len(schedule)),
    )


def _draw(population: Population, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
    """Return which rows each rate predicts right, of shape (rates, repeats x rows), and the network of each cell."""
    rates, rows, repeats, folds = len(population.effects), population.rows, population.repeats, population.folds
    fold = np.stack([rng.permutation(np.arange(rows) % folds) for _ in range(repeats)])
    network = (np.arange(repeats)[:, None] * folds + fold).ravel()
    by_row = population.difficulty * rng.standard_normal(rows) + population.interaction * rng.standard_normal(
        (rates, rows)
    )
    by_network = population.network * rng.standard_normal((rates, repeats * folds))
    log_odds = 1.0 + np.asarray(population.effects)[:, None] + np.tile(by_row, repeats) + by_network[:, network]
    return (rng.random(log_odds.shape) < 1 / (1 + np.exp(-log_odds))).astype(np.float64), network


def arranged(
    population: Population,
    right: Array,
    network: NDArray[np.int64],
    rates: Sequence[float],
    repeats: int,
    looks: int,
) -> TrialMatrix:
    """Arrange the first repeats of some rates as the trials of a result are."""
    design = Design(population.folds, repeats)
    comparison = Comparison(design, looks=looks)
    cells = repeats * population.rows
    values = right[[population.rates.index(rate) for rate in rates], :cells]
    row = np.tile(np.arange(population.rows), repeats)
    trials = np.stack([values[:, network[:cells] == each].mean(axis=1) for each in range(design.trials)], axis=1)
    return TrialMatrix(
        comparison,
        pd.DataFrame(),
        pd.DataFrame({"rate": rates}),
        trials,
        trials=np.full(len(rates), design.trials),
        failed=np.zeros(len(rates), dtype=np.int64),
        ratios=np.full(len(rates), 1 / (population.folds - 1)),
        baseline=rates.index(0.0) if 0.0 in rates else None,
        rows=RowMatrix(values, cells_for(comparison.metric, row, network[:cells]), row, "rows"),
    )


def false_statements(found: Race, population: Population, margin: float = 0.01) -> list[str]:
    """List what a race said that is not true of the population."""
    truth = dict(zip(population.rates, population.truth, strict=True))
    wrong = [
        f"rate {gone.rate} was dropped for {gone.rival}"
        for look in found.looks
        for gone in look.departures
        if gone.rival is not None and truth[gone.rival] <= truth[gone.rate] + 1e-9
    ]
    last = found.looks[-1]
    if last.end == "same" and last.leader is not None:
        far = [rate for rate in last.contenders if abs(truth[rate] - truth[last.leader]) > margin]
        wrong += [f"rate {rate} was called practically equivalent to {last.leader}" for rate in far]
    best = max(truth.values())
    if last.end == "best" and truth[last.contenders[0]] < best - 1e-9:
        wrong.append(f"rate {last.contenders[0]} was called the best")
    return wrong


def trainings(found: Race, folds: int) -> int:
    """Return how many networks a race trained."""
    repeats = {rate: look.repeats for look in found.looks for rate in look.rates}
    return folds * sum(repeats.values())
