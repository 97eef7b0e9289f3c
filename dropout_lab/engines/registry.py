"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

from dropout_lab.config import Experiment
from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.config.encoding_needs import has_indices
from dropout_lab.config.model import MLP, RNN, OwnModel
from dropout_lab.datasets import BUILTIN_DATASETS, Dataset
from dropout_lab.engines.blocks import compiled_blocks, single_trial_blocks, stack
from dropout_lab.engines.interface import Block, Engine, Train
from dropout_lab.provenance import cores

__all__ = ["ENGINES", "SCALED_IN_BATCHES"]


def _load_from(module: str) -> Callable[[Sequence[Block], Dataset], Train]:
    """Return an engine's `load`, which imports its module, and with it Keras, only when it is called."""
    return lambda blocks, data: import_module(f"dropout_lab.engines.{module}").load(blocks, data)


SCALED_IN_BATCHES = "pictures are scaled on their way to the net, not beforehand"

_AUGMENTED = "training.augmentation changes pictures in their batches"

_MONITORS = ("loss", "accuracy", "mse")
"""The measures that are sums over rows, which the engine `stacked` computes as it trains."""


def _not_stackable(experiment: Experiment) -> str:
    model, training = experiment.model, experiment.training
    if not isinstance(model, MLP):
        return (
            "a model of your own is not stacked"
            if isinstance(model, OwnModel)
            else f"a model of kind {model.kind} is not stacked"
        )
    if isinstance(experiment.dataset, BuiltinDataset) and BUILTIN_DATASETS[experiment.dataset.name].is_image:
        return SCALED_IN_BATCHES
    if training.augmentation is not None:
        return _AUGMENTED
    if has_indices(experiment.dataset):
        return "a network with embeddings (dataset.encode) is not stacked"
    if training.precision == "mixed_bfloat16":
        return f"precision is {training.precision}"
    if experiment.monitor not in (None, *_MONITORS):
        return f"training.early_stopping.monitor is {experiment.monitor}, not {' or '.join(_MONITORS)}"
    if experiment.dropout.strength_key == "initial_rate":
        return f"{experiment.dropout.kind} learns its rate"
    return "" if training.optimizer.elementwise else f"{training.optimizer.name} is not an elementwise optimizer"


def _not_compilable(experiment: Experiment) -> str:
    if find_spec("jax") is None:
        return "it needs the package jax: pip install jax"
    if experiment.training.augmentation is not None:
        return _AUGMENTED
    if experiment.training.precision == "mixed_bfloat16":
        return f"precision is {experiment.training.precision}"
    if isinstance(experiment.dataset, BuiltinDataset) and BUILTIN_DATASETS[experiment.dataset.name].is_image:
        return SCALED_IN_BATCHES
    return ""


def _threads(experiment: Experiment) -> int:
    """Return one thread per operation for small nets, all cores for convolutions."""
    return 1 if isinstance(experiment.model, MLP | RNN) else cores()


ENGINES: dict[str, Engine] = {
    "stacked": Engine(_not_stackable, stack, _load_from("stacked"), lambda _: 1, parallel=True),
    "jax": Engine(
        _not_compilable,
        compiled_blocks,
        _load_from("jax"),
        lambda _: 1,
        parallel=True,
        packages=("jax", "jaxlib"),
        elsewhere=True,
    ),
    "keras": Engine(lambda _: "", single_trial_blocks, _load_from("keras_fit"), _threads, parallel=False),
}
"""In the order in which ``auto`` tries them."""
