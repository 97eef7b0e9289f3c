"""A config's optimizer -> Keras' optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras.src.optimizers.base_optimizer import BaseOptimizer

from dropout_lab.config import Experiment
from dropout_lab.config.optimizers import Schedule

__all__ = ["SCHEDULES", "StackedOptimizer", "optimizer"]

SCHEDULES: dict[str, Callable[[float, Schedule], Any]] = {
    "exponential": lambda start, fall: keras.optimizers.schedules.ExponentialDecay(start, fall.steps, fall.rate),
    "inverse_time": lambda start, fall: keras.optimizers.schedules.InverseTimeDecay(start, fall.steps, fall.rate),
    "cosine": lambda start, fall: keras.optimizers.schedules.CosineDecay(start, fall.steps),
}


class StackedOptimizer(keras.optimizers.Optimizer):
    """Keras' base class of optimizers for variables with a leading trial axis, in a ``keras.StatelessScope``.

    Keras' optimizers update tensors on every backend but TensorFlow, where they reach past Keras' variables for the
    sake of ``tf.distribute``. As the second base of a class, after one of Keras' optimizers, this takes the place of
    their common base: it has Keras' own methods for any backend back, so that what is assigned goes through the Keras
    variable, and so through the scope in force. The steps of an update (clip, decay, update, constrain, count) and the
    update rule stay Keras'; only a norm is a trial's own.
    """

    assign = BaseOptimizer.assign
    assign_sub = BaseOptimizer.assign_sub
    _var_key = BaseOptimizer._var_key
    _apply_weight_decay = BaseOptimizer._apply_weight_decay
    _backend_update_step = BaseOptimizer._backend_update_step

    def assign_add(self, variable: Any, value: Any) -> None:
        """Add to a variable in the scope; Keras' own sum may take a bias with a trial axis for one without."""
        variable.assign(tf.add(variable.value, value))

    def _clip_by_norm(self, values: Any, axes: Any = None) -> Any:
        """Clip a gradient of shape (trials, ...) to a norm of `clipnorm`, trial by trial.

        A trial's squares are added along the innermost axis, whose order of additions does not depend on the number
        of trials.
        """
        rows = tf.reshape(values, (tf.shape(values)[0], -1))
        return tf.reshape(tf.clip_by_norm(rows, self.clipnorm, axes=[1]), tf.shape(values))


def optimizer(experiment: Experiment, *, stacked: bool = False) -> Any:
    """Return a new Keras optimizer as the experiment describes it; a `StackedOptimizer`, too, if `stacked`."""
    described = experiment.training.optimizer
    settings = described.model_dump(exclude={"name", "schedule"})
    if described.schedule is not None:
        settings["learning_rate"] = SCHEDULES[described.schedule.name](described.learning_rate, described.schedule)
    kind: Any = getattr(keras.optimizers, described.keras_class)
    if stacked:
        kind = type(f"Stacked{kind.__name__}", (kind, StackedOptimizer), {})
    made = kind(**settings)
    made.weight_decay = described.weight_decay or None  # AdamW takes no None, and 0 is a step for nothing
    return made
