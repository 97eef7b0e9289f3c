"""Texts become the indices of words that Keras' TextVectorization, adapted to the training rows, gives them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dropout_lab.datasets.tabular.words import split, split_all
from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

import keras  # noqa: E402 - Keras must be started first

_text = st.one_of(
    st.lists(st.sampled_from(["The", "cat's", "a-b", "ÄÖ", "ß", "日本", "[UNK]", "!", "x"]), max_size=9).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.text(st.sampled_from("aA .,;'\t\n\x0b\x0c\r\x1c\x85\xa0\u2028\u3000"), max_size=20),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_text, min_size=1, max_size=8, unique=True),
    st.lists(st.integers(0, 7), min_size=1, max_size=12),
    st.integers(3, 12),
    st.integers(1, 8),
)
def test_indices_are_those_of_keras_layer(texts: list[str], rows: list[int], words: int, length: int) -> None:
    train = [row % len(texts) for row in rows]
    theirs = keras.layers.TextVectorization(max_tokens=words, output_sequence_length=length)
    theirs.adapt([texts[row] for row in train])
    found = split_all(tuple(texts))
    vocabulary = found.vocabulary(np.bincount(train, minlength=len(texts)), words)
    assert [word.decode() for word in vocabulary.words] == theirs.get_vocabulary(include_special_tokens=False)
    ours = vocabulary.index[found.first(length)]
    assume(vocabulary.words)  # Keras' layer cannot be called without any
    np.testing.assert_array_equal(ours[:-1], theirs(texts))
    assert (ours[-1] == 0).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's GOOD,  isn't\tit?", ["its", "good", "isnt", "it"]),
        ("ÉTÉ été", ["ÉtÉ", "été"]),
        (" ... ", []),
    ],
)
def test_words_are_in_lower_case_and_without_punctuation_as_far_as_they_are_ascii(text: str, words: list[str]) -> None:
    assert [word.decode() for word in split(text)] == words
