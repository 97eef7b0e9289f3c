"""What a result says, in one sentence and a few more."""

from __future__ import annotations

from dropout_lab.report.study import Study
from dropout_lab.report.unit import unit_of
from dropout_lab.report.words import listing, percent, points

__all__ = ["headline"]


def headline(study: Study) -> tuple[str, tuple[str, ...]]:
    """Return the sentence at the top of a page, and what else has to be said with it."""
    if study.succeeded.empty:
        return ("No trial has a result." if study.trials.empty else "Every trial failed: there is no result."), ()
    unit = unit_of(study.experiment.evaluation)
    means = study.means
    best = max(means, key=means.__getitem__)
    if len(study.axis.values) == 1:
        over = f"mean over {unit.whole}" if unit.several else unit.whole
        return f"{percent(means[best])} of the held-out rows are predicted right ({over}).", (unit.caution,)
    sentence = f"The highest mean held-out accuracy is {percent(means[best])}, at {study.axis.point(best)}"
    if study.baseline is not None and best != study.baseline:
        difference = f"{points(means[best] - means[study.baseline])} points"
        sentence += f": {difference} from {study.axis.point(study.baseline)} ({percent(means[study.baseline])})"
    lacking = [study.axis.text(gap.value) for gap in study.gaps]
    so_far = (f"So far: {study.axis.word} {listing(lacking)} is not finished.",) if lacking else ()
    return f"{sentence}.", (*so_far, "The best of several means is too high by chance.", unit.caution)
