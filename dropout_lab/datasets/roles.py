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
    series : str
        Of the column that says which series a row belongs to.
    """

    target: str
    group: str = ""
    fold: str = ""
    time: str = ""
    inputs: str = ""
    series: str = ""

    def as_dict(self) -> dict[str, str | None]:
        """Return them as plain data, for ``run.json``."""
        others = (("fold", self.fold), ("time", self.time), ("series", self.series))
        more = {key: name for key, name in others if name}
        return {"target": self.target, "group": self.group or None, **more}
