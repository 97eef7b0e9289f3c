"""Engines train blocks of trials and return one outcome per trial."""

from __future__ import annotations

from collections.abc import Sequence

from dropout_lab.config import Experiment
from dropout_lab.config.model import OwnModel
from dropout_lab.datasets import Dataset
from dropout_lab.engines import jax
from dropout_lab.engines.choice import choose
from dropout_lab.engines.fold_data import dtype_of
from dropout_lab.engines.interface import Block, Engine, Train
from dropout_lab.engines.isolate_failures import describe, isolate_failures
from dropout_lab.engines.registry import ENGINES

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


def start(name: str, experiment: Experiment, *, alone: bool = False) -> None:
    """Start TensorFlow with an engine's settings for an experiment, if it is needed; to be called before `load`.

    Parameters
    ----------
    name : str
        Of the engine.
    experiment : Experiment
    alone : bool
        Whether no code but this program's and the experiment's runs in this process.
    """
    if ENGINES[name].elsewhere:
        return
    from dropout_lab.engines import runtime

    alone = alone and not isinstance(experiment.model, OwnModel)
    runtime.start(ENGINES[name].threads(experiment), dtype_of(experiment), alone=alone)


def check_builder(experiment: Experiment, data: Dataset | None = None) -> list[str]:
    """Refuse an own network that cannot be trained at some point of a sweep; this runs the user's code.

    Parameters
    ----------
    experiment : Experiment
        With its engine resolved, if there are data.
    data : Dataset, optional
        Without data, only whether the function exists and can be called is checked.

    Returns
    -------
    list of str
        What the user should know of how it is trained.

    Raises
    ------
    ModelError
    """
    if not isinstance(experiment.model, OwnModel):
        return []
    if experiment.engine == "jax" and data is not None:
        return jax.check_builder(experiment, data)
    start("keras", experiment)
    if data is None:
        from dropout_lab.models.custom.network import check_source

        check_source(experiment.model)
        return []
    from dropout_lab.engines.builder_check import build_networks

    return build_networks(experiment, data)


def load(name: str, blocks: Sequence[Block], data: Dataset) -> Train:
    """Return an engine's function that trains one of these blocks; call `start` first."""
    return ENGINES[name].load(blocks, data)
