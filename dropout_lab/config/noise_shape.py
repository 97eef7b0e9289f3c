"""Whether a noise shape fits the inputs of the dropout layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dropout_lab.config.dropout_sites import Shape

__all__ = ["noise_shape_problems"]


def noise_shape_problems(noise_shape: Sequence[int | None], inputs: Mapping[str, Shape]) -> list[str]:
    """Return a sentence for each problem of a noise shape; none if it fits.

    Parameters
    ----------
    noise_shape : sequence of int or None
        The batch first.
    inputs : mapping of str to Shape
        As from `dropout_sites.inputs`. The noise shape applies to the layers whose input has as many axes as it has
        entries; there must be at least one.
    """
    fitting = {name: shape for name, shape in inputs.items() if 1 + len(shape) == len(noise_shape)}
    if not fitting:
        available = "; ".join(f"that of {name}_dropout is {_format(shape)}" for name, shape in inputs.items())
        return [
            f"dropout.noise_shape: expected an entry for each axis of a layer's input, the batch included, got "
            f"{len(noise_shape)} entries: {available or 'there is no layer at dropout.where'}"
        ]
    return [
        f"dropout.noise_shape.{axis}: {entry} does not fit the input of {name}_dropout, {_format(shape)}: "
        f"expected null, 1 or {size}"
        for name, shape in fitting.items()
        for axis, (entry, size) in enumerate(zip(noise_shape[1:], shape, strict=True), 1)
        if entry not in (None, 1, size) and isinstance(size, int)
    ]


def _format(shape: Shape) -> str:
    return f"({', '.join(map(str, ('batch', *shape)))})"
