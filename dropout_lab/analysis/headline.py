"""What a result says, in one sentence and a few more."""

from __future__ import annotations

from dropout_lab.analysis.study import Study

__all__ = ["headline"]


def headline(study: Study) -> tuple[str, tuple[str, ...]]:
    """Return the sentence at the top of a page, and what else has to be said with it."""
    if study.verdict is None:
        return "No trial is finished yet.", ()
    if study.succeeded.empty and not study.missing:
        return "Every trial failed: there is no result.", ()
    return study.verdict.sentence, study.verdict.details
