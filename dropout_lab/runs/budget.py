"""How much may be trained: a number of trainings, or a time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dropout_lab.errors import ConfigError

__all__ = ["Budget", "parse_budget"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True)
class Budget:
    """A limit, one of the two.

    Attributes
    ----------
    trainings : int or None
        Trials that the result may have, those of earlier starts among them.
    seconds : float or None
        After so long, nothing further is begun; of this start.
    text : str
        As it was written.
    """

    trainings: int | None = None
    seconds: float | None = None
    text: str = ""


def parse_budget(text: str | int) -> Budget:
    """Read ``500``, a number of trainings, or ``30m``, a time in seconds, minutes, hours or days.

    Raises
    ------
    ConfigError
        If it is neither, or no time at all.
    """
    match = re.fullmatch(r"([0-9]{1,9})(\.[0-9]{1,6})?([smhd]?)", str(text).strip(), flags=re.ASCII)
    expected = "expected a number of trainings, 500, or a time, 90s, 30m, 2h or 1d"
    if not match or (match[2] and not match[3]):
        raise ConfigError([f"--budget: {expected}, got {str(text)[:40]!r}"])
    amount = float(match[1] + (match[2] or ""))
    if match[3] and not amount:
        raise ConfigError([f"--budget: {text} is no time at all: {expected}"])
    if match[3]:
        return Budget(seconds=amount * _SECONDS[match[3]], text=str(text).strip())
    return Budget(trainings=int(amount), text=str(text).strip())
