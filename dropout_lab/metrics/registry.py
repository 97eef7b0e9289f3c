"""The metrics: one record each, from which the other packages take what they need.

The config takes the names that ``evaluation.metrics`` may hold, the results their columns and the values in them, the
statistics which way is better, and tables and figures how a value is written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "METRICS", "Metric", "Task", "metric_names"]

Task = Literal["classification", "regression"]
Measured = Literal["always", "monte_carlo", "on request"]

_PREFIXES = {"always": ("", "train_", "mc_"), "monte_carlo": ("", "mc_"), "on request": ("",)}
_TARGET_UNIT, _TARGET_UNIT_SQUARED = "unit", "unit\N{SUPERSCRIPT TWO}"


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
    step : float
        In what steps it changes, in rows: 1 where it depends on the predicted classes alone; 0.5 on their ranks; 0
        where it changes with every probability.
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
    step: float = 0.0

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
        return self.unit in (_TARGET_UNIT, _TARGET_UNIT_SQUARED)


METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "accuracy",
            "accuracy",
            "classification",
            "accuracy",
            step=1.0,
            sign=1,
            maximum=1.0,
            share=True,
            meaning="share of the held-out rows predicted right",
            measured="always",
        ),
        Metric(
            "loss",
            "loss",
            "classification",
            "log_loss",
            sign=-1,
            unit="nats",
            meaning="cross-entropy on the held-out rows",
            measured="always",
        ),
        Metric(
            "ece",
            "expected calibration error",
            "classification",
            "expected_calibration_error",
            sign=-1,
            maximum=1.0,
            meaning="expected calibration error: mean distance of confidence from accuracy on the held-out rows",
            measured="monte_carlo",
        ),
        Metric(
            "balanced_accuracy",
            "balanced accuracy",
            "classification",
            "balanced_accuracy",
            step=1.0,
            sign=1,
            maximum=1.0,
            meaning="mean over the classes of the share of their held-out rows predicted right",
        ),
        Metric(
            "auc",
            "AUC",
            "classification",
            "auc",
            step=0.5,
            sign=1,
            maximum=1.0,
            meaning="area under the ROC curve on the held-out rows; of several classes the mean over each against the "
            "rest",
            needs="a held-out row of each class",
        ),
        Metric(
            "f1",
            "F1",
            "classification",
            "f1",
            step=1.0,
            sign=1,
            maximum=1.0,
            meaning="mean over the classes of F1, the harmonic mean of precision and recall, on the held-out rows",
        ),
        Metric(
            "mcc",
            "MCC",
            "classification",
            "matthews_corrcoef",
            step=1.0,
            sign=1,
            minimum=-1.0,
            maximum=1.0,
            meaning="Matthews' correlation of the predicted with the true classes of the held-out rows",
            needs="held-out rows of two classes",
        ),
        Metric(
            "log_loss",
            "log loss",
            "classification",
            "clipped_log_loss",
            sign=-1,
            unit="nats",
            meaning="cross-entropy on the held-out rows, by scikit-learn",
        ),
        Metric(
            "brier",
            "Brier score",
            "classification",
            "brier",
            sign=-1,
            maximum=2.0,
            meaning="mean squared distance of the probabilities from the truth on the held-out rows",
        ),
        Metric(
            "precision",
            "precision",
            "classification",
            "precision",
            step=1.0,
            sign=1,
            maximum=1.0,
            meaning="mean over the classes of precision: of the held-out rows predicted as a class, the share that are",
        ),
        Metric(
            "recall",
            "recall",
            "classification",
            "recall",
            step=1.0,
            sign=1,
            maximum=1.0,
            meaning="mean over the classes of recall: of the held-out rows of a class, the share predicted right",
        ),
        Metric(
            "average_precision",
            "average precision",
            "classification",
            "average_precision",
            step=0.5,
            sign=1,
            maximum=1.0,
            meaning="area under the precision-recall curve on the held-out rows; of several classes the mean over each "
            "against the rest",
            needs="a held-out row of each class",
        ),
        Metric(
            "top_5_accuracy",
            "top-5 accuracy",
            "classification",
            "top_5_accuracy",
            step=1.0,
            sign=1,
            maximum=1.0,
            share=True,
            meaning="share of the held-out rows whose class is among the five likeliest; of six classes or more",
            minimum_classes=6,
        ),
        Metric(
            "r2",
            "R2",
            "regression",
            "r2",
            sign=1,
            minimum=-math.inf,
            maximum=1.0,
            meaning="share of the variance of the held-out rows' targets that is explained",
            needs="held-out rows with two different targets",
            measured="always",
        ),
        Metric(
            "mse",
            "MSE",
            "regression",
            "mean_squared_error",
            sign=-1,
            unit=_TARGET_UNIT_SQUARED,
            meaning="mean squared error on the held-out rows, in the target's unit squared",
            measured="always",
        ),
        Metric(
            "mae",
            "MAE",
            "regression",
            "mean_absolute_error",
            sign=-1,
            unit=_TARGET_UNIT,
            meaning="mean absolute error on the held-out rows, in the target's unit",
            measured="always",
        ),
        Metric(
            "rmse",
            "RMSE",
            "regression",
            "root_mean_squared_error",
            sign=-1,
            unit=_TARGET_UNIT,
            meaning="root of the mean squared error on the held-out rows, in the target's unit",
        ),
        Metric(
            "median_ae",
            "median absolute error",
            "regression",
            "median_absolute_error",
            sign=-1,
            unit=_TARGET_UNIT,
            meaning="median absolute error on the held-out rows, in the target's unit",
            has_row_values=False,
        ),
        Metric(
            "mape",
            "MAPE",
            "regression",
            "mean_absolute_percentage_error",
            sign=-1,
            meaning="mean absolute error on the held-out rows as a part of the target's size: 0.1 is 10%",
            needs="held-out rows without a target of 0",
        ),
    )
}
"""By name. Of those of a task that are always measured, the first is what results are judged by unless ``--metric``
names another."""

COLUMNS = {column: metric for metric in METRICS.values() for column in metric.columns}
"""The columns of ``trials.csv`` that can hold a metric -> the metric."""


def metric_names(measured: Measured, task: Task | None = None) -> tuple[str, ...]:
    """Return the names of the metrics that are measured so, of one task or of all."""
    return tuple(
        name for name, metric in METRICS.items() if metric.measured == measured and task in (metric.task, None)
    )
