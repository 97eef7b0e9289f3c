"""The study of races: what is compared with the fixed design, and its command."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from report.made import result

from benchmarks.settled import __main__ as command
from benchmarks.settled.networks import NETWORKS, replayed
from dropout_lab.api.experiments import _overrides
from dropout_lab.runs.prepare import load_sweep

REFERENCE = Path(__file__).parents[2] / "results/reference/sonar-study"


def test_a_result_is_raced_from_each_of_its_repeats(tmp_path: Path) -> None:
    folder = result(tmp_path / "out", {"evaluation.repeats": 4})
    found = pd.DataFrame(replayed(folder, "made"))
    assert found["first_repeat"].tolist() == [0, 1, 2, 3]
    assert found["of_fixed"].tolist() == pytest.approx((found["trainings"] / 36).tolist(), abs=1e-3)
    assert found["trainings"].between(18, 36).all()
    assert found["fixed"].nunique() == 1


def test_the_command_writes_a_row_for_each_race(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = result(tmp_path / "out", {"evaluation.repeats": 4})
    arguments = ["settled", "--networks", "--replay", str(folder), "--out", str(tmp_path / "tables")]
    monkeypatch.setattr("sys.argv", arguments)
    assert command.main() == 0
    assert len(pd.read_csv(tmp_path / "tables" / "networks.csv")) == 4
    assert "largest_share" in capsys.readouterr().out


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_are_configs_that_can_be_swept(name: str) -> None:
    network = NETWORKS[name]
    settings = {**network.settings, "evaluation__repeats": network.repeats}
    swept = load_sweep(network.config, _overrides(settings), network.rates)
    assert swept.count_points() * swept.evaluation.repeats > 20


@pytest.mark.slow
@pytest.mark.parametrize("where", ["hidden", "visible"])
def test_races_of_the_tutorials_rates_conclude_what_the_fixed_design_does(where: str) -> None:
    found = pd.DataFrame(replayed(REFERENCE / where, where))
    assert found["same_outcome"].mean() >= 0.9
    assert found["best_may_be_best_of_fixed"].mean() >= 0.9
    assert found["of_fixed"].median() <= 0.4
    assert found["of_fixed"].max() <= 1
