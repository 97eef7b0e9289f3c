"""The answer to the question which rate to use: a decision in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dropout_lab.stats import further_sentences as further
from dropout_lab.stats.decision import Decision
from dropout_lab.stats.first_sentence import first_sentences
from dropout_lab.stats.forecast import Forecast
from dropout_lab.stats.useless_networks import collapsed_networks, not_above_dummy
from dropout_lab.stats.wording import Wording

__all__ = ["MOST_DETAILS", "Verdict", "verdict"]

MOST_DETAILS = 3
"""Sentences after the first that are always shown; a report has the others."""


@dataclass(frozen=True)
class Verdict:
    """What a sweep shows, in words.

    Attributes
    ----------
    outcome : str
        ``winner``, ``same`` or ``unclear``, see `Decision`; ``unfinished`` as long as planned trials are missing.
    sentence : str
    details : tuple of str
        Up to three further sentences.
    notes : tuple of str
        What else there is to say, in a report.
    collapsed : str
        Of the notes, the one that counts networks that predict the same for every row; empty if there are none.
    decision : Decision
        What they say, for a program.
    forecast : Forecast or None
        What to expect of the best point on new data, if that was estimated.
    """

    outcome: Literal["winner", "same", "unclear", "unfinished"]
    sentence: str
    details: tuple[str, ...]
    notes: tuple[str, ...]
    collapsed: str
    decision: Decision
    forecast: Forecast | None = None


def verdict(
    decision: Decision,
    *,
    other: Decision | None = None,
    forecast: Forecast | None = None,
    controls: Mapping[str, str] | None = None,
) -> Verdict:
    """Say which point of a sweep to use, and how sure that is.

    Parameters
    ----------
    decision : Decision
    other : Decision, optional
        The same by another metric, which is mentioned where it says something clear and different.
    forecast : Forecast, optional
        Of the accuracy of the best point, as `bbc_cv` makes it.
    controls : mapping, optional
        Where points are called by names, the one to propose for the comparison of each.
    """
    words = Wording(decision)
    sentence, *more = first_sentences(words, controls or {})
    collapsed = collapsed_networks(words)
    below_dummy = not_above_dummy(words)
    best_is_below = decision.best is None or decision.best in decision.not_above_dummy
    first = (
        *more,
        below_dummy if best_is_below else "",
        further.nothing_to_compare(words),
        further.trials_without_result(words),
        further.alternative_metric(words),
        further.against_baseline(words),
        further.contenders(words),
        further.one_training(words),
        further.small_difference(words),
        further.unsettled(words),
        further.by_another_metric(words, other),
        further.expected_on_new_data(words, forecast),
        further.without_row_values(words),
        further.few_of_each_class(words),
    )
    last = (
        collapsed,
        "" if best_is_below else below_dummy,
        further.other_points(words, decision.better, "better"),
        further.other_points(words, decision.worse, "worse"),
        further.sources_of_error(words),
        further.scope_of_intervals(words),
    )
    details, notes = ([text for text in texts if text] for texts in (first, last))
    return Verdict(
        "unfinished" if decision.missing else decision.outcome,
        sentence,
        tuple(details[:MOST_DETAILS]),
        (*details[MOST_DETAILS:], *notes),
        collapsed,
        decision,
        forecast,
    )
