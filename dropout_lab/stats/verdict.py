"""The answer to the question which rate to use: a decision in words."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dropout_lab.stats.decision import Decision, PointSummary
from dropout_lab.stats.forecast import Forecast
from dropout_lab.stats.missing_trials import MISSING
from dropout_lab.stats.phrases import (
    amount,
    capital,
    change,
    counted,
    figure,
    joined,
    listed,
    name,
    named_value,
    number,
    rounded,
    size,
    span,
)

__all__ = ["Verdict", "verdict"]

_MOST_DETAILS = 3
"""Sentences after the first that are always shown; a report has the others."""

_MANY = 1000
"""Repeats of which the exact number no longer matters; an experiment can have no more."""

_FATES = {
    "diverged": ("diverged", "diverged"),
    "failed": ("failed", "failed"),
    "killed": ("was killed", "were killed"),
    MISSING: ("is missing", "are missing"),
}
"""What happened to one trial and to several, by status."""

_RELATIONS = {
    "winner": " and significantly better than",
    "same": ", but practically equivalent to",
    "unclear": ", but not significantly different from",
}
"""How the best point compares with the baseline, by outcome."""


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
    decision : Decision
        What they say, for a program.
    forecast : Forecast or None
        What to expect of the best point on new data, if that was estimated.
    """

    outcome: Literal["winner", "same", "unclear", "unfinished"]
    sentence: str
    details: tuple[str, ...]
    notes: tuple[str, ...]
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
    first = (
        _nothing_to_compare(decision),
        _without_result(decision),
        _alternative(decision),
        _against_baseline(decision),
        _contenders(decision),
        _one_training(decision),
        _small(decision),
        _unsettled(decision),
        _by_another_metric(decision, other),
        _forecast(decision, forecast),
        _without_rows(decision),
    )
    last = (
        _others(decision, decision.better, "better"),
        _others(decision, decision.worse, "worse"),
        _sources(decision),
        _scope(decision),
    )
    details, notes = ([text for text in texts if text] for texts in (first, last))
    return Verdict(
        "unfinished" if decision.missing else decision.outcome,
        _sentence(decision, controls or {}),
        tuple(details[:_MOST_DETAILS]),
        (*details[_MOST_DETAILS:], *notes),
        decision,
        forecast,
    )


def _sentence(decision: Decision, controls: Mapping[str, str]) -> str:
    """Say what a sweep shows about its best point; of an unfinished one, that it is unfinished, first of all."""
    text = _conclusion(decision, controls)
    if not decision.missing:
        return capital(text)
    done = decision.planned - decision.missing
    return f"Unfinished ({done:,} of {counted(decision.planned, 'trial')}): {text}"


def _conclusion(decision: Decision, controls: Mapping[str, str]) -> str:
    best, baseline = decision.best, decision.baseline
    result = decision.metric.title if decision.without_metric else "a result"
    if decision.case == "nothing":
        return f"no trial has {result}, so there is nothing to compare{_yet(decision)}."
    if decision.case == "alone":
        return _alone(decision, next(point for point in decision.points if point.n))
    if best is None:
        unfinished = dict(decision.without_result).keys() == {MISSING}
        reason = "lacks trials" if unfinished else f"has trials without {result}"
        return f"no {_noun(decision)} can be called best{_yet(decision)}, as each {reason}."
    if baseline is None:
        return f"{_best(decision, best)}, but {_no_baseline(decision, best, controls)}."
    if decision.case == "too few":
        return f"{_best(decision, best)}, but {_too_few(decision, best, baseline)}."
    if _open(decision):
        return f"{_name(decision, best)} has the best mean ({_seen(decision, best)}), but {_may_be_best(decision)}."
    if decision.case == "baseline best":
        return _baseline_best(decision, best)
    return _contrast(decision, best, baseline)


def _alone(decision: Decision, point: PointSummary) -> str:
    metric, low, high = decision.metric, point.ci_low, point.ci_high
    text = f"the {metric.title} {_at(decision, point)} is {figure(metric, point.mean)}"
    if math.isfinite(low) and low == high:
        text += " every time"
    elif math.isfinite(low):
        low, high = (max(low, 0.0), min(high, 1.0)) if metric.share else (low, high)
        text += f", {_interval(decision)} {figure(metric, low)} to {figure(metric, high)}"
    return f"{text} ({_basis(decision, point.n)})."


