"""The kinds of models and their settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, JsonValue, StringConstraints, Tag, model_validator

from dropout_lab.config.section import Count, Positive, Section, tagged_union

__all__ = ["CNN", "MLP", "MODELS", "RNN", "Conv1D", "CustomModel", "Model", "OwnModel", "SavedModel", "Transformer"]

_Activation = Annotated[
    Literal["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "linear"],
    Field(description="of the hidden layers, as in Keras; leaky_relu: a slope of 0.2 below 0"),
]
_Initializer = Annotated[
    Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal", "normal"],
    Field(description="initial weights; normal: mean 0, sd 0.05. Biases start at 0"),
]
_Normalization = Annotated[
    Literal["none", "batch", "layer"],
    Field(description="after each hidden layer (and its pooling), by Keras' BatchNormalization or LayerNormalization"),
]
_NormalizationPlace = Annotated[
    Literal["before_dropout", "after_dropout"],
    Field(description="where a layer has a normalization and dropout: which of them comes first"),
]
_Sizes = Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=20)]
_Dense = Annotated[
    tuple[Count, ...],
    Field(strict=False, max_length=20, description="units of each dense layer before the output, e.g. [32]"),
]
_Words = Annotated[
    Count,
    Field(description="size of the vector that is learned for each word, of the columns of text (dataset.encode)"),
]
_Kernel = Annotated[int, Field(ge=1, le=31)]
_VECTOR = 32
_Pool = Annotated[int, Field(ge=1, le=16)]


class MLP(Section):
    """A stack of dense layers."""

    sites: ClassVar[tuple[str, ...]] = ("visible", "hidden", "both")

    kind: Literal["mlp"] = Field("mlp", description="mlp: a stack of dense layers")
    hidden: Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=50)] = Field(
        description="units of each hidden layer, e.g. [60, 30]"
    )
    width: Annotated[
        Annotated[Positive, Tag("number")] | Annotated[Literal["n/(1-rate)"], Tag("rule")],
        Discriminator(lambda value: "rule" if isinstance(value, str) else "number"),
    ] = Field(
        1.0,
        description="multiplies the units of each hidden layer, rounded; n/(1-rate): divides them by 1 - dropout.rate, "
        "so that about as many are kept at every rate",
    )
    embedding: _Words = _VECTOR
    activation: _Activation = "relu"
    initializer: _Initializer = "glorot_uniform"
    normalization: _Normalization = "none"
    normalization_place: _NormalizationPlace = "before_dropout"


class CNN(Section):
    """Convolutions, each followed by max-pooling, then dense layers: for images."""

    sites: ClassVar[tuple[str, ...]] = ("dense", "conv", "all")

    kind: Literal["cnn"] = Field("cnn", description="cnn: convolutions with max-pooling, then dense layers")
    filters: _Sizes = Field(description="filters of each convolution, e.g. [64, 128, 256]")
    dense: _Dense = ()
    kernel: _Kernel = Field(3, description="height and width of a convolution, with padding: it keeps the image's size")
    pool: _Pool = Field(2, description="height and width of the max-pooling after each convolution; 1: none")
    output: Literal["softmax", "sigmoid"] = Field(
        "softmax", description="activation of the output for three or more classes; sigmoids are divided by their sum"
    )
    activation: _Activation = "relu"
    initializer: _Initializer = "glorot_uniform"
    normalization: _Normalization = "none"
    normalization_place: _NormalizationPlace = "before_dropout"


class RNN(Section):
    """Recurrent layers, then dense layers: for sequences.

    The recurrent layers have Keras' own activations and gates; `activation` is that of the dense layers.
    """

    sites: ClassVar[tuple[str, ...]] = ("visible", "sequence", "recurrent", "dense", "all")

    kind: Literal["rnn"] = Field("rnn", description="rnn: recurrent layers, then dense layers")
    cell: Literal["lstm", "gru", "simple"] = Field("lstm", description="the type of the recurrent layers")
    units: _Sizes = Field(
        description="units of each recurrent layer, e.g. [32]; the last one returns its last step only"
    )
    embedding: _Words = _VECTOR
    dense: _Dense = ()
    activation: _Activation = "relu"
    initializer: _Initializer = "glorot_uniform"
    normalization: _Normalization = "none"
    normalization_place: _NormalizationPlace = "before_dropout"


class Conv1D(Section):
    """Convolutions along a sequence, each followed by max-pooling, then dense layers."""

    sites: ClassVar[tuple[str, ...]] = ("visible", "sequence", "dense", "all")

    kind: Literal["conv1d"] = Field("conv1d", description="conv1d: convolutions along a sequence, then dense layers")
    filters: _Sizes = Field(description="filters of each convolution, e.g. [32, 64]")
    embedding: _Words = _VECTOR
    dense: _Dense = ()
    kernel: _Kernel = Field(3, description="steps of a convolution, with padding: it keeps the sequence's length")
    pool: _Pool = Field(2, description="steps of the max-pooling after each convolution; 1: none")
    activation: _Activation = "relu"
    initializer: _Initializer = "glorot_uniform"
    normalization: _Normalization = "none"
    normalization_place: _NormalizationPlace = "before_dropout"


class Transformer(Section):
    """Encoder blocks of a transformer, the mean over the steps, then dense layers: for texts and other sequences.

    `activation` is that of the dense layers and within the feed-forward networks; the blocks have normalizations of
    their own, and `normalization` is after the dense layers.
    """

    sites: ClassVar[tuple[str, ...]] = ("visible", "attention", "sequence", "dense", "all")

    kind: Literal["transformer"] = Field(
        "transformer", description="transformer: encoder blocks with attention, then dense layers"
    )
    embedding: Annotated[Count, Field(description="units of each step: of the vectors of words and positions")] = (
        _VECTOR
    )
    heads: Annotated[int, Field(ge=1, le=64)] = Field(2, description="heads of the attention, which share the units")
    feedforward: Count = Field(32, description="units of the hidden layer of a block's feed-forward network")
    blocks: Annotated[int, Field(ge=1, le=24)] = Field(1, description="how many blocks follow each other")
    dense: _Dense = ()
    activation: _Activation = "relu"
    initializer: _Initializer = "glorot_uniform"
    normalization: _Normalization = "none"
    normalization_place: _NormalizationPlace = "before_dropout"

    @model_validator(mode="after")
    def _check_heads(self) -> Self:
        if self.embedding % self.heads:
            raise ValueError(
                f"heads: {self.heads} heads cannot share {self.embedding} units evenly: make embedding a "
                "multiple of heads"
            )
        return self


def _module_and_function(text: str) -> str:
    module, _, function = text.partition(":")
    if not (_WORD.fullmatch(function) and all(map(_WORD.fullmatch, module.split(".")))):
        raise ValueError(f"expected MODULE:FUNCTION, e.g. my_pkg.nets:build, got {text!r}")
    return text


_WORD = re.compile(r"[^\W\d]\w*")


class OwnModel(Section):
    """A network of the user's own, in a file.

    `folder` and `checksum` are set when the config is read: the checksum is part of the experiment's identity, the
    folder is not.
    """

    key: ClassVar[str]
    """The setting that names the file."""

    sites: ClassVar[tuple[str, ...]] = (
        *("visible", "hidden", "both", "dense", "conv", "sequence", "recurrent", "attention"),
        "all",
    )
    activation: ClassVar[str] = ""  # the network decides, as on the initializer
    initializer: ClassVar[str] = ""
    normalization: ClassVar[str] = "none"
    normalization_place: ClassVar[str] = ""

    folder: str = Field("", description="where the file is searched first; default: the config's own folder")
    checksum: str = Field("", description="SHA-256 of the file; set when the config is read")

    @property
    def source(self) -> str:
        """What the user calls it: the builder, or the file."""
        return str(getattr(self, self.key))


class CustomModel(OwnModel):
    """A network that a function of the user's builds."""

    key: ClassVar[str] = "builder"

    kind: Literal["own"] = Field("own", description="own: a network that a function of yours builds")
    builder: Annotated[str, AfterValidator(_module_and_function)] = Field(
        description="the function, MODULE:FUNCTION, e.g. my_pkg.nets:build; it gets the shape of a row, the number of "
        "outputs, the dropout and the arguments, and returns a Keras model"
    )
    arguments: dict[str, JsonValue] = Field({}, description="further arguments of the function, by name")


class SavedModel(OwnModel):
    """A network that Keras saved."""

    key: ClassVar[str] = "file"

    kind: Literal["saved"] = Field("saved", description="saved: a network in a .keras file")
    file: Annotated[str, StringConstraints(min_length=1, pattern=r"\.keras$")] = Field(
        description="the .keras file, e.g. net.keras; its path is relative to the config that names it"
    )
    weights: Literal["kept", "new"] = Field(
        "kept", description="kept: training starts from the file's weights; new: from weights drawn by its initializers"
    )


MODELS = tagged_union("kind", "mlp", MLP, CNN, RNN, Conv1D, Transformer, CustomModel, SavedModel)
if TYPE_CHECKING:
    Model = MLP | CNN | RNN | Conv1D | Transformer | CustomModel | SavedModel
else:
    Model = MODELS.annotation()
