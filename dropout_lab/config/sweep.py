"""A sweep: dotted keys and their values, of which every combination is a point, or some that are drawn at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from dropout_lab.config.random_search import RandomSearch, is_interval, parse_interval
from dropout_lab.config.rates import MAX_RATES, number, parse_rates, steps
from dropout_lab.config.yaml_document import parse
from dropout_lab.errors import ConfigError, RateError

__all__ = ["RANDOM", "RATE", "Sweep", "SweepError", "keys_of", "text_of"]

RATE = "dropout.rate"
RANDOM = "random"
"""The key of a sweep that says how many points are drawn; all others are keys of the experiment."""

_FORMS = "write a range with both ends, 10:50:10 or 1e-4:1e-1:log4, or a list, [10, 50]"
_FIXED = ("name", "evaluation", "training.precision", "engine", "sweep")
"""Keys that all trials of a result share."""


class SweepError(ValueError):
    """Points of a sweep are not valid experiments.

    Attributes
    ----------
    problems : tuple of (key path in the sweep, pydantic's error or a message)
    """

    def __init__(self, problems: Sequence[tuple[tuple[str | int, ...], Any]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for _, problem in problems))


def keys_of(data: Mapping[str, Any]) -> list[str]:
    """List the dotted keys, of values and of whole sections, of an experiment as plain data that can be swept."""

    def walk(section: Mapping[str, Any], before: str) -> list[str]:
        keys = []
        for name, value in section.items():
            key = f"{before}{name}"
            if not key.startswith(_FIXED) and (before != "dataset." or name == "train_rows"):
                keys.append(key)
            if isinstance(value, dict):
                keys += walk(value, f"{key}.")
        return keys

    return [key for key in walk(data, "") if key not in ("dataset", "training")]


def text_of(value: Any) -> str:
    """Format a value for tables: ``0.5``, ``none``, ``60-30``, ``l2=0.01 max_norm=3``."""
    if value is None or value == {}:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return " ".join(f"{key}={text_of(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "-".join(map(text_of, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _parse_axis(key: str, values: Any, *, is_random: bool) -> Any:
    """Read an axis, which may be written as a range, a list or, in a random search, an interval in a string."""
    if key == RANDOM and not isinstance(values, dict | RandomSearch):
        raise SweepError([((key,), f"expected the number of points, {{points: 20}}, got {values!r}")])
    if key != RANDOM and isinstance(values, dict):
        raise SweepError([((key,), f"expected a list, got {values!r}: {_FORMS}")])
    if isinstance(values, str):
        try:
            return _parse_string(key, values, is_random=is_random)
        except (RateError, ConfigError) as error:
            raise SweepError([((key,), str(error))]) from None
    if key == RATE and isinstance(values, list | tuple):
        return [0.0 if type(value) in (int, float) and value == 0 else value for value in values]  # -0 is 0
    return values


def _parse_string(key: str, text: str, *, is_random: bool) -> Any:
    if is_random and is_interval(text):
        parse_interval(text)
        return text.strip()
    if text.count(":") == 2 and is_interval(text):
        raise RateError(
            f"{text!r} is an interval, for a random search: add sweep.random, {{points: 20}}, "
            f"or say how many values it has, {text.strip()}4"
        )
    return list(parse_rates(text)) if key == RATE else _parse_text(text)


def _parse_text(text: str) -> list[Any]:
    if ":" in text:
        kind = float if any(mark in text for mark in ".eE") else int
        return [kind(value) for value in steps(text, lambda end: number(end, _FORMS), _FORMS, "values")]
    return [parse(f"value: {part}", "").data["value"] for part in text.split(",")]


def _sort_distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sort numbers; leave other values in their order. A bool is not equal to a number."""
    seen: list[Any] = []
    for value in values:
        if any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in seen):
            raise ValueError(f"{text_of(value)} is given twice: give each value once")
        seen.append(value)
    if all(type(value) in (int, float) for value in values):
        return tuple(sorted(values))
    return values


def _parse_axes(sweep: Any) -> Any:
    if not isinstance(sweep, dict):
        return sweep
    sweep = {key: value for key, value in sweep.items() if key != RANDOM or value is not None}
    is_random = RANDOM in sweep
    if len(sweep) == 1 and is_random:
        raise SweepError([((RANDOM,), 'there is nothing to draw: add keys with values, e.g. dropout.rate: "0:0.8"')])
    return {key: _parse_axis(str(key), value, is_random=is_random) for key, value in sweep.items()}


def _form_of(value: Any) -> str:
    if isinstance(value, dict | RandomSearch):
        return "random"
    return "interval" if isinstance(value, str) else "values"


_Values = Annotated[
    tuple[Any, ...],
    Field(strict=False, min_length=1, max_length=MAX_RATES),
    AfterValidator(_sort_distinct),
]
_Axis = Annotated[
    Annotated[_Values, Tag("values")] | Annotated[str, Tag("interval")] | Annotated[RandomSearch, Tag("random")],
    Discriminator(_form_of),
]
Sweep = Annotated[dict[str, _Axis], BeforeValidator(_parse_axes)]
"""The axes in the order of the config, the last one varying fastest; numbers in ascending order, intervals as text."""
