"""The engine for any network: each training is one program, compiled by JAX, in processes of their own.

The compiled program has the loops over batches and epochs in it, and serves all trials whose networks differ in the
dropout rate only. Trials follow each other in it rather than being vectorized by `jax.vmap`: on a processor that is as
fast, for one trial's arrays stay in its cache (per epoch of 14 batches of 32 rows, 32 trials: an LSTM 0.29 s instead of
0.35, a convolution along a sequence 0.09 instead of 0.10, dense layers 0.014 instead of 0.009), and a trial's bits
cannot depend on its neighbors.

Only these processes import Keras, on its JAX backend, which the user's process cannot change once it has imported it.
Each runs in one thread, so that a trial's bits do not depend on the number of cores.
"""

from __future__ import annotations

import atexit
import pickle
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import dtype_of
from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.jax.convolution_size import numbers_in_windows, reason_slow
from dropout_lab.engines.jax.messages import CHECK, DONE, EPOCHS, ERROR, PREPARE, PROVE, RESULTS, TRAIN
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.errors import ModelError
from dropout_lab.executors.child import IDLE_SECONDS
from dropout_lab.executors.spawn import Spawned, describe_exit, spawn

__all__ = ["check_builder", "load", "numbers_in_windows", "reason_slow", "reasons_against"]

_ENVIRONMENT = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    "NPROC": "1",
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
"""One thread; and no more on standard error than errors."""


def load(blocks: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks, in a process for each thread; see `engines.Train`."""
    dtype, preparation = dtype_of(blocks[0][0].experiment), pickle.dumps((PREPARE, data))

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        with _process(dtype, preparation) as process:
            yield from process.ask(TRAIN, block, on_epochs)

    return train


def reasons_against(experiment: Experiment, data: Dataset) -> tuple[str, str]:
    """Try a network of the user's own; return why this engine cannot train it, and why it would be slow.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset

    Returns
    -------
    unsupported, slow : str
        Empty where there is no reason.
    """
    try:
        with _process(dtype_of(experiment), pickle.dumps((PREPARE, data))) as process:
            ((unsupported, slow),) = process.ask(PROVE, experiment)
    except (ModelError, RuntimeError) as error:
        return str(error), ""
    return unsupported, slow


def check_builder(experiment: Experiment, data: Dataset) -> list[str]:
    """Return notes on the networks of a sweep; raises `ModelError` if one of them cannot be trained."""
    try:
        with _process(dtype_of(experiment), pickle.dumps((PREPARE, data))) as process:
            (notes,) = process.ask(CHECK, experiment)
            return list(notes)
    except RuntimeError as error:
        raise ModelError(f"model.builder: {error}") from error


def _ignore(count: int) -> None:
    """Do nothing with the progress of what is only tried."""


_LOCK = threading.Lock()
_IDLE: list[_Process] = []
"""Processes without work: they end with this process, or by themselves after a while."""


@contextmanager
def _process(dtype: str, preparation: bytes) -> Iterator[_Process]:
    """Lend a process without work, rather one that has these data already; or start one."""
    with _LOCK:
        for ended in [process for process in _IDLE if not process.is_there]:
            _IDLE.remove(ended)
            ended.end()
        fitting = [process for process in _IDLE if process.dtype == dtype]
        process = min(fitting, key=lambda each: each.preparation != preparation, default=None)
        if process is not None:
            _IDLE.remove(process)
    process = process or _Process(dtype)
    try:
        process.prepare(preparation)
        yield process
    except ModelError:
        _give_back(process)
        raise
    except BaseException:
        process.end()
        raise
    _give_back(process)


def _give_back(process: _Process) -> None:
    process.idle_since = time.monotonic()
    with _LOCK:
        _IDLE.append(process)


@atexit.register
def _end_all() -> None:
    with _LOCK:
        for process in _IDLE:
            process.end()


class _Process:
    """A process that trains blocks; see `jax.process`.

    Attributes
    ----------
    dtype : str
        In which it computes.
    preparation : bytes
        The data that it has; empty at first.
    idle_since : float
        By the monotonic clock.
    """

    def __init__(self, dtype: str) -> None:
        self.dtype, self.preparation, self.idle_since = dtype, b"", time.monotonic()
        self._spawned: Spawned = spawn("dropout_lab.engines.jax.process", _ENVIRONMENT)
        self._spawned.connection.send_bytes(pickle.dumps(dtype))

    @property
    def is_there(self) -> bool:
        """Whether it has not ended yet, nor is about to for want of work."""
        return self._spawned.process.poll() is None and time.monotonic() - self.idle_since < IDLE_SECONDS / 2

    def prepare(self, preparation: bytes) -> None:
        """Send data, as a pickled message, unless they are there."""
        if self.preparation != preparation:
            list(self._reply(preparation, _ignore))
            self.preparation = preparation

    def ask(self, kind: str, content: Any, on_epochs: Callable[[int], None] = _ignore) -> Iterator[Any]:
        """Send a message, and yield the results that come back."""
        return self._reply(pickle.dumps((kind, content)), on_epochs)

    def _reply(self, message: bytes, on_epochs: Callable[[int], None]) -> Iterator[Any]:
        connection = self._spawned.connection
        try:
            connection.send_bytes(message)
            while True:
                kind, content = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our own process
                if kind == DONE:
                    return
                if kind == ERROR:
                    raise content
                if kind == EPOCHS:
                    on_epochs(content)
                elif kind == RESULTS:
                    yield content
        except (EOFError, OSError) as error:
            how = describe_exit(self._spawned.process.wait())
            raise RuntimeError(f"the process that trained it ended with {how}") from error

    def end(self) -> None:
        """End the process."""
        self._spawned.end()
