"""A decision in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dropout_lab.stats.decision import CERTAIN, Decision, Standing
from dropout_lab.stats.forecast import Forecast
from dropout_lab.stats.phrases import (
    amount,
    basis,
    capital,
    change,
    counted,
    figure,
    half_width,
    level,
    listed,
    name,
    number,
    size,
    span,
)
from dropout_lab.stats.planned import MISSING

__all__ = ["details", "sentence"]

_MANY = 1000
"""Repeats of which the exact number no longer matters; an experiment can have no more."""

_FATES = {
    "diverged": ("diverged", "diverged"),
    "failed": ("failed", "failed"),
    "killed": ("was killed", "were killed"),
    MISSING: ("is missing", "are missing"),
}


def sentence(decision: Decision) -> str:
    """Say what a sweep tells about its best point; of an unfinished one, that it is unfinished, first of all."""
    text = _told(decision)
    if not decision.missing:
        return capital(text)
    done = decision.planned - decision.missing
    return f"Unfinished ({done:,} of {counted(decision.planned, 'trial')}): {text}"


def _told(decision: Decision) -> str:
    best, base = decision.best, decision.baseline
    if decision.case == "nothing":
        return f"no trial has a result, so there is nothing to compare{_yet(decision)}."
    if decision.case == "alone":
        return _alone(decision, next(each for each in decision.standings if each.n))
    if best is None:
        why = "each lacks trials" if set(dict(decision.lacking)) == {MISSING} else "each has trials without a result"
        return f"no {_noun(decision)} can be called best{' yet, for' if decision.missing else ':'} {why}."
    if base is None:
        return f"{_head(decision, best)}, but {_no_baseline(decision)}."
    if decision.case == "too few":
        return _too_few(decision, best, base)
    if decision.case == "baseline best":
        return _baseline_best(decision, best)
    return _contrast(decision, best, base)


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
        _same_rows(decision),
        _other_rows(decision, sampling),
    )
    return tuple(text for text in said if text)


def _alone(decision: Decision, one: Standing) -> str:
    seen = level(decision.metric, one.mean)
    if decision.metric.name != "accuracy":
        seen = f"a {decision.metric.name.replace('_', ' ')} of {figure(decision.metric, one.mean)}"
    text = f"{_name(decision, one)} comes to {seen}"
    if math.isfinite(one.ci_low):
        text += " every time" if one.ci_low == one.ci_high else f", 95% interval {_ends(decision, one)}"
    return f"{text} ({basis(decision.design, one.n)})."


def _ends(decision: Decision, one: Standing) -> str:
    """Write the interval of a mean; of a share, as much of it as lies between 0% and 100%."""
    low, high = one.ci_low, one.ci_high
    if decision.metric.share:
        low, high = max(low, 0.0), min(high, 1.0)
    return f"{figure(decision.metric, low)} to {figure(decision.metric, high)}"


def _by_itself(decision: Decision) -> str:
    if decision.case != "alone":
        return ""
    if len(decision.standings) > 1:
        return f"No other {_noun(decision)} has a trial yet."
    return "There is nothing in this result to compare it with."


def _no_baseline(decision: Decision) -> str:
    if "rate" in decision.by and not any(each.point[decision.by.index("rate")] == 0 for each in decision.standings):
        return "the sweep has no rate 0 to compare it with"
    return "no point is named to compare it with"


def _too_few(decision: Decision, best: Standing, base: Standing) -> str:
    head, reference = _head(decision, best), _name(decision, base)
    if base.n == 0:
        where = "without dropout" if reference == "no dropout" else f"at {reference}"
        return f"{head}, but there is no result {where} to compare it with{_yet(decision)}."
    if decision.design.trials == 1:
        return f"{head}, but one training of each says nothing of chance: take more repeats."
    if best is base:
        others = f"the other {_noun(decision)}s"
        return f"{head}, but too few trials of {others} have a result to compare with it{_yet(decision)}."
    return f"{head}, but too few trials have a result to compare it with {reference}{_yet(decision)}."


def _baseline_best(decision: Decision, best: Standing) -> str:
    rivals = (*decision.worse, *decision.alike)
    if len(rivals) == 1:
        verb = _is_alike(decision) if decision.alike else "is worse"
        link = ", but" if decision.alike else ", and"
        return f"{_head(decision, best)}{link} {_name(decision, rivals[0])} {verb}{_numbers(decision, rivals[0])}."
    rank = _rank(decision) if rivals or decision.missing else "best of those with all their results"
    seen = f"{level(decision.metric, best.mean)}, {basis(decision.design, best.n)}"
    head = f"{_name(decision, best)} is {rank} ({seen})"
    if not rivals:
        return f"{head}."
    worse = f"{_others(decision, decision.worse)} {_verb(decision.worse)} worse" if decision.worse else ""
    worse += _where(decision, decision.worse)
    alike = f"{_others(decision, decision.alike)} {_is_alike(decision)}" if decision.alike else ""
    if worse and alike:
        return f"{head}: {worse}, but {alike}."
    if worse:
        return f"{head}: {worse}."
    return f"{head}, but {alike}."


def _is_alike(decision: Decision) -> str:
    if decision.outcome == "same":
        return "does practically the same" if len(decision.alike) == 1 else "do practically the same"
    return "cannot be told apart from it"


def _contrast(decision: Decision, best: Standing, base: Standing) -> str:
    head, reference, numbers = _head(decision, best), _name(decision, base), _numbers(decision, best)
    if decision.case == "behind":
        of = "" if decision.missing else " of those with all their results"
        return f"{head}{of}, but worse than {reference} where both have one{numbers}."
    if decision.outcome == "winner":
        return f"{head} and better than {reference}{numbers}."
    if decision.outcome == "same":
        return f"{head}, but practically the same as {reference}{numbers}."
    return f"{head}, but it cannot be told apart from {reference}{numbers}."


def _many(decision: Decision) -> str:
    """Say why an interval that leaves 0 out is not enough."""
    best, base = decision.best, decision.baseline
    if decision.case != "contrast" or decision.outcome == "winner" or best is None or base is None:
        return ""
    count = len((*decision.better, *decision.worse, *decision.alike))
    if best.diff_low <= 0 <= best.diff_high or best.level or count == 1:
        return ""
    return (
        f"The interval by itself leaves 0 out, but that is not enough where {number(count)} {_noun(decision)}s are "
        f"compared with {_name(decision, base)}."
    )


def _steps(decision: Decision) -> str:
    """Say why equal accuracies do not show points to be practically the same."""
    if not decision.coarse or decision.margin == 0 or not any(each.level and each.diff == 0 for each in decision.alike):
        return ""
    step = amount(decision.metric, 1 / decision.rows)
    return (
        f"Equal accuracies tell little here: one answer more that is right on these {decision.rows:,} rows is {step}."
    )


def _prospect(decision: Decision) -> str:
    prospect, design, base = decision.prospect, decision.design, decision.baseline
    if prospect is None or base is None:
        return ""
    rival = "" if prospect.rival is decision.best else _name(decision, prospect.rival)
    if prospect.repeats is None:
        if prospect.floor == 0:  # a fixed split and no difference at all: there is nothing to settle
            return ""
        between = f" between {rival} and {_name(decision, base)}" if rival else ""
        allowing = f", allowing for {number(prospect.compared)} comparisons," if prospect.compared > 1 else ""
        return (
            f"No number of repeats on these {decision.rows:,} rows can settle so small a difference{between}: the "
            f"interval{allowing} cannot get narrower than {half_width(decision.metric, prospect.floor)}."
        )
    count = f"about {prospect.repeats:,}" if prospect.repeats <= _MANY else f"more than {_MANY:,}"
    what = "seeds" if design.fixed else f"repeats of the {design.folds} folds"
    if prospect.same:
        task = f"show {f'{rival} and {_name(decision, base)}' if rival else 'them'} to be practically the same"
    else:
        task = f"tell {rival} from {_name(decision, base)}" if rival else "tell them apart"
    return f"It would take {count} {what} in all to {task}, if the difference stays as it is."


def _small(decision: Decision) -> str:
    best = decision.best
    if decision.case != "contrast" or best is None or decision.outcome == "unclear" or not best.prob_same >= CERTAIN:
        return ""
    chance = f"{best.prob_same:.0%}" if best.prob_same < 0.995 else "over 99%"
    within = f"within {amount(decision.metric, decision.margin)}"
    if decision.outcome == "winner":
        return f"The difference is small, though: with a probability of {chance} it is {within}."
    return f"With a probability of {chance} the difference is {within}."


def _told_apart(decision: Decision, which: Sequence[Standing], how: str) -> str:
    others = [each for each in which if each is not decision.best]
    if decision.baseline is None or not others or (decision.case == "baseline best" and how == "worse"):
        return ""
    reference = _name(decision, decision.baseline)
    too = " too" if how == "better" and decision.outcome == "winner" else ""
    return (
        f"{capital(_listed(decision, others))} {_verb(others)} {how} than {reference}{too}{_where(decision, others)}."
    )


def _simplest(decision: Decision) -> str:
    one = decision.simplest
    if one is None:
        return ""
    kind = "lowest rate" if decision.by == ("rate",) else "first point"
    what = _name(decision, one).removeprefix("rate ") if decision.by == ("rate",) else _name(decision, one)
    what = "0, no dropout" if what == "no dropout" and decision.by == ("rate",) else what
    return f"The {kind} within one standard error of the best (about what chance moves their difference by) is {what}."


def _forecast(decision: Decision, forecast: Forecast | None) -> str:
    best, metric = decision.best, decision.metric
    if forecast is None or best is None or forecast.points < 2 or metric.name != "accuracy" or decision.missing:
        return ""
    expected, seen = level(metric, forecast.estimate), level(metric, best.mean)
    lead = f"Chosen as the best of {number(forecast.points)}, {_name(decision, best)} will do about {expected}"
    surprise = forecast.estimate < best.mean and expected != seen
    return f"{lead} on new rows rather than {seen}." if surprise else f"{lead} on new rows, too."


def _lacking(decision: Decision) -> str:
    alone = len(decision.standings) == 1
    lacking = [(status, count) for status, count in decision.lacking if not (alone and status == MISSING)]
    if not lacking:
        return ""
    parts: list[str] = []
    for status, count in lacking:
        fate = _FATES.get(status, (f"has no {decision.metric.name}", f"have no {decision.metric.name}"))
        subject = f"{count:,}" if parts else counted(count, "trial")
        parts.append(f"{subject} {fate[0] if count == 1 else fate[1]}")
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    if alone:
        return f"{text}."
    where = [each for each in decision.standings if each.n < decision.design.trials]
    place = f"every {_noun(decision)}" if len(where) == len(decision.standings) else _listed(decision, where)
    place = "rate 0" if place == "no dropout" and "rate" in decision.by else place
    if decision.missing and decision.case in ("nothing", "alone", "none whole"):
        return f"{text}, at {place}."
    return f"{text}, at {place}: a {_noun(decision)} with such trials cannot be called best."


def _same_rows(decision: Decision) -> str:
    if not decision.design.fixed or decision.design.repeats == 1 or decision.case in ("nothing", "none whole"):
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


def _head(decision: Decision, best: Standing) -> str:
    return f"{_name(decision, best)} is {_rank(decision)} ({level(decision.metric, best.mean)})"


def _rank(decision: Decision) -> str:
    """Say what the best point is; as long as trials are missing, among which."""
    if not decision.missing:
        return "best"
    whole = sum(each.n == decision.design.trials for each in decision.standings)
    if whole == 1:
        return f"the only {_noun(decision)} with all its results"
    return f"best of the {number(whole)} {_noun(decision)}s with all their results"


def _numbers(decision: Decision, one: Standing) -> str:
    interval = f"95% interval {span(decision.metric, one.diff_low, one.diff_high)}"
    if one.level:
        interval = "the same in each pair"
    return f": {change(decision.metric, one.diff)}, {interval} ({basis(decision.design, one.pairs)})"


def _where(decision: Decision, which: Sequence[Standing]) -> str:
    """Say that a comparison rests on a part of the pairs, if it does."""
    return " where both have a result" if any(each.pairs < decision.design.trials for each in which) else ""


def _yet(decision: Decision) -> str:
    return " yet" if decision.missing else ""


def _others(decision: Decision, which: Sequence[Standing]) -> str:
    if len(which) == len(decision.standings) - 1:
        return f"the other {_noun(decision)}s"
    return _listed(decision, which)


def _verb(which: Sequence[Standing]) -> str:
    return "is" if len(which) == 1 else "are"


def _noun(decision: Decision) -> str:
    return "rate" if decision.by == ("rate",) else "point"


def _name(decision: Decision, one: Standing) -> str:
    return name(decision.by, one.point)


def _listed(decision: Decision, which: Sequence[Standing]) -> str:
    return listed(decision.by, [each.place for each in which], [each.point for each in decision.standings])
