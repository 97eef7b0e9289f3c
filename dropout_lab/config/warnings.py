"""Settings that are valid but probably unintended."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from dropout_lab.config.encoding_needs import unused_size
from dropout_lab.config.model import RNN, OwnModel
from dropout_lab.config.schema import Experiment
from dropout_lab.config.section import without_defaults
from dropout_lab.config.split_needs import unused_columns
from dropout_lab.config.sweep import text_of
from dropout_lab.config.unions import start_afresh, tag_at

__all__ = ["warnings_of"]


def warnings_of(experiment: Experiment) -> list[str]:
    """Return a sentence for each such setting at any point of the sweep."""
    warnings = [*_restart_warnings(experiment)]
    warnings += [warning for point in experiment.points() for warning in _point_warnings(point)]
    return list(dict.fromkeys(warnings))


def _restart_warnings(experiment: Experiment) -> Iterator[str]:
    """Yield what a section loses at points of the sweep where it is of another kind."""
    for key, axis in experiment.axes.items():
        union, name = tag_at(key), key.rpartition(".")[0]
        if union is None or not isinstance(axis, tuple):
            continue
        section = reduce(getattr, name.split("."), experiment)
        own = getattr(section, union.tag)
        for kind in axis:
            if kind == own:
                continue
            kept = {union.tag, *start_afresh(dict(section), union, kind)}
            lost = {
                setting: value
                for setting, value in without_defaults(section).items()
                if setting not in kept and f"{name}.{setting}" not in experiment.axes
            }
            if lost:
                yield (
                    f"sweep.{key}: {kind} starts from its own defaults, without {text_of(lost)} of {own}: what shall "
                    f"hold for each is a key of the sweep, too, e.g. sweep.{name}.{next(iter(lost))}: "
                    f"[{text_of(next(iter(lost.values())))}]"
                )


def _point_warnings(experiment: Experiment) -> list[str]:
    dropout, model = experiment.dropout, experiment.model
    warnings = list(unused_columns(experiment.evaluation, experiment.dataset))
    warnings += filter(None, [unused_size(experiment.dataset, model)])
    if isinstance(model, OwnModel):
        return warnings
    if dropout.kind == "alpha_dropout":
        if isinstance(model, RNN) and dropout.where in ("sequence", "all"):
            warnings.append(
                "dropout.kind: alpha_dropout is meant for selu, but recurrent layers have tanh: "
                "use dropout.kind dropout, or another dropout.where"
            )
        elif model.activation != "selu":
            warnings.append(
                f"dropout.kind: alpha_dropout is meant for selu, but model.activation is {model.activation}: "
                "use selu with model.initializer lecun_normal, or dropout.kind dropout"
            )
    if dropout.kind != "none" and not experiment.inputs():
        warnings.append(f"dropout.where: the model has no {dropout.where} layers, so nothing is dropped")
    return warnings
