"""What the user's own data call their parts: columns of a table that are no inputs, or arrays."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Roles"]


@dataclass(frozen=True)
class Roles:
    """The names of columns that are no inputs, or of arrays; empty where there is none.

    Attributes
    ----------
    target, group, fold, time : str
        See `Dataset`: labels or values, groups, test_fold, and time.
    inputs : str
        Of the array of inputs; those of a table are in `Table`.
    """

    target: str
    group: str = ""
    fold: str = ""
    time: str = ""
    inputs: str = ""

    def as_dict(self) -> dict[str, str | None]:
        """Return them as plain data, for ``run.json``."""
        more = {key: name for key, name in (("fold", self.fold), ("time", self.time)) if name}
        return {"target": self.target, "group": self.group or None, **more}
