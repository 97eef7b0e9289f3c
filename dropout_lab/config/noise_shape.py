"""Whether the shape of the draws fits the layers that draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dropout_lab.config.dropout_sites import Shape

__all__ = ["misfits"]


def misfits(noise_shape: Sequence[int | None], inputs: Mapping[str, Shape]) -> list[str]:
    """Return what is wrong with a noise shape, a sentence for each problem; none if it fits.

    Parameters
    ----------
    noise_shape : sequence of int or None
        The batch first.
    inputs : mapping
        As `places.inputs` gives them. It must have as many entries as the input of one of these layers has axes;
        for the other layers it does not hold.
    """
    fitting = {name: shape for name, shape in inputs.items() if 1 + len(shape) == len(noise_shape)}
    if not fitting:
        there = "; ".join(f"that of {name}_dropout is {_told(shape)}" for name, shape in inputs.items())
        return [
            f"dropout.noise_shape: expected an entry for each axis of a layer's input, the batch included, got "
            f"{len(noise_shape)} entries: {there or 'there is no layer at dropout.where'}"
        ]
    return [
        f"dropout.noise_shape.{axis}: {entry} does not fit the input of {name}_dropout, {_told(shape)}: "
        f"expected null, 1 or {size}"
        for name, shape in fitting.items()
        for axis, (entry, size) in enumerate(zip(noise_shape[1:], shape, strict=True), 1)
        if entry not in (None, 1, size) and isinstance(size, int)
    ]


def _told(shape: Shape) -> str:
    return f"({', '.join(map(str, ('batch', *shape)))})"
