"""Engines train blocks of trials and return one outcome per trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import takewhile

import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.config.dataset import ArrayDataset, BuiltinDataset
from dropout_lab.config.model import CNN, MLP, RNN, Conv1D, CustomModel
from dropout_lab.datasets import BUILTIN_DATASETS, Dataset
from dropout_lab.engines.blocks import single_trial_blocks, stack, vectorized_blocks
from dropout_lab.engines.fold_data import dtype_of
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


def _load_from(module: str) -> Callable[[Sequence[Block], Dataset], Train]:
    """Return an engine's `load`, which imports its module, and with it Keras, only when it is called."""
    return lambda blocks, data: import_module(f"dropout_lab.engines.{module}").load(blocks, data)


_MOST_SCALED = 2**28
"""Bytes, in single precision, of pictures of bytes that are scaled beforehand: all of a fold's at once."""

_SCALED_IN_BATCHES = "pictures are scaled on their way to the net, not beforehand"

_MONITORS = ("loss", "accuracy", "mse")
"""The measures that are sums over rows, which the engine `stacked` computes as it trains."""


def _not_stackable(experiment: Experiment) -> str:
    model, training = experiment.model, experiment.training
    if not isinstance(model, MLP):
        return (
            "a model of your own is not stacked"
            if isinstance(model, CustomModel)
            else f"a model of kind {model.kind} is not stacked"
        )
    if isinstance(experiment.dataset, BuiltinDataset) and BUILTIN_DATASETS[experiment.dataset.name].is_image:
        return _SCALED_IN_BATCHES
    if training.precision == "mixed_bfloat16":
        return f"precision is {training.precision}"
    if experiment.monitor not in (None, *_MONITORS):
        return f"training.early_stopping.monitor is {experiment.monitor}, not {' or '.join(_MONITORS)}"
    if experiment.dropout.strength_key == "initial_rate":
        return f"{experiment.dropout.kind} learns its rate"
    return "" if training.optimizer.elementwise else f"{training.optimizer.name} is not an elementwise optimizer"


def _not_vectorizable(experiment: Experiment) -> str:
    if find_spec("jax") is None:
        return "it needs the extra jax: pip install 'dropout-lab[jax]'"
    if isinstance(experiment.model, CNN | Conv1D):
        return "convolutions with filters for each trial are faster one by one"
    if isinstance(experiment.dataset, BuiltinDataset) and BUILTIN_DATASETS[experiment.dataset.name].is_image:
        return _SCALED_IN_BATCHES
    if experiment.monitor not in (None, *_MONITORS):
        return f"training.early_stopping.monitor is {experiment.monitor}, not {' or '.join(_MONITORS)}"
    return ""


def _threads(experiment: Experiment) -> int:
    """Return one thread per operation for small nets, all cores for convolutions."""
    return 1 if isinstance(experiment.model, MLP | RNN) else cores()


ENGINES: dict[str, Engine] = {
    "stacked": Engine(_not_stackable, stack, _load_from("stacked"), lambda _: 1, parallel=True),
    "keras": Engine(lambda _: "", single_trial_blocks, _load_from("keras_fit"), _threads, parallel=False),
    "vectorized": Engine(
        _not_vectorizable,
        vectorized_blocks,
        _load_from("vectorized"),
        lambda _: 1,
        parallel=True,
        packages=("jax", "jaxlib"),
        elsewhere=True,
    ),
}
"""In the order in which ``auto`` tries them: the last one only trains what asks for it."""


def choose(experiment: Experiment, data: Callable[[], Dataset] | None = None) -> tuple[Experiment, str]:
    """Resolve ``engine: auto``.

    Parameters
    ----------
    experiment : Experiment
    data : callable, optional
        Gives the data, on which a network of the user's own is tried. Without it none is trained vectorized. Many
        pictures of bytes are not scaled beforehand.

    Returns
    -------
    experiment : Experiment
        With the engine that will train it.
    reason : str
        Why it is not the fastest engine; empty if it is.

    Raises
    ------
    ConfigError
        If the experiment names an engine that cannot train it.
    DataError
        If the data cannot be used.
    """
    points = list(experiment.points())
    reasons = {
        name: next((reason for point in points if (reason := engine.reason_unsupported(point))), "")
        for name, engine in ENGINES.items()
    }
    if isinstance(experiment.dataset, ArrayDataset) and data and isinstance(experiment.model, MLP):
        large = _are_large_pictures(data())
        reasons |= {
            name: _SCALED_IN_BATCHES for name, reason in reasons.items() if large and name != "keras" and not reason
        }
    asked = experiment.engine == "vectorized" and not reasons["vectorized"]
    if isinstance(experiment.model, CustomModel) and asked:
        reasons["vectorized"] = _reason_of_trial(experiment, data)
    if experiment.engine != "auto":
        if reasons[experiment.engine]:
            why = reasons[experiment.engine]
            raise ConfigError([f"engine: {experiment.engine} cannot train this: {why}: set engine: {_other(reasons)}"])
        return experiment, ""
    name = next(name for name, reason in reasons.items() if not reason)
    refused = "; ".join(f"not {other}: {reasons[other]}" for other in takewhile(lambda other: other != name, reasons))
    return experiment.model_copy(update={"engine": name}), refused


def _are_large_pictures(data: Dataset) -> bool:
    return data.features.dtype == np.uint8 and data.features.size * 4 > _MOST_SCALED


def _other(reasons: Mapping[str, str]) -> str:
    return next(name for name, reason in reasons.items() if not reason)


def _reason_of_trial(experiment: Experiment, data: Callable[[], Dataset] | None) -> str:
    if data is None:
        return "a model of your own has to be tried on its data"
    from dropout_lab.engines import vectorized

    return vectorized.reason_unsupported(experiment, data())


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

    alone = alone and not isinstance(experiment.model, CustomModel)
    runtime.start(ENGINES[name].threads(experiment), dtype_of(experiment), alone=alone)


def check_builder(experiment: Experiment, data: Dataset | None = None) -> None:
    """Refuse a builder whose network cannot be trained at some point of a sweep; this runs the user's code.

    Parameters
    ----------
    experiment : Experiment
        With its engine resolved, if there are data.
    data : Dataset, optional
        Without data, only whether the function exists and can be called is checked.

    Raises
    ------
    ModelError
    """
    if not isinstance(experiment.model, CustomModel):
        return
    if experiment.engine == "vectorized" and data is not None:
        from dropout_lab.engines import vectorized

        vectorized.check_builder(experiment, data)
        return
    start("keras", experiment)
    if data is None:
        from dropout_lab.models.custom.builder import import_builder

        import_builder(experiment.model)
        return
    from dropout_lab.engines.builder_check import build_networks

    build_networks(experiment, data)


def load(name: str, blocks: Sequence[Block], data: Dataset) -> Train:
    """Return an engine's function that trains one of these blocks; call `start` first."""
    return ENGINES[name].load(blocks, data)
