"""Texts in suggestions are read back as they are, by the program and by PyYAML."""

from __future__ import annotations

import yaml
from builders import texts
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config.yaml_document import parse
from dropout_lab.config.yaml_text import listed, quoted, scalar

ODD = ["a b", "1.5", "no", "null", "'x'", 'say "x"', "a: b", "[x", "# c", "-", "?", "é", "x#", "- a", "!t", "&a", "*a"]
ODD += ["%", "@a", "`", "|", ">", "=", "<<", "1_000", "0x1f", "1:30", "~", "2020-01-01", "e3", "1e3", "{"]
words = st.one_of(texts, st.text(max_size=30), st.sampled_from(ODD)).filter(
    lambda text: not any("\ud800" <= character <= "\udfff" for character in text)
)


@given(st.lists(words, max_size=5))
def test_a_list_of_texts_is_read_back_as_these_texts(expected: list[str]) -> None:
    assert parse(f"key: {listed(expected)}", "c.yaml").data == {"key": expected}
    assert yaml.safe_load(listed(expected)) == expected
    assert "\n" not in listed(expected)


def test_words_are_written_without_quotes_and_all_else_with_them() -> None:
    assert listed(["id", "zip code", "2019", "no", "'x'", "a: b"]) == '[id, zip code, "2019", "no", "\'x\'", "a: b"]'
    assert scalar("Größe.2") == "Größe.2"


def test_characters_with_a_meaning_in_yaml_or_a_terminal_are_escaped() -> None:
    assert quoted('a "b"\\\x1b\u2028é') == '"a \\"b\\"\\\\\\U0000001b\\U00002028é"'
