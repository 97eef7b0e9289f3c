"""The metrics: one record each, from which the other packages take what they need.

The config takes the names that ``evaluation.metrics`` may hold, the results their columns and the values in them, the
statistics which way is better, and tables and figures how a value is written.
"""

from __future__ import annotations

import math

from dropout_lab.metrics.metric import TARGET_UNIT, TARGET_UNIT_SQUARED, Measured, Metric, Task

__all__ = ["COLUMNS", "METRICS", "metric_names"]

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
            mean_over_rows=True,
        ),
        Metric(
            "loss",
            "loss",
            "classification",
            "log_loss",
            dummy="prior",
            sign=-1,
            unit="nats",
            meaning="cross-entropy on the held-out rows",
            measured="always",
            mean_over_rows=True,
        ),
        Metric(
            "ece",
            "expected calibration error",
            "classification",
            "expected_calibration_error",
            dummy="",
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
            dummy="prior",
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
            dummy="prior",
            sign=-1,
            unit="nats",
            meaning="cross-entropy on the held-out rows, by scikit-learn",
            mean_over_rows=True,
        ),
        Metric(
            "brier",
            "Brier score",
            "classification",
            "brier",
            dummy="prior",
            sign=-1,
            maximum=2.0,
            meaning="mean squared distance of the probabilities from the truth on the held-out rows",
            mean_over_rows=True,
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
            dummy="prior",
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
            dummy="prior",
            step=1.0,
            sign=1,
            maximum=1.0,
            share=True,
            meaning="share of the held-out rows whose class is among the five likeliest; of six classes or more",
            minimum_classes=6,
            mean_over_rows=True,
        ),
        Metric(
            "r2",
            "R2",
            "regression",
            "r2",
            dummy="mean",
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
            dummy="mean",
            sign=-1,
            unit=TARGET_UNIT_SQUARED,
            meaning="mean squared error on the held-out rows, in the target's unit squared",
            measured="always",
            mean_over_rows=True,
        ),
        Metric(
            "mae",
            "MAE",
            "regression",
            "mean_absolute_error",
            dummy="median",
            sign=-1,
            unit=TARGET_UNIT,
            meaning="mean absolute error on the held-out rows, in the target's unit",
            measured="always",
            mean_over_rows=True,
        ),
        Metric(
            "rmse",
            "RMSE",
            "regression",
            "root_mean_squared_error",
            dummy="mean",
            sign=-1,
            unit=TARGET_UNIT,
            meaning="root of the mean squared error on the held-out rows, in the target's unit",
        ),
        Metric(
            "median_ae",
            "median absolute error",
            "regression",
            "median_absolute_error",
            dummy="median",
            sign=-1,
            unit=TARGET_UNIT,
            meaning="median absolute error on the held-out rows, in the target's unit",
            has_row_values=False,
        ),
        Metric(
            "mape",
            "MAPE",
            "regression",
            "mean_absolute_percentage_error",
            dummy="median",
            sign=-1,
            meaning="mean absolute error on the held-out rows as a part of the target's size: 0.1 is 10%",
            needs="held-out rows without a target of 0",
            mean_over_rows=True,
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
