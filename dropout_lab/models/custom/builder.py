"""Import and call the function that ``model.builder`` names. Only here is a user's code run."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from dropout_lab.config.builder_source import checksum_of, module_file
from dropout_lab.config.model import CustomModel
from dropout_lab.datasets.named_inputs import NamedInput
from dropout_lab.errors import ModelError, describe_error

__all__ = ["SIGNATURE", "call_builder", "import_builder"]

SIGNATURE = "def {name}(inputs, outputs, dropout{more}) -> keras.Model"

_LOCK = threading.RLock()
_MODULES: dict[tuple[str, str, str], ModuleType] = {}
"""Modules that have been run, by name, file and checksum of the source."""


def import_builder(model: CustomModel) -> Callable[..., Any]:
    """Import a builder's module and return its function.

    The source that is run is the one with `model.checksum`, whatever was imported before. The folder is on Python's
    path only while the module is imported.

    Raises
    ------
    ModelError
        If there is no such module or function, its source has another checksum, importing it raises, or the function
        cannot be called with the arguments it will get.
    """
    module_name, _, name = model.builder.partition(":")
    source = module_file(model.builder, model.folder)
    if source is None:
        raise ModelError(
            f"model.builder: {model.builder}: no module {module_name} in {model.folder}, nor on Python's path"
        )
    module = _module(module_name, source, model)
    function = getattr(module, name, None)
    if not callable(function):
        functions = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        known = f" (its functions: {', '.join(functions)})" if functions else ""
        raise ModelError(f"{source}: model.builder: there is no function {name}{known}: expected {_expected(model)}")
    try:
        inspect.signature(function).bind((), 0, None, **model.arguments)
    except TypeError as error:
        raise ModelError(
            f"{_location(function, source)}: model.builder: {name}{inspect.signature(function)}: {error}: "
            f"expected {_expected(model)}"
        ) from error
    return function


def call_builder(
    model: CustomModel, inputs: tuple[int, ...] | dict[str, NamedInput], outputs: int, dropout: Any
) -> tuple[Any, str]:
    """Import and call the user's function.

    Parameters
    ----------
    model : CustomModel
    inputs : tuple of int or dict
        The shape of a row, or its named inputs.
    outputs : int
        1 for two classes, else the number of classes.
    dropout : DropoutFactory

    Returns
    -------
    returned : object
        Whatever the function returned.
    location : str
        Where the function is, ``file:line``.

    Raises
    ------
    ModelError
        As `import_builder`, or if the function raises.
    """
    function = import_builder(model)
    source = Path(str(module_file(model.builder, model.folder)))
    location = _location(function, source)
    try:
        with _importable(model.folder):
            return function(inputs, outputs, dropout, **model.arguments), location
    except Exception as error:
        raise ModelError(
            f"{_where(error, source) or location}: model.builder: {model.builder} raised {describe_error(error)} when "
            f"called as {function.__name__}({inputs}, {outputs}, dropout{_more(model, with_values=True)}); "
            f"expected {_expected(model)}"
        ) from error


def _module(name: str, source: Path, model: CustomModel) -> ModuleType:
    checksum = checksum_of(source)
    if model.checksum and checksum != model.checksum:
        raise ModelError(
            f"{source}: model.builder: the source does not have this config's model.checksum: restore it, or remove "
            "the checksum from the config (results of the other source cannot be resumed)"
        )
    if source.is_relative_to(Path(model.folder).resolve()) and name.partition(".")[0] in sys.stdlib_module_names:
        raise ModelError(
            f"{source}: model.builder: {name} is the name of a module in Python's standard library: rename it"
        )
    key = name, str(source), checksum
    with _LOCK, _importable(model.folder):
        if key not in _MODULES:
            try:
                _MODULES[key] = _run(name, source)
            except (Exception, SystemExit) as error:
                location = _where(error, source) or str(source)
                raise ModelError(
                    f"{location}: model.builder: importing {name} raised {describe_error(error)}"
                ) from error
    return _MODULES[key]


def _run(name: str, source: Path) -> ModuleType:
    """Run exactly this source as a module; the one that Python has under its name may be older, or another file."""
    parent = name.rpartition(".")[0]
    if parent:
        if str(source.parent) not in getattr(sys.modules.get(parent), "__path__", [str(source.parent)]):
            top = name.partition(".")[0]
            for other in [key for key in sys.modules if key == top or key.startswith(f"{top}.")]:
                del sys.modules[other]  # from another folder
        importlib.import_module(parent)
    spec = importlib.util.spec_from_file_location(name, source)
    if spec is None:
        raise ImportError(f"{source} is not a Python source file")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compile(source.read_bytes(), str(source), "exec"), vars(module))  # noqa: S102 - what the user asks for
    except BaseException:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        raise
    return module


@contextmanager
def _importable(folder: str) -> Iterator[None]:
    """Put a folder first on Python's path for a while."""
    with _LOCK:
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            sys.path.remove(folder)


def _location(function: Callable[..., Any], source: Path) -> str:
    """Return where a function is defined, ``file:line``."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else str(source)


def _where(error: BaseException, source: Path) -> str:
    """Return the innermost line of a traceback that is in the source's folder, ``file:line``; empty if none is."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(str(source.parent)):
            return f"{frame.filename}:{frame.lineno}"
    return ""


def _expected(model: CustomModel) -> str:
    return SIGNATURE.format(name=model.builder.partition(":")[2], more=_more(model))


def _more(model: CustomModel, *, with_values: bool = False) -> str:
    return "".join(f", {name}={value!r}" if with_values else f", {name}" for name, value in model.arguments.items())
