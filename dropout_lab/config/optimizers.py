"""How the weights move: the optimisers and their schedules."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, Tag

from dropout_lab.config.section import Count, Fraction, Positive, Section, TaggedUnion

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Lamb", "Optimizer", "RMSprop", "Schedule"]


class Schedule(Section):
    """How the learning rate falls as training goes on, from `learning_rate` at the first step."""

    name: Literal["exponential", "cosine", "inverse_time"]
    steps: Count = Field(description="steps (batches) in which it falls by one rate, or, for cosine, to nothing")
    rate: Annotated[float, Field(gt=0, le=1000)] = Field(
        0.5, description="exponential: lr * rate**(step/steps); inverse_time: lr / (1 + rate * step/steps)"
    )


class SGD(Section):
    """Stochastic gradient descent."""

    elementwise: ClassVar[bool] = True

    name: Literal["sgd"] = "sgd"
    learning_rate: Positive = 0.01
    schedule: Schedule | None = None
    momentum: Fraction = 0.0
    nesterov: bool = False


class Adam(Section):
    """Adam (Kingma and Ba 2015)."""

    elementwise: ClassVar[bool] = True

    name: Literal["adam"] = "adam"
    learning_rate: Positive = 0.001
    schedule: Schedule | None = None
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


class RMSprop(Section):
    """RMSprop (Hinton 2012)."""

    elementwise: ClassVar[bool] = True

    name: Literal["rmsprop"] = "rmsprop"
    learning_rate: Positive = 0.001
    schedule: Schedule | None = None
    rho: Fraction = 0.9
    momentum: Fraction = 0.0


class Lamb(Section):
    """LAMB (You et al. 2020): scales each layer's step by the norm of its weights, so it is not elementwise."""

    elementwise: ClassVar[bool] = False
    name: Literal["lamb"] = "lamb"
    learning_rate: Positive = 0.001
    schedule: Schedule | None = None
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


OPTIMIZERS = TaggedUnion("name", "sgd", {"sgd": SGD, "adam": Adam, "rmsprop": RMSprop, "lamb": Lamb})
Optimizer = Annotated[
    Annotated[SGD, Tag("sgd")]
    | Annotated[Adam, Tag("adam")]
    | Annotated[RMSprop, Tag("rmsprop")]
    | Annotated[Lamb, Tag("lamb")],
    OPTIMIZERS.discriminator(),
]
