"""A plain Keras loop, written well: one compiled model for everything, set back between trials.

On TensorFlow's backend or JAX's, by ``KERAS_BACKEND``. What makes it fast, all of it a user's to choose: the rate is
a weight, so that a new one needs no new trace; the steps of an epoch are one execution; and on TensorFlow the input
pipeline repeats without end, since ``fit`` on arrays builds it anew for every epoch.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from benchmarks import workload
from benchmarks.peers.common import print_result, read_sonar, read_task, split_of
from benchmarks.peers.net import compiled
from benchmarks.workload import Trial

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf


class DropoutByWeight(keras.layers.Layer):
    """Dropout with its rate in a weight, which Keras' own cannot take."""

    def __init__(self) -> None:
        super().__init__()
        self.rate = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.generator = keras.random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop at random in training only."""
        if not training:
            return inputs
        draws = keras.random.uniform(keras.ops.shape(inputs), seed=self.generator)
        return keras.ops.where(draws >= self.rate, inputs / (1 - self.rate), 0.0)


class Net:
    """The compiled model and what it starts from."""

    def __init__(self, rows: int) -> None:
        self.steps = math.ceil(rows / workload.BATCH_SIZE)
        self.model = compiled(DropoutByWeight, steps_per_execution=self.steps)
        self.model.optimizer.build(self.model.trainable_variables)
        self.start = [np.asarray(variable) for variable in self.model.optimizer.variables]

    def reset(self, trial: Trial) -> None:
        """Draw new weights, forget the momentum, set the rate."""
        random = np.random.default_rng((trial.repeat, trial.fold))
        for layer in self.model.layers:
            if isinstance(layer, DropoutByWeight):
                layer.rate.assign(trial.rate)
            else:
                limit = math.sqrt(6 / sum(layer.kernel.shape))  # glorot_uniform
                layer.kernel.assign(random.uniform(-limit, limit, layer.kernel.shape))
                layer.bias.assign(np.zeros(layer.bias.shape))
        for variable, value in zip(self.model.optimizer.variables, self.start, strict=True):
            variable.assign(value)

    def run(self, trial: Trial, features: NDArray[Any], labels: NDArray[Any], epochs: int) -> float:
        """Train one trial from the start; return the share of held-out rows that it then tells right."""
        train, test = split_of(trial, labels)
        scaled = ((features - features[train].mean(0)) / features[train].std(0)).astype("float32")
        self.reset(trial)
        self.model.fit(**feed(scaled[train], labels[train], self.steps, workload.BATCH_SIZE), epochs=epochs, verbose=0)
        outputs = np.asarray(self.model.predict_on_batch(scaled))[:, 0]
        return float(np.mean((outputs[test] > 0.5) == labels[test]))


def feed(features: NDArray[Any], labels: NDArray[Any], steps: int, batch_size: int) -> dict[str, Any]:
    """Return the arguments of ``fit`` that are fastest on this backend."""
    targets = labels[:, None].astype("float32")
    if keras.backend.backend() != "tensorflow":
        return {"x": features, "y": targets, "batch_size": batch_size}
    rows = tf.data.Dataset.from_tensor_slices((features, targets)).cache().shuffle(len(labels))
    batches = rows.batch(batch_size).repeat().prefetch(tf.data.AUTOTUNE)
    return {"x": batches, "steps_per_epoch": steps, "shuffle": False}


def first_call(seconds: Sequence[float]) -> float | None:
    """Return the time that the first trials took beyond the usual, for tracing and compiling; None if too few."""
    return max(0.0, sum(seconds) - len(seconds) * statistics.median(seconds)) if len(seconds) > 2 else None


def main() -> None:
    """Train and print."""
    task = read_task()
    imported = task.import_seconds()
    features, labels = read_sonar(task.data)
    times = [time.perf_counter()]
    net = Net(rows=len(split_of(task.trials[0], labels)[0]))
    accuracies = []
    for trial in task.trials:
        accuracies.append(net.run(trial, features, labels, task.epochs))
        times.append(time.perf_counter())
    seconds = np.diff(times).tolist()
    print_result(accuracies, imported, sum(seconds), first_call(seconds))


if __name__ == "__main__":
    main()
