"""The further sentences of a verdict: each says one thing, or is empty where there is nothing of it to say."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dropout_lab.stats.decision import Decision, PointSummary
from dropout_lab.stats.forecast import Forecast
from dropout_lab.stats.missing_trials import MISSING
from dropout_lab.stats.phrases import amount, capital, change, counted, joined, named_value, number, rounded, size, span
from dropout_lab.stats.wording import Wording, is_or_are

__all__ = [
    "against_baseline",
    "alternative_metric",
    "by_another_metric",
    "contenders",
    "expected_on_new_data",
    "few_of_each_class",
    "nothing_to_compare",
    "one_training",
    "other_points",
    "scope_of_intervals",
    "small_difference",
    "sources_of_error",
    "trials_without_result",
    "unsettled",
    "without_row_values",
]

_MANY = 1000
"""Repeats of which the exact number no longer matters; an experiment can have no more."""

_FATES = {
    "diverged": ("diverged", "diverged"),
    "failed": ("failed", "failed"),
    "killed": ("was killed", "were killed"),
    MISSING: ("is missing", "are missing"),
}
"""What happened to one trial and to several, by status."""


def nothing_to_compare(words: Wording) -> str:
    """Say that a point stands alone."""
    decision = words.decision
    if decision.case != "alone":
        return ""
    if len(decision.points) > 1:
        return f"No other {words.noun} has finished a trial yet."
    return "There is nothing in this result to compare it with."


def contenders(words: Wording) -> str:
    """Say which points may be the best, where the first sentence does not."""
    decision = words.decision
    if decision.is_open or decision.missing or len(decision.contenders) < 2:
        return ""
    if decision.case not in ("baseline best", "contrast") or len(decision.points) == 2:
        return ""
    return f"{capital(words.may_be_best)}."


def against_baseline(words: Wording) -> str:
    """Compare the best point with the baseline, where the first sentence does not."""
    decision = words.decision
    best, baseline = decision.best, decision.baseline
    if not decision.is_open or best is None or baseline is None:
        return ""
    rival = best
    if best is baseline:
        if len(decision.not_distinguished) != 1:
            return ""
        (rival,) = decision.not_distinguished
    count = len((*decision.better, *decision.worse, *decision.not_distinguished))
    excludes = not (rival.diff_low <= 0 <= rival.diff_high) and count > 1
    allowing = f", allowing for {number(count)} comparisons" if excludes else ""
    pair = f"{capital(words.name(rival))} and {words.name(baseline)}"
    return f"{pair} do not differ significantly{allowing}: {words.difference(rival)}."


def unsettled(words: Wording) -> str:
    """Say what more repeats would do, and what no number of them can."""
    decision = words.decision
    open_, baseline, design = decision.unsettled, decision.baseline, decision.design
    if open_ is None or baseline is None or decision.basis == "trials":
        return ""
    unit = "seed" if design.fixed else "repeat"
    named = open_.rival is not decision.best
    of = f" of {words.name(open_.rival)} against {words.name(baseline)}" if named else ""
    if not open_.precision.known:
        told = f"More {unit}s narrow the interval{of}; how far, a second one would show (-S evaluation.repeats=2)."
        return told if design.repeats == 1 else ""
    more, level = max(design.repeats, 10), decision.comparison.look_level
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


def by_another_metric(words: Wording, other: Decision | None) -> str:
    """Say where another metric tells points from the baseline that this one does not."""
    decision = words.decision
    if other is None or decision.missing or decision.baseline is None:
        return ""
    by_other = Wording(other)
    for found, seen, how in ((other.better, decision.better, "better"), (other.worse, decision.worse, "worse")):
        new = [point for point in found if all(point.point != each.point for each in seen)]
        if not new or (how == "worse" and decision.case == "baseline best"):
            continue
        best = decision.best.point if decision.best else None
        shown = next((point for point in new if point.point == best), None)
        shown = shown or max(new, key=lambda point: other.metric.sign * point.diff)
        interval = f"{by_other.interval} {span(other.metric, shown.diff_low, shown.diff_high)}"
        which = f"{by_other.name(shown)}: " if len(new) > 1 else ""
        useless = how == "better" and shown in other.not_above_dummy
        but = f", but not {by_other.better_than_dummy([shown])}" if useless else ""
        return (
            f"By the {other.metric.title}, though, {by_other.names(new)} {is_or_are(new)} significantly {how} than "
            f"{by_other.name(other.baseline or shown)} ({which}{change(other.metric, shown.diff)}, {interval}){but}."
        )
    return ""


def one_training(words: Wording) -> str:
    """Say what a single training of each point leaves unknown."""
    decision = words.decision
    if decision.design.trials > 1 or decision.case in ("nothing", "none complete", "too few"):
        return ""
    each = "" if decision.case == "alone" else " of each"
    if decision.basis == "trials" or decision.case == "no baseline":
        return f"One training{each} says nothing about other seeds: use more repeats."
    return f"With one training{each} this speaks of other test rows, not of other seeds: use more repeats for those."


def without_row_values(words: Wording) -> str:
    """Say why intervals are wider than they need to be."""
    decision = words.decision
    if decision.basis != "trials" or decision.case not in ("baseline best", "behind", "contrast"):
        return ""
    if decision.design.fixed:
        return f"Only the seeds vary here: what holds on these {decision.rows:,} test rows need not hold on others."
    reason = "Predictions are missing"
    if not decision.metric.has_row_values:
        reason = f"The {decision.metric.title} cannot be told row by row"
    return f"{reason}, so the intervals are those of folds, which are wider than they need to be."


def few_of_each_class(words: Wording) -> str:
    """Say that intervals are wider because classes have few rows."""
    decision = words.decision
    if decision.per_class is None or decision.case in ("nothing", "none complete"):
        return ""
    return (
        f"There are only about {decision.per_class:.0f} {decision.basis} of each class, so that one in training can "
        "change what is predicted for others: intervals are wider for it."
    )


def sources_of_error(words: Wording) -> str:
    """Say how much of the standard error comes from the rows, and how much from training."""
    decision = words.decision
    best = decision.best
    if best is None or decision.case != "contrast" or not math.isfinite(best.diff_row_error):
        return ""
    training = math.sqrt(max(best.diff_error**2 - best.diff_row_error**2, 0))
    rows, rest = size(decision.metric, best.diff_row_error), size(decision.metric, training)
    source = "seeds" if decision.design.fixed else "training"
    pair = f"{words.name(best)} and {words.name(decision.baseline or best)}"
    return (
        f"Of the standard error of the difference between {pair}, the rows contribute {rows} and {source} {rest} "
        "(their squares add up)."
    )


def scope_of_intervals(words: Wording) -> str:
    """Say what intervals are about."""
    decision = words.decision
    if decision.basis == "trials" or decision.case in ("nothing", "none complete"):
        return ""
    if decision.basis == "blocks":
        what = "block of consecutive rows" if decision.design.unit == "block" else "fold"
        return (
            f"Neighbors in time are alike, so each {what} is one observation: intervals rest on "
            f"{decision.units:,} of them ({counted(decision.units - 1, 'degree')} of freedom), "
            "and hold for other times like these."
        )
    what = "groups" if decision.basis == "groups" else "rows"
    if decision.design.fixed:
        seeds = "other seeds" if decision.design.repeats > 1 else "these very networks"
        return f"Intervals are for other test {what} of this kind and {seeds}."
    text = f"Intervals are for new {what} of this kind and networks trained on as many rows as in each fold."
    if decision.design.given:
        text += (
            " They take the rows of a fold to be as independent as those of different folds; if folds are sites, "
            "people or periods, that is wrong: name the column as dataset.group, with evaluation.split: "
            "leave_one_group_out."
        )
    return text


def small_difference(words: Wording) -> str:
    """Say with which chance the difference from the baseline is practically none."""
    decision = words.decision
    best, confidence = decision.best, decision.comparison.certainty
    if decision.case != "contrast" or best is None or decision.outcome == "unclear" or not best.prob_same >= confidence:
        return ""
    chance = f"{best.prob_same:.0%}" if best.prob_same < 0.995 else "over 99%"
    within = f"within {amount(decision.metric, decision.comparison.margin)}"
    if decision.outcome == "winner":
        return f"The difference is small, though: with a probability of {chance} it is {within}."
    return f"With a probability of {chance} the difference is {within}."


def other_points(words: Wording, points: Sequence[PointSummary], how: str) -> str:
    """Say which points beside the best differ significantly from the baseline, ``better`` or ``worse``."""
    decision = words.decision
    others = [point for point in points if point is not decision.best]
    if decision.baseline is None or not others or (decision.case == "baseline best" and how == "worse"):
        return ""
    reference = words.name(decision.baseline)
    also = "also " if how == "better" and decision.outcome == "winner" else ""
    subject = f"{capital(words.names(others))} {is_or_are(others)}"
    return f"{subject} {also}significantly {how} than {reference}{words.in_part(others)}."


def expected_on_new_data(words: Wording, forecast: Forecast | None) -> str:
    """Say what to expect of the best point, which was chosen for its mean."""
    decision = words.decision
    best, metric = decision.best, decision.metric
    if forecast is None or best is None or forecast.points < 2 or metric.name != "accuracy" or decision.missing:
        return ""
    expected, measured = named_value(metric, forecast.estimate), named_value(metric, best.mean)
    lower = forecast.estimate < best.mean and expected != measured
    corrected = f"corrected for selection bias (best of {number(forecast.points)})"
    return f"Expect about {expected} on new data{f' rather than {measured}' if lower else ' too'}, {corrected}."


def trials_without_result(words: Wording) -> str:
    """Count the trials that have no result, and say at which points."""
    decision = words.decision
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
    where = f"every {words.noun}" if len(lacking) == len(decision.points) else words.names(lacking)
    where = "rate 0" if where == "no dropout" and "rate" in decision.comparison.columns else where
    if decision.missing and decision.case in ("nothing", "alone", "none complete"):
        return f"{text}, at {where}."
    return f"{text}, at {where}; a {words.noun} with incomplete results cannot be called best."


def alternative_metric(words: Wording) -> str:
    """Say why trials that ended normally lack the metric, and which one to use instead."""
    decision = words.decision
    if not decision.without_metric:
        return ""
    where = "" if decision.design.fixed else " in each fold"
    needs = f"{decision.metric.title} needs {decision.metric.needs}{where}" if decision.metric.needs else ""
    use = f"use --metric {decision.alternative}, which every trial has" if decision.alternative else ""
    text = ": ".join(filter(None, (needs, use)))
    return f"{capital(text)}." if text else ""
