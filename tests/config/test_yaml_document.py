import math
from typing import Any

import pytest
from builders import WORDS, plain, texts
from hypothesis import example, given
from hypothesis import strategies as st

from dropout_lab.config.yaml_document import Document, dump, parse
from dropout_lab.errors import ConfigError

config_data = st.dictionaries(texts, plain(), max_size=5)


def refusal(text: str) -> str:
    """Return what is said about a file, called c.yaml, that is refused."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.yaml")
    return str(caught.value)


def value(text: str) -> Any:
    """Return what one plain value is read as."""
    return parse(f"key: {text}", "c.yaml").data["key"]


@given(config_data)
@example({word: [word, {word: word}] for word in WORDS})
@example({"": "", " ": " ", "\n": "\n", "\t": "\r\u2028\ufeff\x00\x7f", "a" * 300: "b " * 300})
@example({"tiny": 5e-324, "huge": 1.7976931348623157e308, "minus": -0.0, "no end": [math.inf, -math.inf]})
@example({"whole": 10**4000, "empty": [[], {}, [[]], {"": []}]})
def test_what_is_written_reads_back_the_same_in_value_type_and_order(data: dict[str, Any]) -> None:
    assert repr(parse(dump(data), "c.yaml").data) == repr(data)


@given(config_data)
def test_what_is_written_is_text_that_a_file_can_hold(data: dict[str, Any]) -> None:
    text = dump(data)
    assert text.encode("utf-8").decode("utf-8") == text


@given(config_data)
def test_every_key_and_every_item_has_a_place(data: dict[str, Any]) -> None:
    text = dump(data)
    document = parse(text, "c.yaml")

    def visit(inner: Any, path: tuple[str | int, ...]) -> None:
        file, line = document.locations[path].rsplit(":", 1) if path else (document.locations[path], "1")
        assert file == "c.yaml"
        assert 1 <= int(line) <= text.count("\n") + 1
        for key, item in (
            inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        ):
            visit(item, (*path, key))

    visit(document.data, ())


@given(st.one_of(st.text(), st.text(" \n:-,[]{}#&*!|>'\"%@`?ab1.~"), st.lists(texts).map("\n".join)))
@example("\x00")
@example("%YAML 2.0\n---\na: 1")
@example("%TAG")
@example('a: "\\x')
@example("a: !<%FF> 1")
@example("? [a]\n: 1")
def test_any_text_is_read_or_refused_with_a_config_error(text: str) -> None:
    message = None
    try:
        assert isinstance(parse(text, "c.yaml").data, dict)
    except ConfigError as error:
        message = str(error)
    assert message is None or message.startswith("c.yaml:")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-0.5e+2", -50.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+12", 12),
        ("007", 7),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("0:0.9:0.1", "0:0.9:0.1"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("tRUE", "tRUE"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1e", "1e"),
        (".", "."),
        ("'1'", "1"),
        ('"null"', "null"),
        ("|\n  1", "1"),
    ],
)
def test_plain_values_are_read_by_the_rules_of_yaml_1_2(text: str, read: object) -> None:
    assert repr(value(text)) == repr(read)


def test_nan_is_a_number() -> None:
    assert math.isnan(value(".nan"))
    assert math.isnan(parse(dump({"key": math.nan}), "c.yaml").data["key"])


def test_a_place_is_the_file_and_the_line() -> None:
    document = parse("# head\na: 1\nb:\n  c: [2,\n      3]\n", "c.yaml")
    assert document.locations == {
        (): "c.yaml",
        ("a",): "c.yaml:2",
        ("b",): "c.yaml:3",
        ("b", "c"): "c.yaml:4",
        ("b", "c", 0): "c.yaml:4",
        ("b", "c", 1): "c.yaml:5",
    }


def test_what_has_no_place_is_at_its_nearest_parent() -> None:
    document = parse("a:\n  b: {}\n", "c.yaml")
    assert document.location(("a", "b", "c", 0)) == "c.yaml:2"
    assert document.location(("d",)) == "c.yaml"
    assert Document({}).location(("a",)) == ""


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "null\n", "---\n...\n", "\ufeff"])
def test_a_file_that_says_nothing_is_empty(text: str) -> None:
    assert parse(text, "c.yaml").data == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: &x 1\n", "c.yaml:2: anchors and aliases (&, *) are not supported: use 'extends' to share settings"),
        ("a: 1\nb: *x\n", "c.yaml:2: anchors and aliases (&, *) are not supported"),
        ("a: 1\nb: &x [1]\n", "c.yaml:2: anchors and aliases"),
        (
            "a: 1\nb: !!python/object:os.system x\n",
            "c.yaml:2: tags are not supported, got 'tag:yaml.org,2002:python/object",
        ),
        ("a: 1\nb: !x {c: 1}\n", "c.yaml:2: tags are not supported, got '!x': write the plain value"),
        ("a: 1\n---\nb: 1\n", "c.yaml:2: a second document starts here, but a file holds one experiment"),
        ("a: 1\nb: 2\na: 3\n", "c.yaml:3: a: given twice in one mapping"),
        ("a: 1\nb: {c: 1, c: 1}\n", "c.yaml:2: c: given twice in one mapping"),
        ("a: 1\n? [b]\n: 1\n", "c.yaml:2: a key must be a single word"),
        ("a: 1\nb:" + " [" * 1000, "c.yaml:2: nested more than 20 deep, the most that a config may be"),
        ("a: 1\nb:" + " {x:" * 1000, "c.yaml:2: nested more than 20 deep"),
        ("a: 1\nb: " + "9" * 10_000, "c.yaml:2: a number of 10000 digits is too long"),
        ("a: 1\nb: -" + "9" * 10_000, "c.yaml:2: a number of 10001 digits is too long"),
        ("a: 1\nb: [1, 2\n", "c.yaml:3: not valid YAML: "),
        ("a: 1\n\tb: 1\n", "c.yaml:2: not valid YAML: "),
        ("a: 'b", "c.yaml:1: not valid YAML: "),
        ("- 1\n", "c.yaml:1: expected 'key: value' lines, got a list"),
        ("words\n", "c.yaml:1: expected 'key: value' lines, got 'words'"),
        ("a: 1\nb: \x01\n", "c.yaml: not valid YAML: "),
    ],
)
def test_what_a_config_may_not_hold_is_refused_at_its_line(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_aliases_that_would_fill_the_memory_are_refused_at_the_first() -> None:
    lines = ["a: &a [x, x]"] + [
        f"{new}: &{new} [*{old}, *{old}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert refusal("\n".join(lines)).startswith("c.yaml:1: anchors and aliases")


def test_a_huge_file_is_refused_unread() -> None:
    assert (
        refusal("a: [" + "1, " * 100_000) == "c.yaml: larger than 200,000 characters, the most that a config may have"
    )


def test_twenty_levels_are_read() -> None:
    assert parse("a: " + "[" * 20 + "]" * 20, "c.yaml").data
    assert "nested more than 20 deep" in refusal("a: " + "[" * 21 + "]" * 21)


def test_a_refused_file_is_one_problem() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("a: *x\nb: *y\n", "c.yaml")
    assert caught.value.problems == (str(caught.value),)