def _no_baseline(decision: Decision, best: PointSummary, controls: Mapping[str, str]) -> str:
    columns = decision.comparison.columns
    reason, which = "there is no baseline to compare it with", "one"
    if "rate" in columns and not any(point.point[columns.index("rate")] == 0 for point in decision.points):
        reason, which = "there is no rate 0 to compare it with", "another baseline"
    if len(columns) > 1:
        return reason
    other = next(point.point[0] for point in decision.points if point is not best)
    proposal = controls.get(str(best.point[0]), f"{other:g}" if isinstance(other, int | float) else str(other))
    return f"{reason}: choose {which} with --baseline {shlex.quote(proposal)} (show, report)"


def _too_few(decision: Decision, best: PointSummary, baseline: PointSummary) -> str:
    if baseline.n == 0:
        return f"there is no result {_at(decision, baseline)} to compare it with{_yet(decision)}"
    if decision.design.trials == 1 and decision.basis == "trials":
        return "one training of each says nothing about chance: use more repeats"
    if best is baseline:
        return f"too few trials of the other {_noun(decision)}s have a result to compare with it{_yet(decision)}"
    return f"too few trials have a result to compare it with {_name(decision, baseline)}{_yet(decision)}"


def _baseline_best(decision: Decision, best: PointSummary) -> str:
    worse, others = decision.worse, decision.not_distinguished
    relation = "practically equivalent" if decision.outcome == "same" else "not significantly different"
    if len(worse) + len(others) == 1:
        (rival,) = (*worse, *others)
        link, relation = ("but", relation) if others else ("and", "significantly worse")
        head = f"{_best(decision, best)}, {link} {_name(decision, rival)} is {relation}"
        return f"{head}: {_difference(decision, rival)}."
    text = f"{_name(decision, best)} is {_rank(decision)} ({_seen(decision, best)})"
    if worse:
        text += f": {_subject(decision, worse)} significantly worse{_in_part(decision, worse)}"
    if others:
        text += f", but {_subject(decision, others)} {relation}"
    return f"{text}."


def _contrast(decision: Decision, best: PointSummary, baseline: PointSummary) -> str:
    relation, reference = _RELATIONS[decision.outcome], _name(decision, baseline)
    if decision.case == "behind":
        relation, reference = ", but significantly worse than", f"{reference} where both have results"
    return f"{_best(decision, best)}{relation} {reference}: {_difference(decision, best)}."


def _nothing_to_compare(decision: Decision) -> str:
    if decision.case != "alone":
        return ""
    if len(decision.points) > 1:
        return f"No other {_noun(decision)} has finished a trial yet."
    return "There is nothing in this result to compare it with."


def _open(decision: Decision) -> bool:
    """Return whether the answer is a set of points: nothing is settled, and several may be the best."""
    settled = decision.outcome != "unclear" or decision.missing or decision.case not in ("baseline best", "contrast")
    return not settled and len(decision.contenders) > 1


def _may_be_best(decision: Decision) -> str:
    """Say which points may be the best, and which are worse."""
    contenders = decision.contenders
    worse = [point for point in decision.points if point.p_best < decision.comparison.level and point not in contenders]
    everyone = len(contenders) == len(decision.points)
    if everyone and len(contenders) == 2:
        text = f"as far as {_evidence(decision)} can tell, either {_noun(decision)} may be the best"
    else:
        every = f"the {number(len(contenders))} {_noun(decision)}s"
        subject = every if everyone else _names(decision, contenders)
        text = f"as far as {_evidence(decision)} can tell, {subject} may each be the best"
    return f"{text}; {_names(decision, worse)} {_verb(worse)} worse" if worse else text


def _evidence(decision: Decision) -> str:
    """Name what the standard errors rest on: ``these 208 rows``."""
    if decision.basis == "trials":
        return "these seeds" if decision.design.fixed else "these folds"
    return f"these {decision.rows:,} rows" if decision.basis == "rows" else "these groups"


