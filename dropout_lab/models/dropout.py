"""Stochastic layers whose rate is a variable, so that one traced program serves all rates; and dropout."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from dropout_lab.seeds import derive_seed

__all__ = ["BernoulliDropout", "StochasticLayer", "mask_seed"]

_WORD = 2**30  # a word plus the number of steps then fits in the 31 bits of a seed that Keras uses


def mask_seed(seed: int, layer: str) -> tuple[int, int]:
    """Return the seed of a layer's masks, as the two words of a Keras seed.

    The mask of step t is drawn with the second word plus t, as ``keras.random.SeedGenerator`` does.

    Parameters
    ----------
    seed : int
        The trial's seed.
    layer : str
        The layer's name.
    """
    return divmod(derive_seed(seed, "mask", layer), _WORD)


class StochasticLayer(keras.layers.Layer):
    """A layer that draws a random number for each of its inputs in each training step; the identity at evaluation.

    The draws do not depend on the rate: with the same stream, all rates share their draws. A rate of 0 draws too, so
    that all rates have the same variables.

    Parameters
    ----------
    stacked : bool
        With a leading trial axis: input and output (trials, rows, units), each number of `strength` of shape
        (trials, 1, 1), and `draws` of the input's shape that are set before each step. Without it: input and output
        (rows, units), scalars in `strength`, and draws from the layer's own stream.
    noise_shape : tuple of int or None, optional
        Shape of the draws without the trial axis; None is the input's own size: ``(None, 1, 1, None)`` draws once per
        channel of an image, ``(None, 1, None)`` once per channel of a sequence.

    Attributes
    ----------
    numbers : tuple of str
        Names of the numbers in `strength`.
    normal : bool
        Whether draws are standard normal, else uniform between 0 and 1.
    strength : list of keras.Variable
        The numbers that `change` uses.
    share : float
        Of the config's rate (or stddev) that the layer has, 0 <= share <= 1.
    """

    numbers: ClassVar[tuple[str, ...]] = ("rate",)
    normal: ClassVar[bool] = False

    def __init__(
        self, *, stacked: bool = False, noise_shape: tuple[int | None, ...] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True  # as Keras' dropout does: it hands on which steps are padding
        self.stacked = stacked
        self.noise_shape = noise_shape
        self.share = 1.0

    @staticmethod
    def numbers_of(strength: float) -> tuple[float, ...]:
        """Return the numbers in `strength` for a rate (or stddev), in float64, as Keras' own layer computes them."""
        return (strength,)

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Return the inputs as changed in training."""
        raise NotImplementedError

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        shape, more = ((1, 1, 1), {}) if self.stacked else ((), {"autocast": False})
        self.strength = [
            self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name, **more)
            for name in self.numbers
        ]
        if self.stacked:
            *_, self.rows, self.units = input_shape
            self.draws = self.add_weight(shape=(1, 1, self.units), initializer="zeros", trainable=False, name="draws")
        else:
            self.seed_generator = keras.random.SeedGenerator(0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return input_shape

    def set(self, strength: float) -> None:
        """Set the rate (or stddev) of a layer without a trial axis."""
        for variable, number in zip(self.strength, self.numbers_of(strength), strict=True):
            variable.assign(number)

    def start(self, seed: int) -> None:
        """Restart the draws of a layer without a trial axis, from a trial's seed or one derived from it."""
        self.seed_generator.state.assign(mask_seed(seed, self.name))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Change `inputs` if `training`."""
        if not training:
            return inputs
        draws = ops.convert_to_tensor(self.draws) if self.stacked else self._draw(ops.shape(inputs))
        return self.change(inputs, draws, *map(ops.convert_to_tensor, self.strength))

    def draw_for(self, seed: Any, batch: int, dtype: Any) -> Any:
        """Draw for a stack what the layer without a trial axis draws with that seed.

        Parameters
        ----------
        seed : int32 of shape (2,)
        batch : int
            Rows, if the layer's input has no fixed number of them.
        dtype : tf.DType

        Returns
        -------
        array of shape (rows, units), or of `noise_shape`
        """
        import tensorflow as tf  # stacks are trained on TensorFlow; a layer without a trial axis on any backend

        shape = self._shaped((self.rows or batch, self.units))
        if self.normal:
            return tf.random.stateless_normal(shape, seed, dtype=dtype)
        # as tf.random.stateless_uniform, which then multiplies by 1 and adds 0
        key, counter = tf.raw_ops.StatelessRandomGetKeyCounter(seed=seed)
        return tf.raw_ops.StatelessRandomUniformV2(
            shape=shape, key=key, counter=counter, alg=tf.random.Algorithm.PHILOX.value, dtype=dtype
        )

    def _draw(self, shape: Any) -> Any:
        """Draw in the precision of `strength`: bfloat16 has too few numbers between 0 and 1 for a rate."""
        draw = keras.random.normal if self.normal else keras.random.uniform
        return draw(self._shaped(shape), dtype=self.strength[0].dtype, seed=self.seed_generator)

    def _shaped(self, shape: Any) -> Any:
        """Return the shape of the draws for inputs of that shape."""
        if self.noise_shape is None:
            return shape
        return tuple(size if fixed is None else fixed for size, fixed in zip(shape, self.noise_shape, strict=True))


class BernoulliDropout(StochasticLayer):
    """Inverted dropout with the masks of ``keras.layers.Dropout`` and a rate that can be set after tracing.

    In training a unit is set to 0 with probability `rate` and otherwise divided by ``1 - rate`` (Srivastava et al.
    2014, section 10). A unit is dropped if its uniform draw is below the rate: with the same stream, the units that a
    low rate drops are among those that a higher rate drops.
    """

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Drop units; see `StochasticLayer.change`."""
        (rate,) = strength
        kept, scaled = draws >= rate, inputs * ops.cast(1 / (1 - rate), inputs.dtype)
        if not self.stacked or self.noise_shape is not None:
            return ops.where(kept, scaled, 0)
        import tensorflow as tf

        return tf.compat.v1.where(kept, scaled, tf.zeros_like(scaled))  # the same, thrice as fast: it cannot broadcast

    def _draw(self, shape: Any) -> Any:
        """Draw what drops the units that Keras' own layer drops: on JAX, those whose draw is above ``1 - rate``."""
        draws = super()._draw(shape)
        return 1 - draws if keras.config.backend() == "jax" else draws
