"""Settings that are valid but probably unintended."""

from __future__ import annotations

from dropout_lab.config.model import RNN, CustomModel
from dropout_lab.config.schema import Experiment

__all__ = ["warnings_of"]


def warnings_of(experiment: Experiment) -> list[str]:
    """Return a sentence for each such setting at any point of the sweep."""
    return list(dict.fromkeys(warning for point in experiment.points() for warning in _point_warnings(point)))


def _point_warnings(experiment: Experiment) -> list[str]:
    dropout, model = experiment.dropout, experiment.model
    warnings: list[str] = []
    if isinstance(model, CustomModel):
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