def _contenders(decision: Decision) -> str:
    """Say which points may be the best, where the first sentence does not."""
    if _open(decision) or decision.missing or len(decision.contenders) < 2:
        return ""
    if decision.case not in ("baseline best", "contrast") or len(decision.points) == 2:
        return ""
    return f"{capital(_may_be_best(decision))}."


def _against_baseline(decision: Decision) -> str:
    """Compare the best point with the baseline, where the first sentence does not."""
    best, baseline = decision.best, decision.baseline
    if not _open(decision) or best is None or baseline is None:
        return ""
    rival = best
    if best is baseline:
        if len(decision.not_distinguished) != 1:
            return ""
        (rival,) = decision.not_distinguished
    count = len((*decision.better, *decision.worse, *decision.not_distinguished))
    excludes = not (rival.diff_low <= 0 <= rival.diff_high) and count > 1
    allowing = f", allowing for {number(count)} comparisons" if excludes else ""
    pair = f"{capital(_name(decision, rival))} and {_name(decision, baseline)}"
    return f"{pair} do not differ significantly{allowing}: {_difference(decision, rival)}."


def _unsettled(decision: Decision) -> str:
    """Say what more repeats would do, and what no number of them can."""
    open_, baseline, design = decision.unsettled, decision.baseline, decision.design
    if open_ is None or baseline is None or decision.basis == "trials":
        return ""
    unit = "seed" if design.fixed else "repeat"
    named = open_.rival is not decision.best
    of = f" of {_name(decision, open_.rival)} against {_name(decision, baseline)}" if named else ""
    if not open_.precision.known:
        told = f"More {unit}s narrow the interval{of}; how far, a second one would show (-S evaluation.repeats=2)."
        return told if design.repeats == 1 else ""
    more, level = max(design.repeats, 10), decision.comparison.level
    now, then, limit = (
        f"+-{size(decision.metric, open_.precision.half_width(repeats, level))}"
        for repeats in (design.repeats, design.repeats + more, math.inf)
    )
    units = f"these {open_.units:,} {decision.basis} set a limit of {limit}"
    if now != then:
        text = f"{capital(number(more))} more {unit}s would narrow the interval{of} from {now} to {then}, and {units}"
    else:
        text = f"More {unit}s would hardly narrow the interval{of}: {units}"
    if open_.repeats is not None:
        count = f"about {open_.repeats:,}" if open_.repeats <= _MANY else f"more than {_MANY:,}"
        task = "show practical equivalence, if the difference"
        task = task if open_.same else "make the difference significant, if it"
        return f"{text}; {count} in all would {task} stays as it is."
    if open_.needed is not None and open_.units < open_.needed <= _MANY * open_.units:
        return f"{text}; to show so small a difference takes about {rounded(open_.needed)} {decision.basis} like these."
    return f"{text}."


def _by_another_metric(decision: Decision, other: Decision | None) -> str:
    """Say where another metric tells points from the baseline that this one does not."""
    if other is None or decision.missing or decision.baseline is None:
        return ""
    for found, seen, how in ((other.better, decision.better, "better"), (other.worse, decision.worse, "worse")):
        new = [point for point in found if all(point.point != each.point for each in seen)]
        if not new or (how == "worse" and decision.case == "baseline best"):
            continue
        best = decision.best.point if decision.best else None
        shown = next((point for point in new if point.point == best), None)
        shown = shown or max(new, key=lambda point: other.metric.sign * point.diff)
        interval = f"{_interval(other)} {span(other.metric, shown.diff_low, shown.diff_high)}"
        which = f"{_name(other, shown)}: " if len(new) > 1 else ""
        return (
            f"By the {other.metric.title}, though, {_names(other, new)} {_verb(new)} significantly {how} than "
            f"{_name(other, other.baseline or shown)} ({which}{change(other.metric, shown.diff)}, {interval})."
        )
    return ""


def _one_training(decision: Decision) -> str:
    """Say what a single training of each point leaves unknown."""
    if decision.design.trials > 1 or decision.case in ("nothing", "none complete", "too few"):
        return ""
    each = "" if decision.case == "alone" else " of each"
    if decision.basis == "trials" or decision.case == "no baseline":
        return f"One training{each} says nothing about other seeds: use more repeats."
    return f"With one training{each} this speaks of other test rows, not of other seeds: use more repeats for those."


