"""Reading the pickled form of CIFAR-10 without trusting it: only bytes, numbers and texts come out of a pickle."""

from __future__ import annotations

import io
import pickle
import pickletools
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.errors import DataError

__all__ = ["INPUTS", "RECORDS", "Bytes", "unpickled"]

INPUTS = 3072
RECORDS = 10_000
"""Records in a batch, at most."""

_OFTEN = (
    "BINGET LONG_BINGET BINPUT LONG_BINPUT MEMOIZE BININT1 SHORT_BINSTRING SHORT_BINBYTES SHORT_BINUNICODE BINUNICODE"
)
_ONCE_A_RECORD = "TUPLE2 REDUCE"
_RARELY = (
    "PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE BININT BININT2 BINSTRING BINBYTES TUPLE TUPLE1 TUPLE3 EMPTY_TUPLE "
    "EMPTY_LIST APPEND APPENDS EMPTY_DICT SETITEM SETITEMS GLOBAL STACK_GLOBAL BUILD"
)
_INSTRUCTIONS = {
    **dict.fromkeys(_RARELY.split(), 100),
    **dict.fromkeys(_ONCE_A_RECORD.split(), RECORDS + 100),
    **dict.fromkeys(_OFTEN.split(), 4 * RECORDS),
}
"""How often a batch with labels and file names has each of a pickle's instructions, at most. It has no others."""


def unpickled(content: bytes) -> dict[Any, Any]:
    """Read a pickled dictionary of plain values and arrays of bytes, whatever else a pickle could do.

    What is counted first bounds what reading can take: an instruction of one byte can ask for hundreds, an index
    into the memo for gigabytes, and a million tuples in each other for more stack than there is.
    """
    try:
        counts: Counter[str] = Counter()
        for instruction, argument, _ in pickletools.genops(content):
            name = instruction.name
            counts[name] += 1
            if counts[name] > _INSTRUCTIONS.get(name, 0):
                raise _refused(f"{name} {argument[:60]!a}" if isinstance(argument, str) else name)
            if name == "LONG_BINPUT" and int(argument or 0) > 8 * RECORDS:
                raise _refused(f"{name} {argument}")
        result = _Unpickler(content).load()
    except DataError:
        raise
    except Exception as error:  # there is hardly one that a damaged pickle cannot raise
        raise DataError(f"not a whole pickle ({type(error).__name__})") from None
    if type(result) is not dict:
        raise DataError(f"expected a pickled dictionary, got {type(result).__name__}")
    return result


def _refused(what: str) -> DataError:
    return DataError(f"the pickle asks for {what}, which a batch never does; refused, nothing was executed")


class _Unpickler(pickle.Unpickler):
    """Reads a pickle with stand-ins for the few names a batch refers to; nothing is ever imported for one."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="bytes")
        self._stand_ins = _stand_ins(len(content))

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._stand_ins[module, name]
        except KeyError:
            raise _refused(ascii(f"{module}.{name}"[:100])) from None


def _stand_ins(size: int) -> dict[tuple[str, str], Any]:
    """Return what stands in for each name that a batch of `size` bytes may refer to.

    NumPy itself is not among it: its arrays can be of any type, objects included. A pickle can set the attributes of
    a function it is given, so that is made anew for each file; it cannot those of a type with `__setstate__`.
    """

    def encode(text: str, encoding: str) -> bytes:
        nonlocal size
        size -= len(text)
        if encoding != "latin1" or size < 0:
            raise _refused("other bytes than it holds")
        return text.encode("latin1")

    return {
        ("_codecs", "encode"): encode,
        ("numpy.core.multiarray", "_reconstruct"): Bytes,
        ("numpy._core.multiarray", "_reconstruct"): Bytes,
        ("numpy", "ndarray"): "ndarray",
        ("numpy", "dtype"): _Type,
    }


class _Type:
    """Stands in for a pickled NumPy type, which must be bytes without a sign."""

    def __init__(self, code: object, align: object, copy: object) -> None:
        if code != (b"u1" if isinstance(code, bytes) else "u1"):  # Python 2 wrote bytes, Python 3 writes text
            raise _refused("an array of anything but unsigned bytes")

    def __setstate__(self, state: object) -> None:
        """Take no notice: bytes have no order."""


class Bytes:
    """Stands in for a pickled NumPy array, which must have rows of 3,072 bytes."""

    def __init__(self, kind: object, shape: object, code: object) -> None:
        self.values: NDArray[np.uint8] = np.empty((0, INPUTS), dtype=np.uint8)

    def __setstate__(self, state: tuple[object, ...]) -> None:
        _, shape, kind, is_fortran, content = state
        if type(kind) is not _Type or type(content) is not bytes or type(is_fortran) not in (bool, int):
            raise _refused("an array of anything but unsigned bytes")
        rows = len(content) // INPUTS
        if shape != (rows, INPUTS) or len(content) != rows * INPUTS:
            raise DataError(f"expected an array of shape (records, {INPUTS})")
        self.values = np.frombuffer(content, dtype=np.uint8).reshape((rows, INPUTS), order="F" if is_fortran else "C")
