"""A process that trains blocks on JAX: ``python -m dropout_lab.engines.vectorized.process FILE_DESCRIPTOR``.

Which backend Keras runs on is settled when it is imported, for the whole process; so this one is not the user's. It
ends when that one does, or after a while without work.
"""

from __future__ import annotations

import os
import pickle
import sys
from multiprocessing.connection import Connection
from typing import Any

from dropout_lab.engines.interface import Train
from dropout_lab.engines.vectorized.messages import CHECK, DONE, EPOCHS, ERROR, PREPARE, PROVE, RESULTS
from dropout_lab.executors.child import messages, portable

__all__ = ["main"]


def main(connection: Connection) -> None:
    """Reply to messages: first the precision, then those of `vectorized.messages`."""
    received = messages(connection)
    _start(next(received))
    from dropout_lab.engines.builder_check import build_networks
    from dropout_lab.engines.vectorized.proof import reason_not_vectorizable
    from dropout_lab.engines.vectorized.trainer import trainer

    def send(kind: str, content: Any) -> None:
        connection.send_bytes(pickle.dumps((kind, content)))

    train: Train | None = None
    for kind, content in received:
        try:
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
        except BaseException as error:
            send(ERROR, portable(error))


def _start(dtype: str) -> None:
    os.environ["KERAS_BACKEND"] = "jax"
    import jax
    import keras

    jax.config.update("jax_enable_x64", dtype == "float64")
    keras.config.set_epsilon(1e-7)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
