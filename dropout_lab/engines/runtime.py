"""Start TensorFlow quietly, with the backend and threads that results depend on; time its epochs."""

from __future__ import annotations

import gc
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from dropout_lab.errors import DropoutLabError

__all__ = ["epoch_seconds", "quiet_stderr", "restored_settings", "start"]

_EPSILON, _FOLDING = 1e-7, "constant_folding"

_FOR_OTHERS = ("jax",)
"""What TensorFlow imports, where it is installed, to convert nets from it. Matplotlib, which Keras imports, is needed
for the result: the sooner it is loaded, the better where memory is short."""

_LOCK = threading.Lock()
_INSIDE: list[None] = []
_FOUND: list[tuple[float, str, Any, bool]] = []
"""The users of `restored_settings`, and the settings that the first of them found."""


def start(intra_op_threads: int, dtype: str = "float32", *, alone: bool = False) -> None:
    """Import TensorFlow and Keras and fix all settings that change results.

    Parameters
    ----------
    intra_op_threads : int
        Threads within one operation: a property of the engine, never of how many blocks run at once.
    dtype : str
        float32 or float64: the precision in which Keras sums losses.
    alone : bool
        Whether no code but this program's runs in this process. Then TensorFlow and Keras do without what they would
        import for others, and what is imported by now is never garbage.

    Raises
    ------
    DropoutLabError
        If Keras is already running on another backend than TensorFlow.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    logging.getLogger("tensorflow").addFilter(_is_not_on_tracing)
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever the user's other work runs on
    with quiet_stderr():
        with _quick_import(alone):
            import keras
            import tensorflow as tf

        if keras.config.backend() != "tensorflow":
            raise DropoutLabError(
                f"Keras already runs on {keras.config.backend()} in this process: set KERAS_BACKEND=tensorflow first"
            )
        keras.config.set_epsilon(_EPSILON)  # a user's keras.json must not change results
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)  # which layers are made with; by itself it stays the first one's
        # Folding constants moves factors past each other: a net with dropout at rate 0 would then differ from one
        # without, in the last digits.
        tf.config.optimizer.set_experimental_options({_FOLDING: False})
        as_asked = _set_threads(tf, intra_op_threads)
    if not as_asked:  # printed once standard error is restored
        print(  # noqa: T201 - there is no terminal layer to ask here
            f"dropout-lab: TensorFlow was already started with other threads than {intra_op_threads} per operation: "
            "results may differ from the command line's in the last digits",
            file=sys.stderr,
        )


@contextmanager
def _quick_import(alone: bool) -> Iterator[None]:
    """Import without searching all that is new for garbage, a quarter of the time; see `start` for `alone`."""
    collects, alone = gc.isenabled(), alone and "tensorflow" not in sys.modules
    hidden = [name for name in _FOR_OTHERS if alone and name not in sys.modules]
    gc.disable()
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # to Python: not installed
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
        if alone:
            gc.freeze()
        if collects:
            gc.enable()


def _is_not_on_tracing(record: logging.LogRecord) -> bool:
    """Filter out TensorFlow's advice to trace less often: a program is traced once per shape of networks."""
    return "triggered tf.function retracing" not in record.getMessage()


@contextmanager
def restored_settings() -> Iterator[None]:
    """Restore Keras' settings afterwards: a notebook may use Keras for other things. Threads cannot be reset.

    If several threads are inside at once, the last one to leave restores what the first one found.
    """
    with _LOCK:
        if not _INSIDE:
            _FOUND[:] = [_settings()]
        _INSIDE.append(None)
    try:
        yield
    finally:
        with _LOCK:
            _INSIDE.pop()
            if not _INSIDE and "keras" in sys.modules:
                _set(*_FOUND[0])


def _settings() -> tuple[float, str, Any, bool]:
    """Return Keras' epsilon, precision and dtype policy, and whether TensorFlow folds constants."""
    if "keras" not in sys.modules:
        return _EPSILON, "float32", "float32", True  # as Keras and TensorFlow start
    import keras
    import tensorflow as tf

    folding = tf.config.optimizer.get_experimental_options().get(_FOLDING, True)
    return keras.config.epsilon(), keras.config.floatx(), keras.config.dtype_policy(), folding


def _set(epsilon: float, floatx: str, policy: Any, folding: bool) -> None:
    import keras
    import tensorflow as tf

    keras.config.set_epsilon(epsilon)
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)
    tf.config.optimizer.set_experimental_options({_FOLDING: folding})


def _set_threads(tf: Any, count: int) -> bool:
    """Set the threads of an operation; return whether it was possible: TensorFlow may be running already."""
    if tf.config.threading.get_intra_op_parallelism_threads() != count:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(count)
        except RuntimeError:
            return False
    return True


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Suppress what native code writes to standard error; show it if the import fails."""
    with suppress(OSError):  # a full log
        sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed: nothing to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def epoch_seconds(ends: Sequence[float], epochs: Sequence[int]) -> float:
    """Return the median time of one epoch of one trial, in seconds; NaN if there is only one stretch of training.

    Parameters
    ----------
    ends : sequence of float
        Times at which each stretch of training ended. The first is left out: it includes compilation.
    epochs : sequence of int
        Epochs x trials in each stretch.
    """
    if len(ends) < 2:
        return float("nan")
    return float(np.median(np.diff(ends) / np.asarray(epochs[1:])))
