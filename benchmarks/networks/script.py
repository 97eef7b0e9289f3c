"""Train some of a task's networks by Keras: ``python -m benchmarks.networks.script TASK fit|loop TRIALS``.

``fit`` is the usual script: for each rate and fold a new model, compiled and fitted. ``loop`` is one written well: one
compiled model, set back between trials, its rate a weight, all steps of an epoch one execution. Both train on the
backend in ``KERAS_BACKEND``, and predict the held-out rows once.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from benchmarks.networks import nets
from benchmarks.networks.tasks import BATCH_SIZE, EPOCHS, FOLDS, RATES, ROWS, TASKS, Task, rows_of
from benchmarks.peers.keras_loop import DropoutByWeight, feed

Fit = Callable[[float, NDArray[Any], NDArray[Any], NDArray[Any]], NDArray[Any]]


def _compiled(name: str, task: Task, dropout: Callable[[], Any], **options: Any) -> keras.Model:
    model = getattr(nets, name)(task.shape, 1, dropout)
    model.compile(keras.optimizers.Adam(0.001), keras.losses.BinaryCrossentropy(from_logits=True), **options)
    return model


def _fit(name: str, task: Task) -> Fit:
    def fit(rate: float, features: NDArray[Any], labels: NDArray[Any], test: NDArray[Any]) -> NDArray[Any]:
        keras.utils.clear_session()
        model = _compiled(name, task, partial(keras.layers.Dropout, rate))
        model.fit(features, labels, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
        return np.asarray(model.predict(test, batch_size=BATCH_SIZE, verbose=0))

    return fit


def _loop(name: str, task: Task) -> Fit:
    dropouts: list[DropoutByWeight] = []

    def dropout() -> DropoutByWeight:
        dropouts.append(DropoutByWeight())
        return dropouts[-1]

    steps = math.ceil(ROWS * (FOLDS - 1) / FOLDS / BATCH_SIZE)
    model = _compiled(name, task, dropout, steps_per_execution=steps)
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    start = [np.asarray(variable) for variable in variables]

    def fit(rate: float, features: NDArray[Any], labels: NDArray[Any], test: NDArray[Any]) -> NDArray[Any]:
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        for layer in dropouts:
            layer.rate.assign(rate)
        model.fit(**feed(features, labels, steps, BATCH_SIZE), epochs=EPOCHS, verbose=0)
        return np.asarray(model.predict_on_batch(test))

    return fit


def main() -> None:
    """Train as many trials as are asked for; print the seconds of each, and their mean accuracy."""
    name, way, trials = sys.argv[1], sys.argv[2], int(sys.argv[3])
    task = TASKS[name]
    features, labels = rows_of(task)
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=7).split(features, labels))
    seconds, accuracies = [], []
    began = time.perf_counter()
    fit = {"fit": _fit, "loop": _loop}[way](name, task)
    for rate, (train, test) in itertools.islice(itertools.product(RATES, folds), trials):
        outputs = fit(rate, features[train], labels[train], features[test])
        accuracies.append(float(np.mean((outputs[:, 0] > 0) == labels[test])))
        seconds.append(time.perf_counter() - began)
        began = time.perf_counter()
    print(json.dumps({"seconds": seconds, "accuracy": float(np.mean(accuracies))}))


if __name__ == "__main__":
    main()
