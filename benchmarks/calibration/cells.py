"""The cells of the study: from which population, how many rows, which networks, how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dropout_lab.config import Experiment

__all__ = ["CELLS", "DESIGNED", "RATES", "Cell"]

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
    Cell("linear", 200, 10),
    Cell("interaction", 200, 10),
    Cell("noise", 200, 10),
    Cell("near_chance", 200, 3),
    Cell("unbalanced", 200, 3),
    Cell("clusters", 200, 3),
    Cell("cifar10_two", 200, 3),
    Cell("cifar10_ten", 200, 3),
    Cell("digits", 200, 3),
    Cell("like_sonar", 200, 1, recipe=_SONAR),
    Cell("like_sonar", 60, 3, recipe=_SONAR),
    Cell("linear", 60, 3),
    Cell("interaction", 60, 3),
    Cell("noise", 60, 3),
    Cell("near_chance", 60, 3),
    Cell("clusters", 60, 3),
    Cell("cifar10_two", 60, 3),
    Cell("interaction", 200, 3, where="visible"),
    Cell("linear", 200, 3, where="visible"),
    Cell("cifar10_ten", 200, 3, where="visible"),
    Cell("like_sonar", 200, 1, where="visible", recipe=_SONAR),
    Cell("interaction", 1000, 1, recipe=_LARGE),
    Cell("unbalanced", 1000, 1, recipe=_LARGE),
    Cell("cifar10_two", 1000, 1, recipe=_LARGE),
    Cell("cifar10_ten", 1000, 1, recipe=_LARGE),
)
"""In the order in which they are trained; of all a few data sets first."""

DESIGNED = tuple(
    Cell(population, 200, 3, data_sets=100) for population in ("linear", "interaction", "near_chance", "cifar10_two")
)
"""The cells on whose data sets methods with trainings of their own are tried."""
