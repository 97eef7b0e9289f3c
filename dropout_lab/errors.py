"""The exceptions a user can meet. Each message says what is wrong, what was expected and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "ClusterError",
    "ConfigError",
    "DataError",
    "DatasetError",
    "DropoutLabError",
    "ModelError",
    "RateError",
    "ResultsError",
    "TrackerError",
    "describe_error",
]


class DropoutLabError(ValueError):
    """An error that the user can fix. The command line prints it without a traceback and exits with 2."""


class RateError(DropoutLabError):
    """A dropout rate, or a range of them, that cannot be used."""


class ConfigError(DropoutLabError):
    """An experiment that cannot be read; holds every problem found, not just the first.

    Parameters
    ----------
    problems : sequence of str
        One line per problem, each starting with where it is (``file:line``).
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class DataError(DropoutLabError):
    """A data set that is missing, damaged, or does not fit the experiment."""


class DatasetError(DataError):
    """A table of the user's that cannot be used; holds every problem found, as `ConfigError` does."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ModelError(DropoutLabError):
    """A function or file of the user's that does not give a usable model."""


class ResultsError(DropoutLabError):
    """An output directory that cannot be read, written, or belongs to something else."""


class ClusterError(DropoutLabError):
    """A Dask cluster that does not answer, is lost, or has a worker that cannot train the experiment."""


class TrackerError(DropoutLabError):
    """An experiment tracker that cannot be used, or rejects what is logged to it."""


def describe_error(error: BaseException, longest: int | None = None) -> str:
    """Return any exception as one line: its class, then its message, cut to so many characters."""
    text = " ".join(str(error).split())[:longest]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
