"""What is known of a metric: how it is called, computed, judged and written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DUMMIES", "TARGET_UNIT", "TARGET_UNIT_SQUARED", "Measured", "Metric", "Task"]

Task = Literal["classification", "regression"]
Measured = Literal["always", "monte_carlo", "on request"]

TARGET_UNIT, TARGET_UNIT_SQUARED = "unit", "unit\N{SUPERSCRIPT TWO}"
"""Units of metrics whose size depends on that of the target."""

DUMMIES = {
    "most_frequent": "always guessing the most frequent class",
    "prior": "always predicting the class shares",
    "mean": "always predicting the mean",
    "median": "always predicting the median",
    "persistence": "predicting the last value",
}
"""What predictions without a network do: those that do not look at the inputs by scikit-learn's name of the strategy,
all of training rows; and that of a series, which predicts the target's last value."""

_PREFIXES = {"always": ("", "train_", "mc_"), "monte_carlo": ("", "mc_"), "on request": ("",)}


@dataclass(frozen=True)
class Metric:
    """A measure of how good predictions are.

    Attributes
    ----------
    name : str
        Its column in ``trials.csv``, and its name in ``evaluation.metrics`` and for ``--metric``.
    title : str
        What it is called in a sentence.
    task : str
        Which task it applies to.
    function : str
        The function in `metrics.predictions` that computes it, and in `metrics.row_values` its row values: by name, so
        that a config is read without NumPy.
    sign : int
        1 where higher is better, -1 where lower is.
    meaning : str
        What it is on the held-out rows, in one line.
    minimum, maximum : float
        What it lies between.
    unit : str
        Of its values; empty where it has none.
    share : bool
        Whether it is a share of rows, written in percent and its differences in percentage points.
    needs : str
        What the rows must have for it to be defined; empty where it always is.
    minimum_classes : int
        The fewest classes that data can have for it.
    measured : str
        ``always``: of each trial, on the held-out and the training rows and with Monte-Carlo dropout; ``monte_carlo``:
        with Monte-Carlo dropout, of both predictions; ``on request``: where ``evaluation.metrics`` names it.
    has_row_values : bool
        False for a median: a row's influence on it depends on the density of the others, which a sample does not tell.
    mean_over_rows : bool
        Whether it is the mean of what it is on each row alone.
    step : float
        In what steps it changes, in rows: 1 where it depends on the predicted classes alone; 0.5 on their ranks; 0
        where it changes with every probability.
    dummy : str
        The predictions without a look at the inputs that it is compared with, one of `DUMMIES`; empty where they say
        nothing, as those of the class shares are calibrated whatever the data.
    """

    name: str
    title: str
    task: Task
    function: str
    sign: Literal[1, -1]
    meaning: str
    minimum: float = 0.0
    maximum: float = math.inf
    unit: str = ""
    share: bool = False
    needs: str = ""
    minimum_classes: int = 2
    measured: Measured = "on request"
    has_row_values: bool = True
    mean_over_rows: bool = False
    step: float = 0.0
    dummy: Literal["most_frequent", "prior", "mean", "median", "persistence", ""] = "most_frequent"

    def compute(self, predictions: NDArray[np.floating], true: NDArray[Any]) -> float:
        """Return the metric of predictions; NaN where it is undefined.

        Parameters
        ----------
        predictions : array of shape (rows, classes), or (rows,) for regression
            Probabilities; for regression numbers in the target's unit.
        true : array of shape (rows,)
            Class codes; for regression numbers in the target's unit.
        """
        from dropout_lab.metrics import predictions as functions

        return float(getattr(functions, self.function)(predictions, true))

    def is_defined(self, true: NDArray[Any], classes: int) -> bool:
        """Return whether rows with these true values define the metric, whatever is predicted.

        Parameters
        ----------
        true : array of shape (rows,)
            As for `compute`.
        classes : int
            0 for regression.
        """
        import numpy as np

        shape = (len(true), classes) if classes else (len(true),)
        return bool(len(true)) and math.isfinite(self.compute(np.full(shape, 1 / max(classes, 1)), true))

    def row_values(self, predictions: NDArray[np.floating], true: NDArray[Any]) -> NDArray[np.float64]:
        """Return a number per row: their mean is the metric, their spread says how much it depends on the rows.

        Their standard deviation over the root of the number of rows is the metric's standard error over rows
        (`metrics.row_values`); that of the differences between two predictions of the same rows is the standard error
        of the difference between the metrics.

        Parameters
        ----------
        predictions : array of shape (rows, classes), or (rows,) for regression
            Probabilities; for regression numbers in the target's unit.
        true : array of shape (rows,)
            Class codes; for regression numbers in the target's unit.

        Returns
        -------
        array of shape (rows,)
            In the metric's unit; all NaN where the metric is undefined.

        Raises
        ------
        ValueError
            If the metric has no row values.
        """
        from dropout_lab.metrics import row_values as functions

        if not self.has_row_values:
            raise ValueError(f"{self.name} has no row values: it is no smooth function of the rows' weights")
        values: NDArray[np.float64] = getattr(functions, self.function)(predictions, true)
        return values

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of ``trials.csv`` that can hold it: of the held-out rows, the training rows, Monte-Carlo."""
        return tuple(f"{prefix}{self.name}" for prefix in _PREFIXES[self.measured])

    @property
    def in_target_unit(self) -> bool:
        """Whether its size depends on the unit of the target."""
        return self.unit in (TARGET_UNIT, TARGET_UNIT_SQUARED)
