"""What the user's own data call that which is no input: columns of a table, or arrays."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Roles"]


@dataclass(frozen=True)
class Roles:
    """The names of columns, or arrays, that are no inputs; empty where there is none.

    Attributes
    ----------
    target, group, fold, time : str
        See `Dataset`: labels or values, groups, test_fold, and time.
    """

    target: str
    group: str = ""
    fold: str = ""
    time: str = ""

    def as_dict(self) -> dict[str, str | None]:
        """Return them as plain data, for ``run.json``."""
        more = {key: name for key, name in (("fold", self.fold), ("time", self.time)) if name}
        return {"target": self.target, "group": self.group or None, **more}
