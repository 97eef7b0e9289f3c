"""Make Keras' optimizers, also for a stack of trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras.src.optimizers.base_optimizer import BaseOptimizer

from dropout_lab.config import Experiment
from dropout_lab.config.optimizers import Schedule
from dropout_lab.provenance import LANES

__all__ = ["SCHEDULES", "StackedOptimizer", "optimizer"]

SCHEDULES: dict[str, Callable[[float, Schedule], Any]] = {
    "exponential": lambda start, fall: keras.optimizers.schedules.ExponentialDecay(start, fall.steps, fall.rate),
    "inverse_time": lambda start, fall: keras.optimizers.schedules.InverseTimeDecay(start, fall.steps, fall.rate),
    "cosine": lambda start, fall: keras.optimizers.schedules.CosineDecay(start, fall.steps),
}


class StackedOptimizer(keras.optimizers.Optimizer):
    """Base class of Keras' optimizers for variables with a leading trial axis, in a ``keras.StatelessScope``.

    On TensorFlow, Keras' optimizers bypass Keras' variables for the sake of ``tf.distribute``, so that a scope cannot
    replace them. As the second base of a class, after one of Keras' optimizers, this comes before their common base
    class: it restores Keras' methods for all backends, which assign through the Keras variable, and so through the
    scope. The sequence of an update (clip, decay, step, constrain, count) and the step itself remain Keras'; only norms
    are taken per trial.
    """

    assign = BaseOptimizer.assign
    assign_sub = BaseOptimizer.assign_sub
    _var_key = BaseOptimizer._var_key
    _apply_weight_decay = BaseOptimizer._apply_weight_decay
    _backend_update_step = BaseOptimizer._backend_update_step

    def assign_add(self, variable: Any, value: Any) -> None:
        """Add to a variable in the scope; Keras' own addition may mistake a value with a trial axis for a bias."""
        import tensorflow as tf

        variable.assign(tf.add(variable.value, value))

    def _clip_by_norm(self, values: Any, axes: Any = None) -> Any:
        """Clip a gradient of shape (trials, ...) to a norm of `clipnorm`, trial by trial.

        Squares are summed along the innermost axis, padded so that each trial's start is aligned: the order of
        additions then does not depend on the other trials.
        """
        import tensorflow as tf

        shape = tf.shape(values)
        rows = tf.reshape(values, (shape[0], -1))
        width = tf.shape(rows)[1]
        padded = tf.pad(rows, [(0, 0), (0, -width % LANES)])
        return tf.reshape(tf.clip_by_norm(padded, self.clipnorm, axes=[1])[:, :width], shape)


def optimizer(experiment: Experiment, *, stacked: bool = False) -> Any:
    """Return the experiment's optimizer; if `stacked`, one that is also a `StackedOptimizer`."""
    described = experiment.training.optimizer
    settings = described.model_dump(exclude={"name", "schedule"})
    if described.schedule is not None:
        settings["learning_rate"] = SCHEDULES[described.schedule.name](described.learning_rate, described.schedule)
    kind: Any = getattr(keras.optimizers, type(described).__name__)
    if stacked:
        kind = type(f"Stacked{kind.__name__}", (kind, StackedOptimizer), {})
    made = kind(**settings)
    made.weight_decay = described.weight_decay or None  # AdamW's constructor refuses None
    return made
