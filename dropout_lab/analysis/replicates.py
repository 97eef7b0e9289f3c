"""What one trial of a point is called, and what the spread between trials does not say."""

from __future__ import annotations

from dataclasses import dataclass

from dropout_lab.config.evaluation import CrossValidation, Evaluation, OfficialTest

__all__ = ["Replicates", "unit_of"]


@dataclass(frozen=True)
class Replicates:
    """How trials of one point differ.

    Attributes
    ----------
    one : str
        What one is called: ``fold``, ``seed``.
    whole : str
        All that are planned at one point, with the rows they are tested on.
    interval : str
        What an interval of their mean allows for.
    caution : str
        What their spread does not say.
    several : bool
        Whether there are at least two, so that there is a spread.
    """

    one: str
    whole: str
    interval: str
    caution: str
    several: bool

    @property
    def subject(self) -> str:
        """What a number at one point is: a mean, if there are several."""
        return "the mean" if self.several else "it"


def unit_of(evaluation: Evaluation) -> Replicates:
    """Say in words how an experiment is evaluated."""
    if isinstance(evaluation, CrossValidation):
        times = f"{evaluation.repeats} x " if evaluation.repeats > 1 else ""
        whole = f"{times}{evaluation.folds} folds"
        caution = "Folds share training rows, so their spread is not an error bar of the mean."
        return Replicates("fold", whole, "corrected for folds that share training rows", caution, True)
    rows = "the official test set" if isinstance(evaluation, OfficialTest) else "one part of the rows held out"
    interval = "for other seeds on the same test rows"
    if evaluation.repeats == 1:
        caution = "One training says nothing about the spread between seeds."
        return Replicates("training", f"one training, tested on {rows}", interval, caution, False)
    caution = "All seeds are tested on the same rows, so their spread does not include the choice of rows."
    return Replicates("seed", f"{evaluation.repeats} seeds, tested on {rows}", interval, caution, True)