def _without_rows(decision: Decision) -> str:
    """Say why intervals are wider than they need to be."""
    if decision.basis != "trials" or decision.case not in ("baseline best", "behind", "contrast"):
        return ""
    if decision.design.fixed:
        return f"Only the seeds vary here: what holds on these {decision.rows:,} test rows need not hold on others."
    reason = "Predictions are missing"
    if not decision.metric.has_row_values:
        reason = f"The {decision.metric.title} cannot be told row by row"
    return f"{reason}, so the intervals are those of folds, which are wider than they need to be."


def _sources(decision: Decision) -> str:
    """Say how much of the standard error comes from the rows, and how much from training."""
    best = decision.best
    if best is None or decision.case != "contrast" or not math.isfinite(best.diff_row_error):
        return ""
    training = math.sqrt(max(best.diff_error**2 - best.diff_row_error**2, 0))
    rows, rest = size(decision.metric, best.diff_row_error), size(decision.metric, training)
    source = "seeds" if decision.design.fixed else "training"
    pair = f"{_name(decision, best)} and {_name(decision, decision.baseline or best)}"
    return (
        f"Of the standard error of the difference between {pair}, the rows contribute {rows} and {source} {rest} "
        "(their squares add up)."
    )


def _scope(decision: Decision) -> str:
    """Say what intervals are about."""
    if decision.basis == "trials" or decision.case in ("nothing", "none complete"):
        return ""
    what = "groups" if decision.basis == "groups" else "rows"
    if decision.design.fixed:
        seeds = "other seeds" if decision.design.repeats > 1 else "these very networks"
        return f"Intervals are for other test {what} of this kind and {seeds}."
    return f"Intervals are for new {what} of this kind and networks trained on as many rows as in each fold."


def _small(decision: Decision) -> str:
    best, confidence = decision.best, decision.comparison.confidence
    if decision.case != "contrast" or best is None or decision.outcome == "unclear" or not best.prob_same >= confidence:
        return ""
    chance = f"{best.prob_same:.0%}" if best.prob_same < 0.995 else "over 99%"
    within = f"within {amount(decision.metric, decision.comparison.margin)}"
    if decision.outcome == "winner":
        return f"The difference is small, though: with a probability of {chance} it is {within}."
    return f"With a probability of {chance} the difference is {within}."


def _others(decision: Decision, points: Sequence[PointSummary], how: str) -> str:
    others = [point for point in points if point is not decision.best]
    if decision.baseline is None or not others or (decision.case == "baseline best" and how == "worse"):
        return ""
    reference = _name(decision, decision.baseline)
    also = "also " if how == "better" and decision.outcome == "winner" else ""
    subject = f"{capital(_names(decision, others))} {_verb(others)}"
    return f"{subject} {also}significantly {how} than {reference}{_in_part(decision, others)}."


def _forecast(decision: Decision, forecast: Forecast | None) -> str:
    best, metric = decision.best, decision.metric
    if forecast is None or best is None or forecast.points < 2 or metric.name != "accuracy" or decision.missing:
        return ""
    expected, measured = named_value(metric, forecast.estimate), named_value(metric, best.mean)
    lower = forecast.estimate < best.mean and expected != measured
    corrected = f"corrected for selection bias (best of {number(forecast.points)})"
    return f"Expect about {expected} on new data{f' rather than {measured}' if lower else ' too'}, {corrected}."


def _without_result(decision: Decision) -> str:
    single = len(decision.points) == 1
    counts = [(status, count) for status, count in decision.without_result if not (single and status == MISSING)]
    if not counts:
        return ""
    metric = decision.metric.title
    parts: list[str] = []
    for status, count in counts:
        fate = _FATES.get(status, (f"succeeded but has no {metric}", f"succeeded but have no {metric}"))
        parts.append(f"{f'{count:,}' if parts else counted(count, 'trial')} {fate[count > 1]}")
    text = joined(parts)
    if single:
        return f"{text}."
    lacking = [point for point in decision.points if point.n < decision.design.trials]
    where = f"every {_noun(decision)}" if len(lacking) == len(decision.points) else _names(decision, lacking)
    where = "rate 0" if where == "no dropout" and "rate" in decision.comparison.columns else where
    if decision.missing and decision.case in ("nothing", "alone", "none complete"):
        return f"{text}, at {where}."
    return f"{text}, at {where}; a {_noun(decision)} with incomplete results cannot be called best."


