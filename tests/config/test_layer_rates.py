from __future__ import annotations

from pathlib import Path

import pytest
from builders import experiment, layer_rates
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config import load
from dropout_lab.config.layer_rates import LayerRates
from dropout_lab.config.model import CNN, MLP
from dropout_lab.errors import ConfigError

CHAIN, PICTURES = MLP(hidden=(5, 4)), CNN(filters=(3, 2, 2), dense=(4,))


@given(st.sampled_from([CHAIN, PICTURES]).flatmap(lambda model: layer_rates(model).map(lambda rates: (model, rates))))
def test_where_follows_from_the_places_that_have_rates(given: tuple[MLP | CNN, dict[str, object]]) -> None:
    model, rates = given
    data = "iris" if isinstance(model, MLP) else "digits"
    dropout = experiment({"dataset.name": data, "model": model.model_dump(), "dropout": {"rate": rates}}).dropout
    both = model.sites[-1]
    assert dropout.where == (both if len(rates) == 2 else next(iter(rates)))
    assert (
        dropout == experiment({"model": model.model_dump(), "dropout": {"where": dropout.where, "rate": rates}}).dropout
    )


def test_a_layer_has_the_rate_in_its_place() -> None:
    rates = LayerRates(visible=0.1, hidden=(0.5, 0.3))
    layers = ("visible_dropout", "hidden_1_dropout", "hidden_2_dropconnect")
    assert [rates.of(layer) for layer in layers] == [0.1, 0.5, 0.3]
    assert {LayerRates(conv=0.2).of(f"conv_{number}_dropout") for number in (1, 2)} == {0.2}


def test_rates_are_written_by_place() -> None:
    rates = LayerRates(visible=0.1, hidden=(0.5, 1 / 3))
    assert f"{rates:.2g}" == "visible 0.1, hidden 0.5/0.33"
    assert str(LayerRates(dense=0.25)) == "dense 0.25"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "dropout: {rate: {visible: 0.1, hidden: [0.5]}}",
            ":4: dropout.rate.hidden: expected one number for all layers or a list of 2, one for each layer in "
            "model.hidden, got 1",
        ),
        (
            "model: {kind: cnn, filters: [4], dense: [3, 2]}\ndropout: {rate: {conv: 0.1, dense: [0.1, 0.2, 0.3]}}",
            ":5: dropout.rate.dense: expected one number for all layers or a list of 2, one for each layer in "
            "model.dense, got 3",
        ),
        (
            "model: {kind: cnn, filters: [4]}\ndropout: {rate: {conv: [0.1, 0.2]}}",
            ":5: dropout.rate.conv: expected one number for all layers or a list of 1, one for each layer in "
            "model.filters, got 2",
        ),
        (
            "dropout: {rate: {conv: 0.1}}",
            ":4: dropout.where: conv does not exist in a model of kind mlp: "
            "expected one of none, visible, hidden, both",
        ),
        *(
            (
                f"dropout: {{rate: {rates}}}",
                ":4: dropout.rate: expected visible, hidden or both (of an mlp), or conv, dense or both (of a cnn)",
            )
            for rates in ("{visible: 0.1, conv: 0.1}", "{}")
        ),
        ("dropout: {rate: {hidden: [0.5, 1]}}", ":4: dropout.rate.hidden.1: must be less than 1, got 1"),
        ("dropout: {rate: {hidden: a lot}}", ":4: dropout.rate.hidden: expected a number, got 'a lot'"),
        ("dropout: {rate: {visible: [0.1]}}", ":4: dropout.rate.visible: expected a number, got [0.1]"),
        ("dropout: {rate: {hiden: 0.5}}", ":4: dropout.rate.hiden: unknown key; did you mean hidden?"),
        ("dropout: {rate: [0.5, 0.3]}", ":4: dropout.rate: expected a number, got [0.5, 0.3]"),
        (
            "dropout: {where: visible, rate: {hidden: 0.5}}",
            ":4: dropout: where: rates are given for hidden 0.5, so where is hidden, got visible: "
            "leave where out, or set it to hidden",
        ),
        (
            "dropout: {where: none, rate: {hidden: 0.5}}",
            ":4: dropout: kind or where is none, so rate must be 0 or left out, got hidden 0.5",
        ),
        (
            "dropout: {kind: gaussian_noise, rate: {hidden: 0.5}}",
            ":4: dropout: gaussian_noise has no rate, so it must be 0 or left out, got hidden 0.5: set stddev",
        ),
        *(
            (
                f"model: {{kind: {kind}, {layers}: [4], dense: [3, 2]}}\ndropout: {{rate: {{{rates}}}}}",
                f":5: dropout.rate: a model of kind {kind} has one rate for all its layers, "
                f"got {rates.replace(':', '')}: set dropout.rate to a number and say where",
            )
            for kind, layers, rates in (("rnn", "units", "conv: 0.1, dense: 0.2"), ("conv1d", "filters", "conv: 0.1"))
        ),
        (
            "dropout: {rate: {hidden: 0.5}}\nsweep: {dropout.rate: [0, 0.2]}",
            ":5: sweep: dropout.rate is given for each layer (hidden 0.5), so there is not one rate to vary: "
            "set dropout.rate to a number and say where, or leave the sweep out",
        ),
    ],
)
def test_rates_that_do_not_fit_are_refused(tmp_path: Path, text: str, message: str) -> None:
    model = "" if "model:" in text else "model: {hidden: [5, 4]}\n"
    file = tmp_path / "net.yaml"
    file.write_text(f"name: net\ndataset: digits\ntraining: {{epochs: 1}}\n{text}\n{model}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [problem for problem in caught.value.problems if problem == f"{file}{message}"]
    assert len({problem.split(": ")[1] for problem in caught.value.problems}) == 1
