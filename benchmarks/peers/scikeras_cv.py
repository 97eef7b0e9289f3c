"""The tutorial's way: SciKeras' classifier behind a scaler in a pipeline, and scikit-learn's ``cross_val_score``.

A new net is built, compiled and traced for every fold. With ``--jobs -1`` folds are trained in as many processes as
there are cores; starting these counts as import.
"""

from __future__ import annotations

import itertools
import time
from functools import partial

import joblib
import keras
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import workload
from benchmarks.peers.common import Task, print_result, read_sonar, read_task, split_of
from benchmarks.peers.net import compiled


def net(rate: float) -> keras.Model:
    """Return a new net, as SciKeras asks for one per fold."""
    return compiled(partial(keras.layers.Dropout, rate))


def pipeline(rate: float, epochs: int) -> Pipeline:
    """Return the scaler and the net as one scikit-learn classifier."""
    classifier = KerasClassifier(model=net, model__rate=rate, epochs=epochs, batch_size=workload.BATCH_SIZE, verbose=0)
    return Pipeline([("scale", StandardScaler()), ("net", classifier)])


def start_workers(jobs: int) -> None:
    """Start the worker processes, which scikit-learn keeps, and let them load Keras."""
    if jobs != 1:
        joblib.Parallel(n_jobs=jobs)(joblib.delayed(pipeline)(workload.RATE, 1) for _ in range(joblib.cpu_count()))


def train(task: Task) -> list[float]:
    """Return the accuracy of each trial: one call of ``cross_val_score`` for all folds of a rate and a repeat."""
    features, labels = read_sonar(task.data)
    scores: list[float] = []
    for (rate, _), folds in itertools.groupby(task.trials, key=lambda trial: (trial.rate, trial.repeat)):
        splits = [split_of(trial, labels) for trial in folds]
        scores += list(
            cross_val_score(
                pipeline(rate, task.epochs), features, labels, cv=splits, n_jobs=task.jobs, error_score="raise"
            )
        )
    return scores


def main() -> None:
    """Train and print."""
    task = read_task()
    start_workers(task.jobs)
    imported = task.import_seconds()
    began = time.perf_counter()
    scores = train(task)
    print_result(scores, imported, time.perf_counter() - began, None)


if __name__ == "__main__":
    main()
