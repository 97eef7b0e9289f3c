"""A config's ``model.builder`` -> the user's function, and what it makes: where the user's code is run."""

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
from dropout_lab.errors import ModelError

__all__ = ["SIGNATURE", "function_of", "made"]

SIGNATURE = "def {name}(inputs, outputs, dropout{more}) -> keras.Model"

_LOCK = threading.RLock()
_MODULES: dict[tuple[str, str, str], ModuleType] = {}
"""What has been run, by the module's name, its file and the checksum of its source."""


def function_of(model: CustomModel) -> Callable[..., Any]:
    """Import a builder's module and return its function.

    What is run is the source that `model.checksum` is of, whatever was imported before. The folder is on Python's path
    only for as long as the module is imported.

    Raises
    ------
    ModelError
        If there is no such module or function, its source is another one, importing it raises, or the function cannot
        be called with what it will be given.
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
        there = [each for each, value in vars(module).items() if inspect.isfunction(value)]
        known = f" (functions there: {', '.join(there)})" if there else ""
        raise ModelError(f"{source}: model.builder: no function is called {name}{known}: expected {_expected(model)}")
    try:
        inspect.signature(function).bind((), 0, None, **model.arguments)
    except TypeError as error:
        raise ModelError(
            f"{_place(function, source)}: model.builder: {name}{inspect.signature(function)}: {error}: "
            f"expected {_expected(model)}"
        ) from error
    return function


def made(model: CustomModel, inputs: tuple[int, ...], outputs: int, dropout: Any) -> tuple[Any, str]:
    """Call the user's function.

    Parameters
    ----------
    model : CustomModel
    inputs : tuple of int
        The shape of a row.
    outputs : int
        1 for two classes, else the number of classes.
    dropout : DropoutFactory
        What the function asks for layers.

    Returns
    -------
    made : object
        Whatever the function returned.
    place : str
        Where the function stands, ``file:line``.

    Raises
    ------
    ModelError
        As of `function_of`, or if the function raises.
    """
    function = function_of(model)
    source = Path(str(module_file(model.builder, model.folder)))
    place = _place(function, source)
    try:
        with _importable(model.folder):
            return function(inputs, outputs, dropout, **model.arguments), place
    except Exception as error:
        raise ModelError(
            f"{_where(error, source) or place}: model.builder: {model.builder} raised {_told(error)} when called "
            f"as {function.__name__}({inputs}, {outputs}, dropout{_more(model, with_values=True)}); "
            f"expected {_expected(model)}"
        ) from error


def _module(name: str, source: Path, model: CustomModel) -> ModuleType:
    checksum = checksum_of(source)
    if model.checksum and checksum != model.checksum:
        raise ModelError(
            f"{source}: model.builder: the source is not the one that this config's model.checksum is of: bring it "
            "back, or take the checksum out of the config (results of the other source cannot be gone on with)"
        )
    if source.is_relative_to(Path(model.folder).resolve()) and name.partition(".")[0] in sys.stdlib_module_names:
        raise ModelError(
            f"{source}: model.builder: {name} is the name of a module of Python's own: give it another one"
        )
    key = name, str(source), checksum
    with _LOCK, _importable(model.folder):
        if key not in _MODULES:
            try:
                _MODULES[key] = _run(name, source)
            except (Exception, SystemExit) as error:
                place = _where(error, source) or str(source)
                raise ModelError(f"{place}: model.builder: importing {name} raised {_told(error)}") from error
    return _MODULES[key]


def _run(name: str, source: Path) -> ModuleType:
    """Run exactly this source as a module; what Python knows under its name may be older, or another file."""
    parent = name.rpartition(".")[0]
    if parent:
        if str(source.parent) not in getattr(sys.modules.get(parent), "__path__", [str(source.parent)]):
            top = name.partition(".")[0]
            for other in [each for each in sys.modules if each == top or each.startswith(f"{top}.")]:
                del sys.modules[other]  # of another folder
        importlib.import_module(parent)
    spec = importlib.util.spec_from_file_location(name, source)
    if spec is None:
        raise ImportError(f"{source} is no Python source")
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


def _place(function: Callable[..., Any], source: Path) -> str:
    """Return where a function stands, ``file:line``."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else str(source)


def _where(error: BaseException, source: Path) -> str:
    """Return the last line below the source's folder that an exception went through; empty if there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [
        each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(str(source.parent))
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _expected(model: CustomModel) -> str:
    return SIGNATURE.format(name=model.builder.partition(":")[2], more=_more(model))


def _more(model: CustomModel, *, with_values: bool = False) -> str:
    each = (f"{name}={value!r}" if with_values else name for name, value in model.arguments.items())
    return "".join(f", {text}" for text in each)
