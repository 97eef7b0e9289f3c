"""The command line: parse, one call, exit code. Slow modules are imported inside the command that needs them."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from dropout_lab import __version__
from dropout_lab.cli.claims import claims_app
from dropout_lab.cli.configs import configs_app
from dropout_lab.cli.data import data_app
from dropout_lab.cli.experiments import run, sweep
from dropout_lab.cli.init import init
from dropout_lab.cli.merge import merge
from dropout_lab.cli.models import predict, refit
from dropout_lab.cli.report import report
from dropout_lab.cli.results import compare, show
from dropout_lab.errors import ConfigError, DatasetError, DropoutLabError
from dropout_lab.runs.interrupt import exit_at_once

__all__ = ["app", "main"]

_WRONG_INPUT = 2

app = typer.Typer(
    name="dropout-lab",
    help="Which dropout rate should I use? Paired, reproducible dropout experiments from one YAML file.",
    epilog="""\b
Compare dropout rates on built-in data, and look at the result:
  dropout-lab sweep
  dropout-lab report results/quickstart-sweep

\b
The same on your own table:
  dropout-lab init table.csv --target COLUMN
  dropout-lab sweep table.yaml
""",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (sweep, run, init, show, report, compare, refit, predict, merge):
    app.command()(command)
for name, group in (("configs", configs_app), ("data", data_app), ("claims", claims_app)):
    app.add_typer(group, name=name)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"dropout-lab {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ] = False,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show the traceback of an error.")] = False,
) -> None:
    """Options of every command."""


def _open_closed_streams() -> None:
    """Open to nowhere what the caller has closed (``2>&-``), or the next file opened would take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))


def main() -> None:
    """Run the command line; an error that the user can fix is one message and exit code 2, never a traceback."""
    atexit.register(gc.freeze)  # or Python would search all of TensorFlow for garbage before it ends
    try:
        _main()
    finally:
        try:
            sys.stderr.flush()
        except OSError:  # a full log: Python would try again at exit, and fail with another exit code
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _main() -> None:
    common = {"--traceback", "--version"}  # accepted after any command
    arguments = sys.argv[1:]
    front = [argument for argument in arguments if argument in common]
    exit_at_once()
    _open_closed_streams()
    try:
        try:
            app([*front, *(argument for argument in arguments if argument not in common)])
        finally:
            sys.stdout.flush()
    except OSError as error:  # a full device, or a file error that nothing closer has handled
        if "--traceback" in front:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would try to write again at exit
        _print_errors([f"{error.filename or 'the output'}: {error.strerror or error}"])
        sys.exit(_WRONG_INPUT)
    except DropoutLabError as error:
        if "--traceback" in front:
            raise
        lines = error.problems if isinstance(error, ConfigError | DatasetError) else (str(error),)
        _print_errors(lines)
        sys.exit(_WRONG_INPUT)


def _print_errors(lines: Sequence[str]) -> None:
    """Print errors; nothing else does."""
    with suppress(OSError):  # nobody reads them
        for line in lines:
            print(f"error: {line}", file=sys.stderr)  # noqa: T201
