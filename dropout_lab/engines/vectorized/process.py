"""A process that trains blocks on JAX: ``python -m dropout_lab.engines.vectorized.process FILE_DESCRIPTOR``.

Which backend Keras runs on is settled when it is imported, for the whole process; so this one is not the user's. It
ends when that one does, or after a while without work.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

from dropout_lab.engines.interface import Train
from dropout_lab.engines.vectorized.messages import CHECK, DONE, EPOCHS, ERROR, PREPARE, PROVE, RESULTS

__all__ = ["main"]

_IDLE_SECONDS = 60


def main(connection: Connection) -> None:
    """Reply to messages: first the precision, then either blocks and data to prepare for, or a block to train."""
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, messages), daemon=True).start()
    _start(pickle.loads(messages.get()))  # noqa: S301 - from the process that started this one
    from dropout_lab.engines.builder_check import build_networks
    from dropout_lab.engines.vectorized.proof import reason_not_vectorizable
    from dropout_lab.engines.vectorized.trainer import trainer

    def send(kind: str, content: Any) -> None:
        connection.send_bytes(pickle.dumps((kind, content)))

    train: Train | None = None
    while True:
        try:
            message = pickle.loads(messages.get(timeout=_IDLE_SECONDS))  # noqa: S301
        except queue.Empty:
            os._exit(0)
        try:
            kind, content = message
            if kind == PREPARE:
                train = trainer(*content)
            elif kind == PROVE:
                send(RESULTS, reason_not_vectorizable(*content))
            elif kind == CHECK:
                build_networks(*content)
            elif train is not None:
                for results in train(content, lambda count: send(EPOCHS, count)):
                    send(RESULTS, results)
            send(DONE, None)
        except Exception as error:
            send(ERROR, _portable(error))


def _start(dtype: str) -> None:
    os.environ["KERAS_BACKEND"] = "jax"
    import jax
    import keras

    jax.config.update("jax_enable_x64", dtype == "float64")
    keras.config.set_epsilon(1e-7)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def _listen(connection: Connection, messages: queue.SimpleQueue[bytes]) -> None:
    """Queue incoming messages; end the process, whatever it is doing, when the user's is gone."""
    try:
        while True:
            messages.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)


def _portable(error: Exception) -> Exception:
    """Return an error that can be pickled, with its traceback as a note."""
    note = "".join(traceback.format_exception(error))
    try:
        error = pickle.loads(pickle.dumps(error))  # noqa: S301 - from this line
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(note)
    return error


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
