"""The command line: parse, one call, exit code. Everything slow is imported inside the command that needs it."""

from __future__ import annotations

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
    help="Which dropout rate should I use? Paired, repeatable dropout experiments from one YAML file.",
    epilog="Start with: dropout-lab sweep --rates 0:0.9:0.1",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (init, run, sweep, merge, show, compare, report, refit, predict):
    app.command()(command)
app.add_typer(claims_app, name="claims")
app.add_typer(configs_app, name="configs")
app.add_typer(data_app, name="data")


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
    """Options that every command understands."""


def _open_closed_streams() -> None:
    """Open what was closed before the start (``2>&-``) to nowhere, or the next file opened would take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))


def main() -> None:
    """Run the command line; what a user can mend is one message and exit code 2, never a traceback."""
    try:
        _main()
    finally:
        try:
            sys.stderr.flush()
        except OSError:  # a full log: what is left of it would be tried again at the end, and be the exit code
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _main() -> None:
    everywhere = {"--traceback", "--version"}  # understood behind any command
    arguments = sys.argv[1:]
    front = [each for each in arguments if each in everywhere]
    exit_at_once()
    _open_closed_streams()
    try:
        try:
            app([*front, *(each for each in arguments if each not in everywhere)])
        finally:
            sys.stdout.flush()
    except OSError as error:  # a full device, or a file that nothing nearer has accounted for
        if "--traceback" in front:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what could not be written would be tried again at the end
        where = error.filename or "the output"
        _complain([f"{where}: {error.strerror or error}"])
        sys.exit(_WRONG_INPUT)
    except DropoutLabError as error:
        if "--traceback" in front:
            raise
        lines = error.problems if isinstance(error, ConfigError | DatasetError) else (str(error),)
        _complain(lines)
        sys.exit(_WRONG_INPUT)


def _complain(lines: Sequence[str]) -> None:
    """Show errors: the one place where that is done."""
    with suppress(OSError):  # nobody reads them
        for line in lines:
            print(f"error: {line}", file=sys.stderr)  # noqa: T201
