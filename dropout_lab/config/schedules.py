"""Dropout schedules: a factor, per epoch, that multiplies the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from dropout_lab.config.section import Count, Section, tagged_union

__all__ = ["SCHEDULES", "Early", "Late", "Linear", "Schedule"]

_Factor = Annotated[float, Field(ge=0, le=1e6), AfterValidator(abs)]  # -0 is 0


class Early(Section):
    """Dropout in the first epochs only (Liu et al. 2023, "Dropout reduces underfitting")."""

    name: Literal["early"] = Field("early", description="early: dropout in the first epochs only")
    epochs: Count = Field(description="epochs with dropout")

    def factor(self, epoch: int, epochs: int) -> float:
        """Return the factor in an epoch, counted from 0, of `epochs`."""
        return 1.0 if epoch < self.epochs else 0.0


class Late(Section):
    """No dropout in the first epochs (Liu et al. 2023, "Dropout reduces underfitting")."""

    name: Literal["late"] = Field("late", description="late: dropout after the first epochs only")
    epochs: Count = Field(description="epochs without dropout")

    def factor(self, epoch: int, epochs: int) -> float:
        """Return the factor in an epoch, counted from 0, of `epochs`."""
        return 0.0 if epoch < self.epochs else 1.0


class Linear(Section):
    """A factor that changes in equal steps."""

    name: Literal["linear"] = Field("linear", description="linear: a factor times the rate, in equal steps")
    start: _Factor = Field(0.0, description="the factor in the first epoch")
    end: _Factor = Field(1.0, description="the factor in the last epoch")

    def factor(self, epoch: int, epochs: int) -> float:
        """Return the factor in an epoch, counted from 0, of `epochs`."""
        last = epochs - 1
        return self.end if epoch == last > 0 else self.start + (self.end - self.start) * (epoch / max(last, 1))


SCHEDULES = tagged_union("name", "", Early, Late, Linear)
if TYPE_CHECKING:
    Schedule = Early | Late | Linear
else:
    Schedule = SCHEDULES.annotation()
