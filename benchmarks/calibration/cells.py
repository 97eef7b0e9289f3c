"""The cells of the study: from which population, how many rows, which networks, how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dropout_lab.config import Experiment

__all__ = ["CELLS", "DESIGNED", "FURTHER", "RATES", "Cell"]

RATES = tuple(tenth / 10 for tenth in range(10))

_SMALL: dict[str, Any] = {
    "model": {"hidden": (32, 16)},
    "training": {"optimizer": {"name": "adam", "learning_rate": 0.005}, "epochs": 30, "batch_size": 16},
}
_SONAR: dict[str, Any] = {
    "model": {"hidden": (60, 30)},
    "regularization": {"max_norm": 3},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}, "epochs": 300, "batch_size": 16},
}
_LARGE = {**_SMALL, "training": {**_SMALL["training"], "batch_size": 64}}


_MAIN = (
    "linear",
    "near_chance",
    "interaction",
    "unbalanced",
    "clusters",
    "noise",
    "cifar10_two",
    "cifar10_ten",
    "digits",
)
_SMALL_ENOUGH = ("linear", "near_chance", "interaction", "clusters", "noise", "cifar10_two")
"""Populations of which 60 rows have each class ten times, mostly."""


@dataclass(frozen=True)
class Cell:
    """Data sets of one kind, and what is trained on each.

    Attributes
    ----------
    population : str
        A key of `populations.POPULATIONS`.
    rows : int
        Of a data set.
    repeats : int
        Of cross-validation at each rate.
    where : str
        Of the dropout.
    recipe : dict
        Sections of the config.
    data_sets : int
        How many are drawn.
    folds : int
    rates : tuple of float
    """

    population: str
    rows: int
    repeats: int
    where: str = "hidden"
    recipe: dict[str, Any] = field(default_factory=lambda: _SMALL)
    data_sets: int = 200
    folds: int = 10
    rates: tuple[float, ...] = RATES

    @property
    def name(self) -> str:
        """Names the folder of its results."""
        return f"{self.population}-{self.rows}-{self.where}-{self.repeats}"

    def experiment(self, number: int) -> Experiment:
        """Return what is trained on data set `number`; its own rows take the place of the data set that is named."""
        return Experiment.model_validate(
            {
                "name": self.name,
                "dataset": {"name": "sonar"},
                "engine": "stacked",
                "dropout": {"where": self.where},
                "evaluation": {"folds": self.folds, "repeats": self.repeats, "split_seed": number, "seed": number},
                "sweep": {"dropout.rate": self.rates},
                **self.recipe,
            }
        )


CELLS = (
    *(Cell(population, 200, 3) for population in _MAIN),
    *(Cell(population, 60, 3) for population in _SMALL_ENOUGH),
    Cell("like_sonar", 60, 3, recipe=_SONAR, data_sets=40),
    Cell("like_sonar", 200, 1, recipe=_SONAR, data_sets=40),
    *(
        Cell(population, 200, 3, where="visible", data_sets=40)
        for population in ("interaction", "linear", "cifar10_ten")
    ),
    *(Cell(population, 200, 10, data_sets=30) for population in ("linear", "interaction", "noise")),
    Cell("interaction", 1000, 1, recipe=_LARGE, data_sets=20),
)
"""The first ones are the main cells, of 200 data sets; what takes longer has fewer."""

FURTHER = (
    *(Cell(population, 300, 3, data_sets=60) for population in ("cifar10_ten", "digits")),
    *(Cell(population, 150, 3, data_sets=40) for population in ("cifar10_ten", "digits")),
    Cell("cifar10_ten", 500, 3, data_sets=40),
    *(Cell(population, 100, 3, data_sets=60) for population in ("cifar10_five", "digits_five")),
    Cell("linear", 40, 3, data_sets=60),
)
"""Other numbers of classes and of rows of each: no part of the whole study, but of what a pattern names."""

DESIGNED = tuple(Cell(population, 200, 3, data_sets=40) for population in ("linear", "interaction"))
"""The cells on whose data sets methods with trainings of their own are tried."""
