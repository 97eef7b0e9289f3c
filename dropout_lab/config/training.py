"""How a model is trained: preprocessing, constraints and penalties, and the training itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from dropout_lab.config.augmentation import Augmentation
from dropout_lab.config.optimizers import SGD, Optimizer
from dropout_lab.config.section import Count, NotNegative, OpenFraction, Positive, Section
from dropout_lab.metrics.metric import Task
from dropout_lab.metrics.registry import METRICS

__all__ = ["EarlyStopping", "Preprocessing", "Regularization", "Training"]


class Preprocessing(Section):
    """Scaling of the inputs, fitted on the training rows of each fold."""

    scale: Literal["standard", "minmax", "unit", "none", "auto"] = Field(
        "standard",
        description="standard: mean 0, sd 1; minmax: 0 to 1; unit: an image's 0..255 to 0..1; none: unchanged; auto, "
        "the default for arrays of your own: unit for pictures of bytes, else standard",
    )


class Regularization(Section):
    """Constraints and penalties on the weights of the hidden layers."""

    max_norm: Positive | None = Field(None, description="largest norm of the weights into a unit")
    unit_norm: bool = Field(False, description="scale the weights into each unit to a norm of 1 after each step")
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0

    @model_validator(mode="after")
    def _check_norms(self) -> Self:
        if self.unit_norm and self.max_norm is not None:
            raise ValueError(
                f"unit_norm makes every norm 1, so max_norm must be left out (or null), got {self.max_norm:g}"
            )
        return self


_ClassWeight = Annotated[
    Annotated[Literal["balanced"], Tag("word")] | Annotated[dict[str, Positive], Field(min_length=1), Tag("names")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "names"),
]


_MONITORS = {name: metric.task for name, metric in METRICS.items() if metric.measured != "monte_carlo"}
if TYPE_CHECKING:
    _Monitor = str
else:
    _Monitor = Literal[tuple(_MONITORS)]


class EarlyStopping(Section):
    """When training stops before its last epoch; the weights of the best epoch are then restored."""

    patience: Count = Field(description="epochs without an improvement after which training ends")
    monitor: _Monitor = Field(
        "loss",
        description="the measure, of the validation rows and with dropout off, that has to improve: loss (for "
        "regression the mean squared error), or a metric such as accuracy or auc",
    )
    min_delta: NotNegative = Field(
        0.0, description="the smallest improvement of it that counts, in its own unit; as in Keras, more than this"
    )
    validation_share: OpenFraction = Field(
        0.1, description="part of the training rows that is used for the validation loss only"
    )

    @field_validator("monitor", mode="before")
    @classmethod
    def _refuse_names_of_keras(cls, value: Any) -> Any:
        name = value.removeprefix("val_") if isinstance(value, str) else value
        if name != value and name in _MONITORS:
            raise ValueError(f"expected {name}, which is that of the validation rows, got {value!r}")
        return value

    def problem_in(self, task: Task) -> str:
        """Return what is wrong with the measure for a task; empty if nothing is."""
        suitable = dict.fromkeys(["loss", *(name for name, needed in _MONITORS.items() if needed == task)])
        if self.monitor in suitable:
            return ""
        return f"monitor: {self.monitor}: not for {task}: expected one of {', '.join(suitable)}"


class Training(Section):
    """How a model is trained."""

    optimizer: Optimizer = SGD()
    epochs: Count = Field(description="passes over the training rows")
    batch_size: Count = 32
    precision: Literal["float32", "float64", "mixed_bfloat16"] = Field(
        "float32", description="mixed_bfloat16: layers compute in bfloat16, which is faster on some processors and GPUs"
    )
    class_weight: _ClassWeight | None = Field(
        None,
        description="weight of a row in the loss by its class: balanced (training rows / classes / rows of the class), "
        "or {name: weight}, with 1 for other classes",
    )
    oversample: bool = Field(
        False,
        description="repeat training rows of smaller classes, drawn at random, until each class has as many as the "
        "largest; never rows that are held out or decide when to stop",
    )
    augmentation: Augmentation | None = Field(
        None,
        description="change the training pictures at random, anew in each epoch and alike at all rates: "
        "{flip: horizontal, rotation: 0.05}; pictures that are held out or predicted stay as they are",
    )
    early_stopping: EarlyStopping | None = Field(
        None,
        description="stop once the loss, or another measure, of a part of the training rows no longer improves, and "
        "restore the weights of the best epoch: {patience: 10, monitor: accuracy}",
    )

    @model_validator(mode="after")
    def _check_balance(self) -> Self:
        if self.oversample and self.class_weight == "balanced":
            raise ValueError(
                "oversample and class_weight: balanced both make the classes count alike, so together they would make "
                "the smaller ones count more: leave one of them out"
            )
        return self

    @property
    def validation_share(self) -> float:
        """The part of the training rows for the validation loss; 0 without early stopping."""
        return self.early_stopping.validation_share if self.early_stopping else 0.0
