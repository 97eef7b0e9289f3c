"""A sweep: dotted keys, and the values that each takes in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from dropout_lab.config.rates import MOST_RATES, number, parse_rates, steps
from dropout_lab.config.yaml_document import parse
from dropout_lab.errors import ConfigError, RateError

__all__ = ["MOST_POINTS", "RATE", "Sweep", "SweepError", "keys_of", "text_of"]

RATE = "dropout.rate"
MOST_POINTS = 10_000
"""The largest number of points one sweep may hold."""

_FORMS = "write a range with both ends, 10:50:10, or a list, [10, 50]"
_FIXED = ("name", "evaluation", "training.precision", "engine", "sweep")
"""What is one for all trials of a result."""


class SweepError(ValueError):
    """What keeps points of a sweep from being experiments: (place in the sweep, what pydantic found, or a text)."""

    def __init__(self, problems: Sequence[tuple[tuple[str | int, ...], Any]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for _, problem in problems))


def keys_of(data: Mapping[str, Any]) -> list[str]:
    """List the dotted keys that may vary of an experiment as plain data: of values, and of whole sections."""

    def walk(section: Mapping[str, Any], before: str) -> list[str]:
        found = []
        for name, value in section.items():
            key = f"{before}{name}"
            if not key.startswith(_FIXED) and (before != "dataset." or name == "train_rows"):
                found.append(key)
            if isinstance(value, dict):
                found += walk(value, f"{key}.")
        return found

    return [key for key in walk(data, "") if key not in ("dataset", "training")]


def text_of(value: Any) -> str:
    """Write a value as it stands in a table: ``0.5``, ``none``, ``60-30``, ``l2=0.01 max_norm=3``."""
    if value is None or value == {}:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return " ".join(f"{key}={text_of(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "-".join(map(text_of, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _values(key: str, given: Any) -> Any:
    """Read an axis' values as people write them."""
    if isinstance(given, str):
        try:
            given = list(parse_rates(given)) if key == RATE else _listed(given)
        except (RateError, ConfigError) as error:
            raise SweepError([((key,), str(error))]) from None
    if key == RATE and isinstance(given, list | tuple):
        return [abs(float(each)) if type(each) in (int, float) and each == 0 else each for each in given]
    return given


def _listed(text: str) -> list[Any]:
    if ":" in text:
        whole = not any(mark in text for mark in ".eE")
        numbers = steps(text, lambda end: number(end, _FORMS), _FORMS, "values")
        return [int(each) if whole else float(each) for each in numbers]
    return [parse(f"value: {part}", "").data["value"] for part in text.split(",")]


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    seen: list[Any] = []
    for value in values:
        if any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in seen):
            raise ValueError(f"{text_of(value)} is named twice: name each value once")
        seen.append(value)
    if all(type(value) in (int, float) for value in values):
        return tuple(sorted(values))
    return values


def _read(given: Any) -> Any:
    return {key: _values(str(key), value) for key, value in given.items()} if isinstance(given, dict) else given


_Values = Annotated[
    tuple[Any, ...],
    Field(strict=False, min_length=1, max_length=MOST_RATES),
    AfterValidator(_each_once),
]
Sweep = Annotated[dict[str, _Values], BeforeValidator(_read)]
"""Axes in the order in which they are written, the last one varying fastest; numbers in ascending order."""
