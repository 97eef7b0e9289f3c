"""Job arrays: ``--shard`` and ``merge`` as a user calls them."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import call, numbers

SWEEP = ("run", "smoke/sweep")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*SWEEP, "--shard", "3"), "error: --shard: expected I/N with 1 <= I <= N, such as 3/16"),
        (("merge", "nowhere", "--out", "out"), "error: nowhere: holds no results: expected a directory written by"),
    ],
)
def test_what_cannot_be_sharded_or_merged_is_told(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = call(*arguments, cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_shard_has_a_directory_of_its_own_and_says_how_much_it_is(tmp_path: Path) -> None:
    done = call(*SWEEP, "--shard", "2/4", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "shard:      2/4, 2 of the trials\n" in done.stdout
    assert "finished:   0, 2 to train\n" in done.stdout
    assert "output:     results/smoke-sweep-sweep-shard-2-of-4/\n" in done.stdout


@pytest.mark.slow
def test_shards_merged_are_the_numbers_of_one_run(tmp_path: Path) -> None:
    assert call(*SWEEP, "--out", "whole", cwd=tmp_path).returncode == 0
    for shard in ("1/2", "2/2"):
        done = call(*SWEEP, "--shard", shard, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"shard {shard}. Once all shards are trained: dropout-lab merge" in done.stdout
    shards = sorted((tmp_path / "results").iterdir())
    partly = call("merge", shards[0], "--out", "partly", cwd=tmp_path)
    assert partly.returncode == 1
    assert "5 of 9 trials are in none of the directories; train them with: dropout-lab run partly/" in partly.stderr
    merged = call("merge", *shards, "--out", "merged", cwd=tmp_path)
    assert merged.returncode == 0, merged.stderr
    assert "9 rows in merged/trials.csv" in merged.stdout
    assert call("run", "partly/config.yaml", "--out", "partly", cwd=tmp_path).returncode == 0
    assert numbers(tmp_path / "merged") == numbers(tmp_path / "partly") == numbers(tmp_path / "whole")
