"""What cannot be said of a network of the user's own, because the network itself says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropout_lab.config.model import OwnModel, SavedModel
from dropout_lab.config.training import Regularization

if TYPE_CHECKING:
    from dropout_lab.config.schema import Experiment

__all__ = ["own_model_problem"]


def own_model_problem(experiment: Experiment, model: OwnModel) -> str:
    """Return why an experiment cannot have this model of the user's own; empty if it can."""
    reason = f"model.{model.key} is the whole network"
    if experiment.regularization != Regularization():
        return f"regularization: {reason}: leave this out, and give its layers constraints and penalties"
    if experiment.training.precision == "mixed_bfloat16" and isinstance(model, SavedModel):
        return "training.precision: saved layers keep theirs: expected float32 or float64, got mixed_bfloat16"
    if experiment.dropout.kind in ("spatial_dropout", "dropconnect"):
        spatial = experiment.dropout.kind == "spatial_dropout"
        remedy = (
            "call dropout(noise_shape=(None, 1, None)) there to drop channels"
            if spatial
            else "drop weights in its own layers"
        )
        return f"dropout.kind: {reason}: leave {experiment.dropout.kind} out, and {remedy}"
    if experiment.dropout.noise_shape is not None:
        return f"dropout.noise_shape: {reason}: leave this out, and call dropout(noise_shape=...) there"
    if "activations" in experiment.evaluation.measures:
        return f"evaluation.measures: {reason}: activations are measured in built-in models only"
    fixed = ("model", *(f"model.{key}" for key in ("builder", "file", "folder", "checksum")))
    swept = [key for key in fixed if key in experiment.sweep]
    if swept:
        return f"sweep: {swept[0]} cannot vary, because a result has one {model.key}; its settings can"
    return ""
