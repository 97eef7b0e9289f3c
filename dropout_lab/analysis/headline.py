"""What a result says, in one sentence and a few more."""

from __future__ import annotations

from dropout_lab.analysis.replicates import replicates_of
from dropout_lab.analysis.study import Study

__all__ = ["headline"]


def headline(study: Study) -> tuple[str, tuple[str, ...]]:
    """Return the sentence at the top of a page, and what else has to be said with it."""
    if study.verdict is None:
        return "No trial is finished yet.", ()
    if study.succeeded.empty and not study.missing:
        return "Every trial failed: there is no result.", ()
    replicates = replicates_of(study.experiment.evaluation)
    spread = () if replicates.several or study.verdict.decision.case == "too few" else (replicates.caution,)
    return study.verdict.sentence, (*study.verdict.details, *spread)
