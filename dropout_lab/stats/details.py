"""What else there is to say about a decision, a sentence each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dropout_lab.stats.decision import Decision, PointSummary
from dropout_lab.stats.forecast import Forecast
from dropout_lab.stats.missing_trials import MISSING
from dropout_lab.stats.phrases import amount, capital, counted, half_width, level, number, size
from dropout_lab.stats.subjects import all_called, called, is_or_are, on_a_part, thing

__all__ = ["details"]


_MANY = 1000
"""Repeats of which the exact number no longer matters; an experiment can have no more."""


_FATES = {
    "diverged": ("diverged", "diverged"),
    "failed": ("failed", "failed"),
    "killed": ("was killed", "were killed"),
    MISSING: ("is missing", "are missing"),
}


_NEEDS = {"r2": "held-out rows with two different targets", "auc": "a held-out row of each class"}


def details(
    decision: Decision, forecast: Forecast | None = None, sampling: tuple[float, float] | None = None
) -> tuple[str, ...]:
    """Say what else there is to say, a sentence each.

    Parameters
    ----------
    decision : Decision
    forecast : Forecast, optional
        What the best point will do on new rows.
    sampling : pair of float, optional
        Of the best point, the standard errors of its accuracy and of its difference from the baseline over test rows.
    """
    said = (
        _by_itself(decision),
        _many(decision),
        _steps(decision),
        _prospect(decision),
        _small(decision),
        _told_apart(decision, decision.better, "better"),
        _told_apart(decision, decision.worse, "worse"),
        _simplest(decision),
        _forecast(decision, forecast),
        _lacking(decision),
        _instead(decision),
        _same_rows(decision),
        _other_rows(decision, sampling),
    )
    return tuple(text for text in said if text)


def _by_itself(decision: Decision) -> str:
    if decision.case != "alone":
        return ""
    if len(decision.points) > 1:
        return f"No other {thing(decision)} has a trial yet."
    return "There is nothing in this result to compare it with."


def _many(decision: Decision) -> str:
    """Say why an interval that leaves 0 out is not enough."""
    best, base = decision.best, decision.baseline
    if decision.case != "contrast" or decision.outcome == "winner" or best is None or base is None:
        return ""
    count = len((*decision.better, *decision.worse, *decision.not_distinguished))
    if best.diff_low <= 0 <= best.diff_high or best.constant or count == 1:
        return ""
    return (
        f"The interval by itself leaves 0 out, but that is not enough where {number(count)} {thing(decision)}s are "
        f"compared with {called(decision, base)}."
    )


def _steps(decision: Decision) -> str:
    """Say why equal accuracies do not show points to be practically the same."""
    if (
        not decision.coarse
        or decision.comparison.margin == 0
        or not any(each.constant and each.diff == 0 for each in decision.not_distinguished)
    ):
        return ""
    step = amount(decision.metric, 1 / decision.rows)
    return (
        f"Equal accuracies tell little here: one answer more that is right on these {decision.rows:,} rows is {step}."
    )


def _prospect(decision: Decision) -> str:
    prospect, design, base = decision.needed, decision.design, decision.baseline
    if prospect is None or base is None:
        return ""
    rival = "" if prospect.rival is decision.best else called(decision, prospect.rival)
    if prospect.repeats is None:
        if prospect.minimum_half_width == 0:  # a fixed split and no difference at all: there is nothing to settle
            return ""
        between = f" between {rival} and {called(decision, base)}" if rival else ""
        allowing = f", allowing for {number(prospect.compared)} comparisons," if prospect.compared > 1 else ""
        return (
            f"No number of repeats on these {decision.rows:,} rows can settle so small a difference{between}: the "
            f"interval{allowing} cannot get narrower than {half_width(decision.metric, prospect.minimum_half_width)}."
        )
    count = f"about {prospect.repeats:,}" if prospect.repeats <= _MANY else f"more than {_MANY:,}"
    what = "seeds" if design.fixed else f"repeats of the {design.folds} folds"
    if prospect.same:
        task = f"show {f'{rival} and {called(decision, base)}' if rival else 'them'} to be practically the same"
    else:
        task = f"tell {rival} from {called(decision, base)}" if rival else "tell them apart"
    return f"It would take {count} {what} in all to {task}, if the difference stays as it is."


def _small(decision: Decision) -> str:
    best = decision.best
    if (
        decision.case != "contrast"
        or best is None
        or decision.outcome == "unclear"
        or not best.prob_same >= decision.comparison.confidence
    ):
        return ""
    chance = f"{best.prob_same:.0%}" if best.prob_same < 0.995 else "over 99%"
    within = f"within {amount(decision.metric, decision.comparison.margin)}"
    if decision.outcome == "winner":
        return f"The difference is small, though: with a probability of {chance} it is {within}."
    return f"With a probability of {chance} the difference is {within}."


def _told_apart(decision: Decision, which: Sequence[PointSummary], how: str) -> str:
    others = [each for each in which if each is not decision.best]
    if decision.baseline is None or not others or (decision.case == "baseline best" and how == "worse"):
        return ""
    reference = called(decision, decision.baseline)
    too = " too" if how == "better" and decision.outcome == "winner" else ""
    subject = f"{capital(all_called(decision, others))} {is_or_are(others)}"
    return f"{subject} {how} than {reference}{too}{on_a_part(decision, others)}."


def _simplest(decision: Decision) -> str:
    one = decision.simplest
    if one is None:
        return ""
    kind = "lowest rate" if decision.comparison.columns == ("rate",) else "first point"
    what = (
        called(decision, one).removeprefix("rate ")
        if decision.comparison.columns == ("rate",)
        else called(decision, one)
    )
    what = "0, no dropout" if what == "no dropout" and decision.comparison.columns == ("rate",) else what
    return f"The {kind} within one standard error of the best (about what chance moves their difference by) is {what}."


def _forecast(decision: Decision, forecast: Forecast | None) -> str:
    best, metric = decision.best, decision.metric
    if forecast is None or best is None or forecast.points < 2 or metric.name != "accuracy" or decision.missing:
        return ""
    expected, seen = level(metric, forecast.estimate), level(metric, best.mean)
    lead = f"Chosen as the best of {number(forecast.points)}, {called(decision, best)} will do about {expected}"
    surprise = forecast.estimate < best.mean and expected != seen
    return f"{lead} on new rows rather than {seen}." if surprise else f"{lead} on new rows, too."


def _lacking(decision: Decision) -> str:
    alone = len(decision.points) == 1
    lacking = [(status, count) for status, count in decision.without_result if not (alone and status == MISSING)]
    if not lacking:
        return ""
    parts: list[str] = []
    for status, count in lacking:
        metric = decision.metric.name.replace("_", " ")
        fate = _FATES.get(status, (f"went well but has no {metric}", f"went well but have no {metric}"))
        subject = f"{count:,}" if parts else counted(count, "trial")
        parts.append(f"{subject} {fate[0] if count == 1 else fate[1]}")
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    if alone:
        return f"{text}."
    where = [each for each in decision.points if each.n < decision.design.trials]
    place = f"every {thing(decision)}" if len(where) == len(decision.points) else all_called(decision, where)
    place = "rate 0" if place == "no dropout" and "rate" in decision.comparison.columns else place
    if decision.missing and decision.case in ("nothing", "alone", "none complete"):
        return f"{text}, at {place}."
    return f"{text}, at {place}: a {thing(decision)} with such trials cannot be called best."


def _instead(decision: Decision) -> str:
    """Say why trials that nothing went wrong in lack the metric, and which one to take."""
    if not decision.without_metric:
        return ""
    name, where = (
        decision.metric.name.replace("_", " "),
        "" if decision.design.fixed else " in each fold",
    )
    needs = f"{capital(name)} needs {_NEEDS[name]}{where}" if name in _NEEDS else ""
    takes = f"--metric {decision.alternative} takes one that each trial has" if decision.alternative else ""
    text = ": ".join(filter(None, (needs, takes)))
    return f"{capital(text)}." if text else ""


def _same_rows(decision: Decision) -> str:
    if not decision.design.fixed or decision.design.repeats == 1 or decision.case in ("nothing", "none complete"):
        return ""
    return f"Only the seeds vary here: what holds on these {decision.rows:,} test rows need not hold on others."


def _other_rows(decision: Decision, sampling: tuple[float, float] | None) -> str:
    if sampling is None or decision.best is None or not decision.design.fixed:
        return ""
    own, difference = sampling
    what, error = ("the difference", difference) if math.isfinite(difference) else ("the accuracy", own)
    if not error > 0:  # where every answer is right, or none differs, the test rows show no spread of their own
        return ""
    return f"Other test rows of the same kind would move {what} by about {size(decision.metric, error)}."
