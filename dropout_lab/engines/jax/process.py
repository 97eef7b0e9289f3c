"""A process that trains trials on JAX: ``python -m dropout_lab.engines.jax.process FILE_DESCRIPTOR``.

Which backend Keras runs on is settled when it is imported, for the whole process; so this one is not the user's. It
ends when that one does, or after a while without work.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from multiprocessing.connection import Connection
from typing import Any

from dropout_lab.engines.jax.messages import CHECK, DONE, EPOCHS, ERROR, PREPARE, PROVE, RESULTS
from dropout_lab.executors.child import messages, portable

__all__ = ["main"]


def main(connection: Connection) -> None:
    """Reply to messages: first the precision, then those of `jax.messages`."""
    received = messages(connection)
    _start(next(received))
    from dropout_lab.engines.builder_check import build_networks
    from dropout_lab.engines.jax.proof import reasons_against
    from dropout_lab.engines.jax.trainer import Trainer

    def send(kind: str, content: Any) -> None:
        connection.send_bytes(pickle.dumps((kind, content)))

    trainer: Trainer | None = None
    for kind, content in received:
        try:
            if kind == PREPARE:
                trainer = Trainer(content)
            elif trainer is None:
                raise RuntimeError("no data were sent")
            elif kind == PROVE:
                send(RESULTS, reasons_against(content, trainer))
            elif kind == CHECK:
                send(RESULTS, build_networks(content, trainer.data))
            else:
                for results in trainer.train(content, lambda count: send(EPOCHS, count)):
                    send(RESULTS, results)
            send(DONE, None)
        except BaseException as error:
            send(ERROR, portable(error))


def _start(dtype: str) -> None:
    os.environ["KERAS_BACKEND"] = "jax"
    sys.modules["matplotlib"] = None  # type: ignore[assignment]  # Keras imports it where it is installed
    gc.disable()
    import jax
    import keras

    del sys.modules["matplotlib"]
    gc.freeze()
    gc.enable()
    jax.config.update("jax_enable_x64", dtype == "float64")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    keras.config.set_epsilon(1e-7)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
