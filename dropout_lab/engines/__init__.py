"""Engines: blocks of trials in, one outcome per trial out."""

from __future__ import annotations

from collections.abc import Sequence

from dropout_lab.config import Experiment
from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.config.model import MLP, RNN, CustomModel
from dropout_lab.datasets import BUILTIN_DATASETS, Dataset
from dropout_lab.engines.blocks import single_trial_blocks, stack, trace_key
from dropout_lab.engines.fold_data import dtype_of, outputs_for
from dropout_lab.engines.interface import Block, Engine, Train
from dropout_lab.engines.isolate_failures import describe, isolate_failures
from dropout_lab.errors import ConfigError
from dropout_lab.provenance import cores

__all__ = [
    "ENGINES",
    "Block",
    "Engine",
    "Train",
    "check_builder",
    "choose",
    "describe",
    "isolate_failures",
    "load",
    "start",
]


def _load_keras(blocks: Sequence[Block], data: Dataset) -> Train:
    from dropout_lab.engines import keras_fit

    return keras_fit.load(blocks, data)


def _load_stacked(blocks: Sequence[Block], data: Dataset) -> Train:
    from dropout_lab.engines import stacked

    return stacked.load(blocks, data)


def _nothing(_: Experiment) -> str:
    return ""


def _not_stackable(experiment: Experiment) -> str:
    model, training = experiment.model, experiment.training
    if not isinstance(model, MLP):
        return (
            "a model of your own is not stacked"
            if isinstance(model, CustomModel)
            else f"a model of kind {model.kind} is not stacked"
        )
    if isinstance(experiment.dataset, BuiltinDataset) and BUILTIN_DATASETS[experiment.dataset.name].is_image:
        return "pictures are scaled on their way to the net, not beforehand"
    if training.precision == "mixed_bfloat16":
        return f"precision is {training.precision}"
    return "" if training.optimizer.elementwise else f"{training.optimizer.name} is not an elementwise optimiser"


def _one(_: Experiment) -> int:
    return 1


def _threads(experiment: Experiment) -> int:
    """Return one thread per operation for small nets, all cores for convolutions."""
    return 1 if isinstance(experiment.model, MLP | RNN) else cores()


ENGINES: dict[str, Engine] = {
    "stacked": Engine(_not_stackable, stack, _load_stacked, _one, parallel=True),
    "keras": Engine(_nothing, single_trial_blocks, _load_keras, _threads, parallel=False),
}
"""In the order in which ``auto`` tries them."""


def choose(experiment: Experiment) -> tuple[Experiment, str]:
    """Resolve ``engine: auto``.

    Returns
    -------
    experiment : Experiment
        With the engine that will train it.
    why : str
        Why it is not the fastest one; empty if it is.

    Raises
    ------
    ConfigError
        If the experiment names an engine that cannot train it.
    """
    points = list(experiment.points())
    reasons = {
        name: next((reason for point in points if (reason := engine.reason_unsupported(point))), "")
        for name, engine in ENGINES.items()
    }
    if experiment.engine != "auto":
        if reasons[experiment.engine]:
            raise ConfigError([f"engine: {experiment.engine} cannot train this: {reasons[experiment.engine]}"])
        return experiment, ""
    name = next(name for name, reason in reasons.items() if not reason)
    why = "; ".join(f"not {other}: {reason}" for other, reason in reasons.items() if reason)
    return experiment.model_copy(update={"engine": name}), why


def start(name: str, experiment: Experiment) -> None:
    """Start TensorFlow as an engine needs it for an experiment: before it is loaded."""
    from dropout_lab.engines import runtime

    runtime.start(ENGINES[name].threads(experiment), dtype_of(experiment))


def check_builder(experiment: Experiment, data: Dataset | None = None) -> None:
    """Refuse a builder whose net cannot be trained at some point of a sweep; starts TensorFlow, runs the user's code.

    Parameters
    ----------
    experiment : Experiment
        With its engine resolved, if there are data.
    data : Dataset, optional
        Without data it is seen only whether the function is there and can be called.

    Raises
    ------
    ModelError
    """
    if not isinstance(experiment.model, CustomModel):
        return
    start("keras", experiment)
    if data is None:
        from dropout_lab.models.custom.builder import import_builder

        import_builder(experiment.model)
        return
    from dropout_lab.models import CustomModelLayer

    tried: set[tuple[str, str]] = set()
    for point in experiment.points():
        of, strength = trace_key(point), str(point.dropout.strength)
        if isinstance(point.model, CustomModel) and tried.isdisjoint({(of, ""), (of, strength)}):
            net = CustomModelLayer(point, point.model, data.row, outputs_for(data))
            tried.add((of, strength if net.asks else ""))


def load(name: str, blocks: Sequence[Block], data: Dataset) -> Train:
    """Return an engine's function that trains one of these blocks, once it has been started."""
    return ENGINES[name].load(blocks, data)