def _alternative(decision: Decision) -> str:
    """Say why trials that ended normally lack the metric, and which one to use instead."""
    if not decision.without_metric:
        return ""
    where = "" if decision.design.fixed else " in each fold"
    needs = f"{decision.metric.title} needs {decision.metric.needs}{where}" if decision.metric.needs else ""
    use = f"use --metric {decision.alternative}, which every trial has" if decision.alternative else ""
    text = ": ".join(filter(None, (needs, use)))
    return f"{capital(text)}." if text else ""


def _best(decision: Decision, best: PointSummary) -> str:
    """Say which point is best, and how good it is: ``rate 0.2 is best (86.7%)``."""
    return f"{_name(decision, best)} is {_rank(decision)} ({named_value(decision.metric, best.mean)})"


def _seen(decision: Decision, point: PointSummary) -> str:
    """Write the value of a point and what it rests on."""
    return f"{named_value(decision.metric, point.mean)}, {_basis(decision, point.n)}"


def _rank(decision: Decision) -> str:
    """Say what the best point is; where some have incomplete results, among which."""
    uncontested = decision.case == "baseline best" and not (decision.worse or decision.not_distinguished)
    if not decision.missing:
        return "best of those with complete results" if uncontested or decision.case == "behind" else "best"
    complete = sum(point.n == decision.design.trials for point in decision.points)
    if complete == 1:
        return f"the only {_noun(decision)} with complete results"
    return f"best of the {number(complete)} {_noun(decision)}s with complete results"


def _difference(decision: Decision, point: PointSummary) -> str:
    """Write the difference from the baseline, its interval, and what it rests on."""
    interval = f"{_interval(decision)} {span(decision.metric, point.diff_low, point.diff_high)}"
    interval = "the same in each pair" if point.constant else interval
    return f"{change(decision.metric, point.diff)}, {interval} ({_basis(decision, point.pairs)})"


def _interval(decision: Decision) -> str:
    return f"{100 * decision.comparison.confidence:g}% interval"


def _basis(decision: Decision, count: int) -> str:
    """Write what `count` results or pairs of them come from: ``10 x 10 folds``, ``4 of the 5 seeds``."""
    design = decision.design
    if design.fixed:
        text = counted(design.repeats, "seed")
    else:
        text = f"{design.repeats} x {design.folds} folds" if design.repeats > 1 else f"{design.folds} folds"
    return text if count == design.trials else f"{count:,} of the {text}"


def _in_part(decision: Decision, points: Sequence[PointSummary]) -> str:
    """Say that a comparison rests on a part of the pairs, if it does."""
    return " where both have results" if any(point.pairs < decision.design.trials for point in points) else ""


def _yet(decision: Decision) -> str:
    """Say that there may be more to come, if there may."""
    return " yet" if decision.missing else ""


def _noun(decision: Decision) -> str:
    """Return what a point of the sweep is."""
    return "rate" if decision.comparison.columns == ("rate",) else "point"


def _name(decision: Decision, point: PointSummary) -> str:
    """Name a point: ``rate 0.2``, ``no dropout``."""
    return name(decision.comparison.columns, point.point)


def _at(decision: Decision, point: PointSummary) -> str:
    """Return where a point is: ``at rate 0.2``, ``without dropout``."""
    text = _name(decision, point)
    return "without dropout" if text == "no dropout" else f"at {text}"


def _names(decision: Decision, points: Sequence[PointSummary]) -> str:
    """Name several points: ``rates 0.2, 0.3 and 0.5``, ``rates 0.5 to 0.9``."""
    every = [point.point for point in decision.points]
    return listed(decision.comparison.columns, [point.index for point in points], every)


def _subject(decision: Decision, points: Sequence[PointSummary]) -> str:
    """Name points beside the best, and begin what they are: ``the other rates are``."""
    everyone = len(points) == len(decision.points) - 1
    return f"{f'the other {_noun(decision)}s' if everyone else _names(decision, points)} {_verb(points)}"


def _verb(points: Sequence[PointSummary]) -> str:
    return "is" if len(points) == 1 else "are"
