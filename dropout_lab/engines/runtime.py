"""Starting TensorFlow: the backend and threads that results are defined by, and none of its start-up noise."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dropout_lab.errors import DropoutLabError

__all__ = ["start"]

_EPSILON = 1e-7


def start(intra_op_threads: int, dtype: str = "float32") -> None:
    """Import TensorFlow and Keras and fix what changes numbers.

    Parameters
    ----------
    intra_op_threads : int
        Threads within one operation: a property of the engine, never of how many blocks run at once.
    dtype : str
        float32 or float64: what Keras adds up losses in.

    Raises
    ------
    DropoutLabError
        If Keras is already running on another backend than TensorFlow.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever the user's other work runs on
    with _native_stderr_held_back():
        import keras
        import tensorflow as tf

        if keras.config.backend() != "tensorflow":
            raise DropoutLabError(
                f"Keras already runs on {keras.config.backend()} in this process: set KERAS_BACKEND=tensorflow first"
            )
        keras.config.set_epsilon(_EPSILON)  # a user's keras.json must not change results
        keras.config.set_floatx(dtype)
        # Folding constants moves factors past each other: a net with dropout at rate 0 would then differ from one
        # without, in the last digits.
        tf.config.optimizer.set_experimental_options({"constant_folding": False})
        if tf.config.threading.get_intra_op_parallelism_threads() != intra_op_threads:
            _set_threads(tf, intra_op_threads)


def _set_threads(tf: object, count: int) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(count)  # type: ignore[attr-defined]  # a lazy module
    except RuntimeError:  # already running: a notebook, say
        print(  # noqa: T201 - there is no terminal layer to ask here
            f"dropout-lab: TensorFlow was already started with other threads than {count} per operation: "
            "results may differ from the command line's in the last digits",
            file=sys.stderr,
        )


@contextmanager
def _native_stderr_held_back() -> Iterator[None]:
    """Hold back what native code writes to standard error; show it after all if the import fails."""
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
