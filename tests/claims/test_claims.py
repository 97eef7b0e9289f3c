"""The claims that come with the program."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from builders import bundled_experiments
from program import call

from dropout_lab.claims.assessment import Assessment, claim_named, names
from dropout_lab.claims.page import on_page, publish
from dropout_lab.claims.verdict import Effect
from dropout_lab.config import load, load_claim, text_of
from dropout_lab.engines import runtime
from dropout_lab.errors import ConfigError
from dropout_lab.results import value_at

runtime.start(intra_op_threads=1)

from dropout_lab.claims.layer_properties import FACTS  # noqa: E402 - it needs TensorFlow, started as the engines start it

STUDIES = [name.removeprefix("claims/") for name in bundled_experiments() if name.startswith("claims/")]
KNOWN = {
    "scaled_at_evaluation": "contradicted",
    "sum_is_kept": "contradicted",
    "subnetworks_are_averaged": "contradicted",
    "ridge": "supported",
}


@pytest.mark.parametrize("name", STUDIES)
def test_every_contrast_is_between_points_of_its_sweep(name: str) -> None:
    claim, points = claim_named(name), list(load(f"claims/{name}").points())
    for contrast in claim.contrasts:
        for pair in (contrast, *([contrast.less] if contrast.less else [])):
            for wanted in (pair.of, pair.against):
                same = [
                    point
                    for point in points
                    if all(text_of(value_at(point, key)) == text_of(value) for key, value in wanted.items())
                ]
                assert len(same) == 1


def test_every_fact_has_a_claim_and_comes_out_as_is_known() -> None:
    assert {claim_named(name).fact for name in names()} - {None} == set(FACTS)
    assert {name: check().verdict for name, check in FACTS.items()} == KNOWN


def test_a_fact_is_no_experiment() -> None:
    with pytest.raises(ConfigError, match="check it with 'dropout-lab claims run ridge'"):
        load("claims/ridge")


def test_every_claim_is_a_config_that_passes_the_check(tmp_path: Path) -> None:
    every = [f"claims/{name}" for name in names()]
    assert call("configs", "check", *every, cwd=tmp_path).stdout == "".join(f"{name}: ok\n" for name in every)


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("{says: a, source: b}", "claim.study: missing"),
        ("{says: a, source: b, study: c}", "claim: give either contrasts, which an experiment tests, or the name"),
        (
            "{says: a, source: b, study: c, contrasts: [{of: {dropout.rate: 0}, against: {model.hidden: 1}}]}",
            "model.hidden is not swept: expected one of dropout.rate",
        ),
        (
            "{says: a, source: b, study: c, contrasts: [{of: {dropout.rate: 0.2}, against: {dropout.rate: 0}}]}",
            "dropout.rate 0.2 is not swept: expected one of 0, 0.5",
        ),
        ("{says: a, source: b, study: c, scale: ratio, contrasts: [{of: {}, against: {}}]}", "a ratio that counts"),
        ("{says: a, source: b, study: c, directoin: up, fact: ridge}", "claim.directoin: unknown key"),
    ],
)
def test_what_is_wrong_with_a_claim_is_told_with_its_place(claim: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "my.yaml"
    file.write_text(f"extends: smoke/hidden\nsweep: {{dropout.rate: [0, 0.5]}}\nclaim: {claim}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_claim(file)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{file}:3: ")
    assert message in problem


def test_the_page_and_the_table_hold_every_claim_and_no_markup_of_theirs(tmp_path: Path) -> None:
    effect = Effect("<b>rate</b> 0.5 against 0", 0.01, -0.01, 0.03, 10, "undecided")
    studied = Assessment("half_is_best", claim_named("half_is_best"), "undecided", "<i>none</i>", (effect,), None)
    fact = Assessment("ridge", claim_named("ridge"), "supported", "It is.", (), None)
    page = publish([studied, fact], tmp_path).read_text(encoding="utf-8")
    assert claim_named("ridge").says in page
    assert claim_named("half_is_best").study in page
    assert "<i>" not in page
    rows = list(csv.DictReader((tmp_path / "claims.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["claim"], row["verdict"], row["effect"]) for row in rows] == [
        ("half_is_best", "undecided", "0.01"),
        ("ridge", "supported", ""),
    ]


@pytest.mark.slow
def test_claims_are_listed_and_run_by_name_and_those_run_before_stay_on_the_page(tmp_path: Path) -> None:
    listed = call("claims", cwd=tmp_path).stdout
    assert all(name in listed and claim_named(name).says in listed for name in names())
    unknown = call("claims", "run", "rigde", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "did you mean claims/ridge?" in unknown.stderr
    done = call("claims", "run", "ridge", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "ridge: supported" in done.stdout
    call("claims", "run", "sum_is_kept", "--out", "out", cwd=tmp_path)
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert claim_named("ridge").says in page
    assert on_page(tmp_path / "out") == {"ridge", "sum_is_kept"}
