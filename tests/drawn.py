"""Layers that draw at random, made ready as the keras engine makes them. Import where TensorFlow has been started."""

from __future__ import annotations

from typing import Any

import numpy as np

from dropout_lab.models import mask_seed
from dropout_lab.models.registry import LAYERS

UNITS = 20


def layer_of(
    kind: str,
    strength: float,
    seed: int,
    name: str = "hidden_1_dropout",
    shape: tuple[int, ...] = (UNITS,),
    **options: Any,
) -> Any:
    """Return the layer of a kind, built for rows of that shape and started for a trial's seed."""
    layer = LAYERS[kind](name=name, **options)
    layer.build((None, *shape))
    layer.set(strength)
    layer.start(seed)
    return layer


def as_seeded(theirs: Any, seed: int, name: str = "hidden_1_dropout") -> Any:
    """Return a layer of Keras' own, its stream started where that of ours with this name starts."""
    theirs.seed_generator.state.assign(np.array(mask_seed(seed, name)))
    return theirs
