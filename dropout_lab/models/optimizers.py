"""A config's optimiser -> Keras' optimiser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from dropout_lab.config import Experiment
from dropout_lab.config.optimizers import Schedule

__all__ = ["OPTIMIZERS", "SCHEDULES", "StatelessUpdates", "optimizer"]

OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "lamb": keras.optimizers.Lamb,
}
SCHEDULES: dict[str, Callable[[float, Schedule], Any]] = {
    "exponential": lambda start, fall: keras.optimizers.schedules.ExponentialDecay(start, fall.steps, fall.rate),
    "inverse_time": lambda start, fall: keras.optimizers.schedules.InverseTimeDecay(start, fall.steps, fall.rate),
    "cosine": lambda start, fall: keras.optimizers.schedules.CosineDecay(start, fall.steps),
}


class StatelessUpdates:
    """Lets a Keras optimiser update tensors instead of variables.

    Keras' optimisers can do so on every backend but TensorFlow, where they reach past Keras' variables for the sake
    of ``tf.distribute``. Mixed in before an optimiser's class, this sends its assignments back through the Keras
    variable, and so through the ``keras.StatelessScope`` in force. The update rule itself is Keras'.
    """

    def assign(self, variable: Any, value: Any) -> None:
        """Assign to a variable in the scope."""
        variable.assign(value)

    def assign_add(self, variable: Any, value: Any) -> None:
        """Add to a variable in the scope."""
        variable.assign(tf.add(variable.value, value))

    def assign_sub(self, variable: Any, value: Any) -> None:
        """Subtract from a variable in the scope."""
        variable.assign(tf.subtract(variable.value, value))

    def _var_key(self, variable: Any) -> int:
        return id(variable)

    def update(self, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
        """Take one step, elementwise, and hold the variables to their constraints.

        Parameters
        ----------
        gradients, variables : sequence
            One to one; the variables are those the optimiser was built with.
        """
        for gradient, variable in zip(gradients, variables, strict=True):
            self.update_step(gradient, variable, self.learning_rate)  # type: ignore[attr-defined]  # Keras has it
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self.iterations.assign_add(1)  # type: ignore[attr-defined]  # Keras has it


def optimizer(experiment: Experiment, *, stacked: bool = False) -> Any:
    """Return a new Keras optimiser as the experiment describes it; one with `StatelessUpdates` if `stacked`."""
    described = experiment.training.optimizer
    settings = described.model_dump(exclude={"name", "schedule"})
    if described.schedule is not None:
        settings["learning_rate"] = SCHEDULES[described.schedule.name](described.learning_rate, described.schedule)
    kind: Any = OPTIMIZERS[experiment.training.optimizer.name]
    if stacked:
        kind = type(f"Stacked{kind.__name__}", (StatelessUpdates, kind), {})
    return kind(**settings)
