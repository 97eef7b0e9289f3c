"""Random changes of the training pictures, by Keras' layers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dropout_lab.config.section import Section

__all__ = ["Augmentation"]

_Factor = Annotated[float, Field(gt=0, le=1)]


class Augmentation(Section):
    """How training pictures are changed at random, anew each time; in the order of the keys."""

    flip: Literal["horizontal", "vertical", "horizontal_and_vertical"] | None = Field(
        None, description="mirror half of the pictures: RandomFlip of Keras"
    )
    rotation: _Factor | None = Field(
        None, description="turn by up to this part of a full circle, either way: RandomRotation"
    )
    translation: _Factor | None = Field(
        None, description="shift by up to this part of the height and of the width, either way: RandomTranslation"
    )
    zoom: _Factor | None = Field(
        None, description="make smaller or larger by up to this part, height and width alike: RandomZoom"
    )
    contrast: _Factor | None = Field(
        None,
        description="scale the distance of each pixel from the picture's mean by 1 plus or minus up to this: "
        "RandomContrast; for pictures of bytes",
    )

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        if not self.factors:
            raise ValueError(f"nothing is changed: set one of {', '.join(type(self).model_fields)}, or leave it out")
        return self

    @property
    def factors(self) -> dict[str, float | str]:
        """The keys that are set, and their values."""
        values = {key: getattr(self, key) for key in type(self).model_fields}
        return {key: value for key, value in values.items() if value is not None}
