"""The same nets by hand in JAX: one jitted program that trains all trials of the grid at once.

``vmap`` over the folds around ``vmap`` over the rates, so that what the rates of a fold share - rows, batches,
initial weights, the draws under the masks - is there once and not copied; ``lax.scan`` over epochs and over their
steps; folds a few at a time, for the processor's cache, and spread over as many devices as there are cores.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import joblib
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from numpy.typing import NDArray

from benchmarks import workload
from benchmarks.peers.common import Task, print_result, read_sonar, read_task, split_of
from benchmarks.workload import Trial

_LAYERS = tuple(zip((60, *workload.HIDDEN), (*workload.HIDDEN, 1), strict=True))
_AT_ONCE = 5
"""Folds on one device at a time; each brings all its rates."""

_SPLIT, _WHOLE = PartitionSpec("folds"), PartitionSpec()

Net = list[tuple[Any, Any]]
"""Weights of shape (inputs, units) and biases of shape (units,), layer by layer."""


class Fold(NamedTuple):
    """What the trials of one fold train on; arrays get a leading axis of folds.

    Attributes
    ----------
    net : Net
        To start from.
    key : key
        Of the masks.
    features, labels : shapes (rows, 60) and (rows,)
    order : int32 of shape (epochs, steps, batch)
        Rows as they are seen, the last batch filled up.
    weight : shape (steps, batch)
        One over the rows of the batch; 0 where it is filled up.
    held_out : shape (rows,)
        1 for the rows to test on, else 0.
    """

    net: Net
    key: Any
    features: Any
    labels: Any
    order: Any
    weight: Any
    held_out: Any


def make_fold(trial: Trial, features: NDArray[Any], labels: NDArray[Any], epochs: int) -> Fold:
    """Lay out one fold."""
    train, test = split_of(trial, labels)
    rng = np.random.default_rng((trial.repeat, trial.fold))
    steps = math.ceil(len(train) / workload.BATCH_SIZE)
    filled = ((0, 0), (0, steps * workload.BATCH_SIZE - len(train)))
    order = np.pad(rng.permuted(np.broadcast_to(train, (epochs, len(train))), axis=1), filled)
    real = np.pad(np.ones((1, len(train)), np.float32), filled).reshape(steps, workload.BATCH_SIZE)
    return Fold(
        net=[glorot_uniform(rng, *shape) for shape in _LAYERS],
        key=np.uint32([trial.repeat, trial.fold]),
        features=((features - features[train].mean(0)) / features[train].std(0)).astype(np.float32),
        labels=labels.astype(np.float32),
        order=order.reshape(epochs, steps, workload.BATCH_SIZE).astype(np.int32),
        weight=real / real.sum(1, keepdims=True),
        held_out=np.isin(np.arange(len(labels)), test).astype(np.float32),
    )


def glorot_uniform(rng: np.random.Generator, inputs: int, units: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a layer's weights and biases to start from."""
    limit = math.sqrt(6 / (inputs + units))
    return rng.uniform(-limit, limit, (inputs, units)).astype(np.float32), np.zeros(units, np.float32)


def logits(net: Net, rows: Any, masks: list[Any]) -> Any:
    """Return the net's outputs before the sigmoid, shape (rows,)."""
    for (weights, bias), mask in zip(net[:-1], masks, strict=True):
        rows = jax.nn.relu(rows @ weights + bias) * mask
    weights, bias = net[-1]
    return (rows @ weights + bias)[:, 0]


def loss(net: Net, rows: Any, labels: Any, weight: Any, masks: list[Any]) -> Any:
    """Return the binary cross-entropy, averaged over the rows that count."""
    outputs = logits(net, rows, masks)
    return jnp.sum(weight * (jnp.logaddexp(0, outputs) - labels * outputs))


def max_norm(weights: Any) -> Any:
    """Hold the weights into each unit to the largest norm."""
    norms = jnp.sqrt(jnp.sum(weights**2, axis=0, keepdims=True))
    return weights * (jnp.clip(norms, 0, workload.MAX_NORM) / (1e-7 + norms))


