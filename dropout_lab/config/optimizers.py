"""The optimizers: settings with Keras' names and defaults, and how the stacked engine trains them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from dropout_lab.config.section import Count, Fraction, NotNegative, Positive, Section, tagged_union

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Lamb", "Optimizer", "OptimizerSettings", "RMSprop", "Schedule"]

_WEIGHT_DECAY = "decoupled weight decay: before each step, weights and biases shrink by this times lr"


class Schedule(Section):
    """How the learning rate falls as training goes on, from `learning_rate` at the first step."""

    name: Literal["exponential", "cosine", "inverse_time"]
    steps: Count = Field(description="steps (batches) in which it falls by one rate, or, for cosine, to nothing")
    rate: Annotated[float, Field(gt=0, le=1000)] = Field(
        0.5, description="exponential: lr * rate**(step/steps); inverse_time: lr / (1 + rate * step/steps)"
    )


class OptimizerSettings(Section):
    """Settings that every optimizer has. A section has the name of its class in ``keras.optimizers``.

    Attributes
    ----------
    elementwise : bool
        Whether the step of a weight depends on its own gradient and state only, so that trials can be stacked.
    divides : bool
        Whether a step needs more than sums and products; a stack is then padded, see `engines.blocks`.
    """

    elementwise: ClassVar[bool] = True
    divides: ClassVar[bool] = True

    name: str
    learning_rate: Positive = 0.001
    schedule: Schedule | None = None
    weight_decay: NotNegative = Field(0.0, description=_WEIGHT_DECAY)
    clipnorm: Positive | None = Field(None, description="largest norm of the gradient of each kernel and each bias")
    clipvalue: Positive | None = Field(None, description="largest absolute value of an entry of the gradient")

    @model_validator(mode="after")
    def _gradients_are_clipped_once(self) -> Self:
        if self.clipnorm is not None and self.clipvalue is not None:
            raise ValueError(
                f"clipnorm is {self.clipnorm:g} and clipvalue is {self.clipvalue:g}: "
                "Keras clips gradients in one way only, so leave one of them out (or null)"
            )
        return self


class SGD(OptimizerSettings):
    """Stochastic gradient descent."""

    divides: ClassVar[bool] = False

    name: Literal["sgd"] = "sgd"
    learning_rate: Positive = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False


class Adam(OptimizerSettings):
    """Adam (Kingma and Ba 2015)."""

    name: Literal["adam"] = "adam"
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


class AdamW(OptimizerSettings):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    name: Literal["adamw"] = "adamw"
    weight_decay: NotNegative = Field(0.004, description=_WEIGHT_DECAY)
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


class Nadam(OptimizerSettings):
    """Adam with Nesterov momentum (Dozat 2016)."""

    name: Literal["nadam"] = "nadam"
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


class Adagrad(OptimizerSettings):
    """Adagrad (Duchi et al. 2011)."""

    name: Literal["adagrad"] = "adagrad"
    initial_accumulator_value: NotNegative = Field(
        0.1, description="where the sum of each weight's squared gradients starts"
    )


class RMSprop(OptimizerSettings):
    """RMSprop (Hinton 2012)."""

    name: Literal["rmsprop"] = "rmsprop"
    rho: Fraction = 0.9
    momentum: Fraction = 0.0


class Lamb(OptimizerSettings):
    """LAMB (You et al. 2020): scales each layer's step by the norm of its weights, so it is not elementwise."""

    elementwise: ClassVar[bool] = False

    name: Literal["lamb"] = "lamb"
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


OPTIMIZERS = tagged_union("name", "sgd", SGD, Adam, AdamW, Nadam, Adagrad, RMSprop, Lamb)
if TYPE_CHECKING:
    Optimizer = OptimizerSettings
else:
    Optimizer = OPTIMIZERS.annotation()
