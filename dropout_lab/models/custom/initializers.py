"""Which initializer each variable of a network is made with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import keras

__all__ = ["recorded_initializers"]

_LOCK = threading.RLock()


@contextmanager
def recorded_initializers() -> Iterator[dict[int, Any]]:
    """Record the initializers of the variables that are made meanwhile, whoever makes them.

    Yields
    ------
    dict
        The id of a variable -> the object that it was initialized by: a Keras initializer, another callable, or values.
    """
    found: dict[int, Any] = {}
    with _LOCK:
        original = keras.Variable.__init__

        @wraps(original)
        def init(variable: Any, initializer: Any, *args: Any, **kwargs: Any) -> None:
            if isinstance(initializer, str):
                initializer = keras.initializers.get(initializer)
            found[id(variable)] = initializer
            original(variable, initializer, *args, **kwargs)

        keras.Variable.__init__ = init
        try:
            yield found
        finally:
            keras.Variable.__init__ = original
