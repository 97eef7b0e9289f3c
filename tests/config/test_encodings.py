"""How columns reach the network: what a config can say of it, and what it is told where it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropout_lab.config import load
from dropout_lab.config.dataset import CSV
from dropout_lab.config.encodings import Embedding, Text
from dropout_lab.config.section import without_defaults
from dropout_lab.config.warnings import warnings_of
from dropout_lab.errors import ConfigError

REST = "training: {epochs: 1}\n"
TEXTS = "dataset: {csv: my.csv, target: y, encode: {review: text}}\n"


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "net.yaml").write_text(text)
    return tmp_path / "net.yaml"


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_an_encoding_can_be_named_only_or_have_settings(tmp_path: Path) -> None:
    lines = "  colour: embedding\n  2019: {kind: embedding, size: 8}\n  review: {kind: text, words: 500}\n"
    text = f"dataset:\n csv: my.csv\n target: y\n encode:\n{lines}model: {{hidden: [4]}}\n{REST}"
    section = load(written(tmp_path, text)).dataset
    assert isinstance(section, CSV)
    assert section.encode == {"colour": Embedding(), "2019": Embedding(size=8), "review": Text(words=500)}
    assert without_defaults(section)["encode"] == {
        "colour": {"kind": "embedding"},
        "2019": {"kind": "embedding", "size": 8},
        "review": {"kind": "text", "words": 500},
    }


def test_what_is_no_encoding_is_refused_with_its_line_and_what_there_is(tmp_path: Path) -> None:
    lines = [
        "  colour: embeding",
        "  size: 8",
        "  a: {kind: tex}",
        "  b: {kind: embedding, sizes: 3}",
        "  c: {kind: text, words: 2, length: long}",
        "  d: {size: 3}",
    ]
    text = "dataset:\n csv: my.csv\n target: y\n encode:\n" + "\n".join(lines) + f"\nmodel: {{hidden: [4]}}\n{REST}"
    forms = "expected embedding or text, or settings with their kind: {kind: embedding, size: 8}, {kind: text, words: "
    found = problems(tmp_path, text)
    assert found[0] == (
        "net.yaml:5: dataset.encode.colour: expected embedding or text, got 'embeding'; did you mean embedding?"
    )
    assert found[1].startswith(f"net.yaml:6: dataset.encode.size: {forms}")
    assert found[2].startswith("net.yaml:7: dataset.encode.a: expected one of embedding, text as kind, got 'tex'")
    assert found[3] == "net.yaml:8: dataset.encode.b.sizes: unknown key; did you mean size?"
    assert found[4] == "net.yaml:9: dataset.encode.c.words: must be greater than or equal to 3, got 2"
    assert found[5] == "net.yaml:9: dataset.encode.c.length: expected a whole number, got 'long'"
    assert found[6].startswith(f"net.yaml:10: dataset.encode.d: {forms}")


def test_columns_under_the_key_of_the_codec_are_sent_to_the_one_for_columns(tmp_path: Path) -> None:
    text = f"dataset: {{csv: my.csv, target: y, encoding: {{a: embedding}}}}\nmodel: {{hidden: [4]}}\n{REST}"
    [problem] = problems(tmp_path, text)
    assert problem.endswith("e.g. cp1250: how columns reach the network is dataset.encode")


@pytest.mark.parametrize("categories", [1, 2, 10, 1000, 10**6])
def test_vectors_are_by_default_as_large_as_fastai_makes_them(categories: int) -> None:
    assert Embedding().size_for(categories) == min(600, round(1.6 * categories**0.56))
    assert Embedding(size=3).size_for(categories) == 3


def test_a_size_of_words_without_texts_is_warned_of(tmp_path: Path) -> None:
    net = f"model: {{hidden: [4], embedding: 8}}\n{REST}"
    [warning] = warnings_of(load(written(tmp_path, f"dataset: {{csv: my.csv, target: y}}\n{net}")))
    assert warning.startswith("model.embedding: it is the size of the vectors of words, but no column is a text")
    assert warnings_of(load(written(tmp_path, f"{TEXTS}{net}"))) == []


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (
            "model: {kind: transformer, embedding: 9, heads: 2}",
            "heads: 2 heads cannot share 9 units evenly: make embedding a multiple of heads",
        ),
        (
            "model: {kind: transformer}\ndropout: {kind: gaussian_dropout, where: attention, rate: 0.2}",
            "dropout.kind: gaussian_dropout does not exist within attention layers: set it to dropout, or "
            "dropout.where to another of visible, sequence, dense, all",
        ),
        (
            "model: {hidden: [4]}\ndropout: {where: attention, rate: 0.2}",
            "dropout.where: attention does not exist in a model of kind mlp: expected one of none, visible, hidden, "
            "both",
        ),
    ],
)
def test_a_transformer_is_refused_what_it_has_not(net: str, message: str, tmp_path: Path) -> None:
    [problem] = problems(tmp_path, f"{TEXTS}{net}\n{REST}")
    assert message in problem


def test_windows_of_a_series_have_no_encodings(tmp_path: Path) -> None:
    text = "dataset: {csv: my.csv, target: y, window: 5, encode: {a: embedding}}\nmodel: {kind: rnn, units: [4]}\n"
    [problem] = problems(tmp_path, text + REST)
    assert problem.endswith("rows that stand alone, but a window has many: leave encode out")
