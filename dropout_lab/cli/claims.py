"""``claims`` and ``claims run``."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropout_lab.cli.options import Dask, DataDir, Jobs
from dropout_lab.runs.interrupt import INTERRUPTED

if TYPE_CHECKING:
    from dropout_lab.claims.assessment import Assessment

__all__ = ["claims_app"]

_OUT = Path("results/claims")
_WIDTH = 78

claims_app = typer.Typer(help="List common claims about dropout, and test them.", invoke_without_command=True)


@claims_app.callback()
def claims(context: typer.Context) -> None:
    """List the claims."""
    if context.invoked_subcommand:
        return
    from dropout_lab.claims.assessment import claim_named, names

    width = max(map(len, names()))
    for name in names():
        typer.echo(f"{name:<{width}}  {claim_named(name).says}")
    typer.echo("Test all of them, or some: dropout-lab claims run [NAME...]")


@claims_app.command("run")
def claims_run(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Claims to test. Default: all.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Output directory: a result for each claim, and the page.")
    ] = _OUT,
    data_dir: DataDir = None,
    jobs: Jobs = None,
    dask: Dask = None,
) -> None:
    """Test claims and write a table and an HTML page of all verdicts. Run the same command again to resume."""
    from dropout_lab.claims.assessment import claim_named, read_assessment
    from dropout_lab.claims.assessment import names as all_names

    chosen = list(dict.fromkeys(names or all_names()))
    facts = {name for name in chosen if claim_named(name).fact}  # a wrong name is refused before anything is run
    tested: dict[str, Assessment] = {}
    for name in chosen:
        if name in facts:
            tested[name] = _check_fact(name)
        elif _run(name, out / name, data_dir, jobs, dask):
            tested[name] = read_assessment(name, out / name)
        else:
            continue
        _print(tested[name])
    if tested:
        from dropout_lab.claims.page import on_page, publish

        out.mkdir(parents=True, exist_ok=True)
        earlier = on_page(out)
        assessments = [tested.get(name) or _from_earlier(name, out / name, earlier) for name in all_names()]
        typer.echo(f"\n{publish([assessment for assessment in assessments if assessment], out)}")
    left_out = [name for name in chosen if name not in tested]
    if left_out:
        typer.echo(f"Not tested: {', '.join(left_out)}; see the messages above.", err=True)
        raise typer.Exit(1)


def _run(name: str, folder: Path, data_dir: Path | None, jobs: int | None, dask: str | None) -> bool:
    """Run a claim's experiment in its own process: experiments differ in how TensorFlow is started."""
    import subprocess

    values = {"--data-dir": data_dir, "--jobs": jobs, "--dask": dask}
    options = [text for option, value in values.items() if value is not None for text in (option, str(value))]
    command = [sys.executable, "-m", "dropout_lab", "run", f"claims/{name}", "--out", str(folder), *options]
    code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode  # noqa: S603 - our own program
    if code == INTERRUPTED or code < 0:
        raise typer.Exit(INTERRUPTED)
    return code in (0, 1) and _finished(folder)  # 1: some trials failed; the verdict takes that into account


def _finished(folder: Path) -> bool:
    """Tell whether a directory holds all trials of its experiment."""
    from dropout_lab import results
    from dropout_lab.plan import plan

    if not (folder / "trials.csv").is_file():
        return False
    return len(results.finished_trials(folder)) == len(plan(results.saved_experiment(folder)))


def _from_earlier(name: str, folder: Path, earlier: Collection[str]) -> Assessment | None:
    """Return the assessment of a claim that an earlier run finished: it stays on the page."""
    from dropout_lab.claims.assessment import claim_named, read_assessment

    if claim_named(name).fact:
        return _check_fact(name) if name in earlier else None
    return read_assessment(name, folder) if _finished(folder) else None


def _check_fact(name: str) -> Assessment:
    from dropout_lab.claims.assessment import Assessment, claim_named
    from dropout_lab.engines import runtime

    runtime.start(1)
    from dropout_lab.claims.layer_properties import FACTS

    claim = claim_named(name)
    fact = FACTS[str(claim.fact)]()
    return Assessment(name, claim, fact.verdict, fact.sentence, (), None)


def _print(assessment: Assessment) -> None:
    import textwrap

    typer.echo(f"\n{assessment.name}: {assessment.verdict}")
    for text in (assessment.claim.says, assessment.sentence):
        typer.echo(textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  "))
