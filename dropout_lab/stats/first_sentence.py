"""What a verdict begins with: which point to use, and how sure that is."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence

from dropout_lab.stats.decision import PointSummary
from dropout_lab.stats.missing_trials import MISSING
from dropout_lab.stats.phrases import capital, counted, figure, named_value, number
from dropout_lab.stats.wording import Wording, is_or_are

__all__ = ["first_sentences"]

_RELATIONS = {
    "winner": " and significantly better than",
    "same": ", but practically equivalent to",
    "unclear": ", but not significantly different from",
}
"""How the best point compares with the baseline, by outcome."""


def first_sentences(words: Wording, controls: Mapping[str, str]) -> tuple[str, ...]:
    """Say what a sweep shows about its best point.

    Of an unfinished one that it is unfinished, first of all; and if nothing is better than predictions without a look
    at the inputs, then that, in a sentence of its own.
    """
    decision = words.decision
    text = _conclusion(words, controls)
    if decision.missing:
        done = decision.planned - decision.missing
        return (f"Unfinished ({done:,} of {counted(decision.planned, 'trial')}): {text}",)
    if decision.none_above_dummy and len(decision.points) > 1:
        none = f"No {words.noun} is {words.better_than_dummy(decision.not_above_dummy)}."
        return none, capital(text)
    return (capital(text),)


def _conclusion(words: Wording, controls: Mapping[str, str]) -> str:
    decision = words.decision
    best, baseline = decision.best, decision.baseline
    result = decision.metric.title if decision.without_metric else "a result"
    if decision.case == "nothing":
        return f"no trial has {result}, so there is nothing to compare{words.yet}."
    if decision.case == "alone":
        return _only_point(words, next(point for point in decision.points if point.n))
    if best is None:
        unfinished = dict(decision.without_result).keys() == {MISSING}
        reason = "lacks trials" if unfinished else f"has trials without {result}"
        return f"no {words.noun} can be called best{words.yet}, as each {reason}."
    if baseline is None:
        return f"{_best_point(words, best)}, but {_without_baseline(words, best, controls)}."
    if decision.case == "too few":
        return f"{_best_point(words, best)}, but {_too_few_pairs(words, best, baseline)}."
    if decision.is_open:
        return f"{words.name(best)} has the best mean ({words.value_and_basis(best)}), but {words.may_be_best}."
    if decision.case == "baseline best":
        return _baseline_is_best(words, best)
    return _best_against_baseline(words, best, baseline)


def _only_point(words: Wording, point: PointSummary) -> str:
    metric, low, high = words.decision.metric, point.ci_low, point.ci_high
    text = f"the {metric.title} {words.at(point)} is {figure(metric, point.mean)}"
    if math.isfinite(low) and low == high:
        text += " every time"
    elif math.isfinite(low):
        low, high = (max(low, 0.0), min(high, 1.0)) if metric.share else (low, high)
        text += f", {words.interval} {figure(metric, low)} to {figure(metric, high)}"
    return f"{text} ({words.basis(point.n)})."


def _without_baseline(words: Wording, best: PointSummary, controls: Mapping[str, str]) -> str:
    decision = words.decision
    columns = decision.comparison.columns
    reason, which = "there is no baseline to compare it with", "one"
    if "rate" in columns and not any(point.point[columns.index("rate")] == 0 for point in decision.points):
        reason, which = "there is no rate 0 to compare it with", "another baseline"
    if len(columns) > 1:
        return reason
    other = next(point.point[0] for point in decision.points if point is not best)
    proposal = controls.get(str(best.point[0]), f"{other:g}" if isinstance(other, int | float) else str(other))
    return f"{reason}: choose {which} with --baseline {shlex.quote(proposal)} (show, report)"


def _too_few_pairs(words: Wording, best: PointSummary, baseline: PointSummary) -> str:
    decision = words.decision
    if baseline.n == 0:
        return f"there is no result {words.at(baseline)} to compare it with{words.yet}"
    if decision.design.trials == 1 and decision.basis == "trials":
        return "one training of each says nothing about chance: use more repeats"
    if best is baseline:
        return f"too few trials of the other {words.noun}s have a result to compare with it{words.yet}"
    return f"too few trials have a result to compare it with {words.name(baseline)}{words.yet}"


def _baseline_is_best(words: Wording, best: PointSummary) -> str:
    decision = words.decision
    worse, others = decision.worse, decision.not_distinguished
    relation = "practically equivalent" if decision.outcome == "same" else "not significantly different"
    if len(worse) + len(others) == 1:
        (rival,) = (*worse, *others)
        link, relation = ("but", relation) if others else ("and", "significantly worse")
        head = f"{_best_point(words, best)}, {link} {words.name(rival)} is {relation}"
        return f"{head}: {words.difference(rival)}."
    text = f"{words.name(best)} is {_rank(words)} ({words.value_and_basis(best)})"
    if worse:
        text += f": {_others_are(words, worse)} significantly worse{words.in_part(worse)}"
    if others:
        text += f", but {_others_are(words, others)} {relation}"
    return f"{text}."


def _best_against_baseline(words: Wording, best: PointSummary, baseline: PointSummary) -> str:
    decision = words.decision
    relation, reference = _RELATIONS[decision.outcome], words.name(baseline)
    if decision.case == "behind":
        relation, reference = ", but significantly worse than", f"{reference} where both have results"
    return f"{_best_point(words, best)}{relation} {reference}: {words.difference(best)}."


def _best_point(words: Wording, best: PointSummary) -> str:
    """Say which point is best, and how good it is: ``rate 0.2 is best (86.7%)``."""
    return f"{words.name(best)} is {_rank(words)} ({named_value(words.decision.metric, best.mean)})"


def _rank(words: Wording) -> str:
    """Say what the best point is; where some have incomplete results, among which."""
    decision = words.decision
    uncontested = decision.case == "baseline best" and not (decision.worse or decision.not_distinguished)
    if not decision.missing:
        return "best of those with complete results" if uncontested or decision.case == "behind" else "best"
    complete = sum(point.n == decision.design.trials for point in decision.points)
    if complete == 1:
        return f"the only {words.noun} with complete results"
    return f"best of the {number(complete)} {words.noun}s with complete results"


def _others_are(words: Wording, points: Sequence[PointSummary]) -> str:
    """Name points beside the best, and begin what they are: ``the other rates are``."""
    everyone = len(points) == len(words.decision.points) - 1
    return f"{f'the other {words.noun}s' if everyone else words.names(points)} {is_or_are(points)}"
