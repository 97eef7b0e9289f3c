"""The trials at one point: what they are called, what intervals cover, and what their spread leaves out."""

from __future__ import annotations

from dataclasses import dataclass

from dropout_lab.config.evaluation import (
    Evaluation,
    LeaveOneGroupOut,
    LeaveOneOut,
    OfficialTest,
    Predefined,
    TimeSeries,
)
from dropout_lab.stats.trial_matrix import Basis

__all__ = ["Replicates", "replicates_of"]

_CONTENT = {
    LeaveOneOut: " of a single row",
    LeaveOneGroupOut: " of one group",
    TimeSeries: ", each trained on the rows before it",
}
"""What the folds of an evaluation are, where they are no random parts."""

_FIXED_ROWS = {OfficialTest: "the official test set", Predefined: "the rows that the file calls test rows"}
"""The rows that all trials of an evaluation are tested on."""


@dataclass(frozen=True)
class Replicates:
    """The trials that are planned at one point of a sweep, in words.

    Attributes
    ----------
    noun : str
        What one is called: ``fold``, ``seed``.
    planned : str
        How many there are, and the rows they are tested on.
    interval : str
        What an interval of their mean covers.
    caution : str
        What their spread leaves out.
    several : bool
        Whether there are at least two, so that there is a spread.
    """

    noun: str
    planned: str
    interval: str
    caution: str
    several: bool

    @property
    def subject(self) -> str:
        """The subject of a sentence about a number at one point: a mean, if there are several."""
        return "the mean" if self.several else "it"


def replicates_of(evaluation: Evaluation, basis: Basis) -> Replicates:
    """Return the trials at one point of an experiment that is evaluated so, with intervals on this basis."""
    units = {"groups": "other groups of rows", "blocks": "other blocks of time"}.get(basis, "other rows")
    if evaluation.folds > 1:
        times = f"{evaluation.repeats} x " if evaluation.repeats > 1 else ""
        folds = f"{times}{evaluation.folds:,} folds{_CONTENT.get(type(evaluation), '')}"
        caution = "Folds share training rows, so their spread is not an error bar of the mean."
        interval = f"for {units} of this kind and networks trained on as many as in each fold"
        interval = "corrected for folds that share training rows" if basis == "trials" else interval
        return Replicates("fold", folds, interval, caution, True)
    rows = _FIXED_ROWS.get(type(evaluation), "one part of the rows held out")
    interval = "for other seeds on the same test rows" if basis == "trials" else f"for {units} of this kind"
    if evaluation.repeats == 1:
        caution = "One training says nothing about the spread between seeds."
        return Replicates("training", f"one training, tested on {rows}", interval, caution, False)
    interval = interval if basis == "trials" else f"{interval} and other seeds"
    caution = "All seeds are tested on the same rows, so their spread does not include the choice of rows."
    return Replicates("seed", f"{evaluation.repeats} seeds, tested on {rows}", interval, caution, True)