def step(rate: Any, state: tuple[Net, Net], batch: tuple[Any, ...]) -> tuple[tuple[Net, Net], None]:
    """Take one step of gradient descent with momentum."""
    net, speed = state
    rows, labels, weight, draws = batch
    masks = [(draw >= rate) / (1 - rate) for draw in jnp.split(draws, workload.HIDDEN[:1], axis=-1)]
    slope = jax.grad(loss)(net, rows, labels, weight, masks)
    speed = jax.tree.map(lambda old, new: workload.MOMENTUM * old - workload.LEARNING_RATE * new, speed, slope)
    *hidden, last = jax.tree.map(jnp.add, net, speed)
    return ([*((max_norm(weights), bias) for weights, bias in hidden), last], speed), None


def train(rate: Any, fold: Fold) -> Any:
    """Train one trial; return its accuracy on the held-out rows."""

    def epoch(state: tuple[Net, Net], known: tuple[Any, Any]) -> tuple[tuple[Net, Net], None]:
        order, key = known
        draws = jax.random.uniform(key, (*order.shape, sum(workload.HIDDEN)))
        batches = (fold.features[order], fold.labels[order], fold.weight, draws)
        return jax.lax.scan(lambda state, batch: step(rate, state, batch), state, batches)

    keys = jax.random.split(jax.random.wrap_key_data(fold.key), fold.order.shape[0])
    start = (fold.net, jax.tree.map(jnp.zeros_like, fold.net))
    (net, _), _ = jax.lax.scan(epoch, start, (fold.order, keys))
    right = (logits(net, fold.features, [1.0] * len(workload.HIDDEN)) > 0) == (fold.labels > 0.5)
    return jnp.sum(right * fold.held_out) / jnp.sum(fold.held_out)


def program(folds: int, mesh: jax.sharding.Mesh) -> Callable[[Any, Fold], Any]:
    """Return the function (rates, folds) -> accuracies of shape (folds, rates)."""
    at_once = math.gcd(folds // mesh.size, _AT_ONCE)
    of_a_fold = jax.vmap(train, in_axes=(0, None))

    def here(rates: Any, some: Fold) -> Any:
        return jax.lax.map(lambda fold: of_a_fold(rates, fold), some, batch_size=at_once)

    spread = jax.shard_map(here, mesh=mesh, in_specs=(_WHOLE, _SPLIT), out_specs=_SPLIT)
    return jax.jit(spread)


def run(task: Task, devices: int) -> tuple[NDArray[Any], float]:
    """Train all trials; return the accuracies and the seconds of tracing and compiling."""
    features, labels = read_sonar(task.data)
    rates = np.array(sorted({trial.rate for trial in task.trials}), np.float32)
    groups = list({(trial.repeat, trial.fold): trial for trial in task.trials}.values())
    folds = [make_fold(trial, features, labels, task.epochs) for trial in groups]
    mesh = jax.make_mesh((devices,), ("folds",))
    rates = jax.device_put(rates, NamedSharding(mesh, _WHOLE))
    stacked = jax.device_put(jax.tree.map(lambda *parts: np.stack(parts), *folds), NamedSharding(mesh, _SPLIT))
    began = time.perf_counter()
    compiled = program(len(folds), mesh).lower(rates, stacked).compile()
    seconds = time.perf_counter() - began
    return np.asarray(compiled(rates, stacked)), seconds


def main() -> None:
    """Train and print."""
    task = read_task()
    folds = len({(trial.repeat, trial.fold) for trial in task.trials})
    devices = math.gcd(folds, joblib.cpu_count())
    jax.config.update("jax_num_cpu_devices", devices)
    imported = task.import_seconds()
    began = time.perf_counter()
    accuracies, compiling = run(task, devices)
    print_result(accuracies.ravel(), imported, time.perf_counter() - began, compiling)


if __name__ == "__main__":
    main()
