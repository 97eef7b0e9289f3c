"""The command line: parse, one call, exit code. Everything slow is imported inside the command that needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dropout_lab import __version__
from dropout_lab.errors import ConfigError, DropoutLabError
from dropout_lab.interrupt import INTERRUPTED, exit_at_once, stopping

if TYPE_CHECKING:
    from dropout_lab.config import Experiment
    from dropout_lab.run import Outlook

__all__ = ["main"]

_SOME_FAILED, _WRONG_INPUT = 1, 2

app = typer.Typer(
    name="dropout-lab",
    help="Which dropout rate should I use? Paired, repeatable dropout experiments from one YAML file.",
    epilog="Start with: dropout-lab sweep --rates 0:0.9:0.1",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
configs_app = typer.Typer(help="The configs that come with the program, and your own.", no_args_is_help=True)
data_app = typer.Typer(help="The data sets.", no_args_is_help=True)
app.add_typer(configs_app, name="configs", rich_help_panel=None)
app.add_typer(data_app, name="data")

Config = Annotated[
    str, typer.Argument(metavar="CONFIG", help="A file, or the name of a shipped config (sonar/hidden).")
]
Set = Annotated[
    list[str],
    typer.Option("--set", "-S", metavar="KEY=VALUE", help="Change a setting: training.epochs=50. Repeatable."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Output directory. Default: results/NAME, or NAME-sweep."),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Where data lie. Default: $DROPOUT_LAB_DATA, else ./data."),
]
Engine = Annotated[
    str | None, typer.Option("--engine", metavar="auto|stacked|keras", help="How trials are trained. Default: auto.")
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, max=256, help="Blocks of trials trained at once. Default: by the engine.")
]
Repeats = Annotated[int | None, typer.Option("--repeats", help="Repeat the cross-validation with new folds.")]
Folds = Annotated[int | None, typer.Option("--folds", help="Number of folds.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of all but the folds (evaluation.split_seed).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; train and write nothing.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Rename old results in the output directory and start anew.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and notices only.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"dropout-lab {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ] = False,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show the traceback of an error.")] = False,
) -> None:
    """Options that every command understands."""


@app.command()
def run(
    config: Config,
    set_: Set = [],  # noqa: B006 - Typer makes a new list
    out: Out = None,
    data_dir: DataDir = None,
    engine: Engine = None,
    jobs: Jobs = None,
    repeats: Repeats = None,
    folds: Folds = None,
    seed: Seed = None,
    dry_run: DryRun = False,
    fresh: Fresh = False,
    quiet: Quiet = False,
) -> None:
    """Cross-validate one experiment. The same command again goes on where it stopped."""
    experiment = _load(config, set_, engine, repeats, folds, seed, None)
    _run(experiment, out, data_dir, jobs, dry_run, fresh, quiet)


@app.command()
def sweep(
    config: Config = "quickstart",
    rates: Annotated[
        str | None,
        typer.Option(
            metavar="RATES",
            help="start:stop:step with both ends, or a list. Default: the config's, else 0:0.9:0.1.",
        ),
    ] = None,
    set_: Set = [],  # noqa: B006 - Typer makes a new list
    out: Out = None,
    data_dir: DataDir = None,
    engine: Engine = None,
    jobs: Jobs = None,
    repeats: Repeats = None,
    folds: Folds = None,
    seed: Seed = None,
    dry_run: DryRun = False,
    fresh: Fresh = False,
    quiet: Quiet = False,
) -> None:
    """Cross-validate an experiment at every rate. Without CONFIG: the quickstart, on data that need no download."""
    experiment = _load(config, set_, engine, repeats, folds, seed, rates)
    if not experiment.sweep:
        experiment = _load(config, set_, engine, repeats, folds, seed, "0:0.9:0.1")
    _run(experiment, out, data_dir, jobs, dry_run, fresh, quiet)


@app.command()
def show(directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory of results.")]) -> None:
    """Print the table of a result again."""
    from dropout_lab import results
    from dropout_lab.plan import plan

    trials = results.read_trials(directory)
    experiment = results.saved_experiment(directory)
    _print_table(experiment, trials)
    missing = len(plan(experiment)) - len(trials)
    if missing:
        typer.echo(
            f"{missing} of {len(plan(experiment))} trainings are not finished: the command that began them goes on."
        )


@configs_app.command("list")
def configs_list() -> None:
    """List the shipped configs, each with its first line."""
    from dropout_lab.config import shipped

    names = shipped.names()
    for name in names:
        first = shipped.path(name).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        typer.echo(f"{name:<{max(map(len, names))}}  {first}")


@configs_app.command("show")
def configs_show(
    config: Config,
    resolved: Annotated[bool, typer.Option("--resolved", help="With everything it extends, and all defaults.")] = False,
) -> None:
    """Print a config."""
    from dropout_lab.config import as_yaml, load, locate

    typer.echo(as_yaml(load(config)) if resolved else locate(config).read_text(encoding="utf-8"), nl=False)


@configs_app.command("check")
def configs_check(configs: Annotated[list[str], typer.Argument(metavar="CONFIG...")]) -> None:
    """Check configs without running them; report every problem."""
    from dropout_lab.config import load

    problems: list[str] = []
    for config in configs:
        try:
            load(config)
            typer.echo(f"{config}: ok")
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)


@configs_app.command("schema")
def configs_schema() -> None:
    """Print the JSON Schema of a config, for editors."""
    import json

    from dropout_lab.config import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@configs_app.command("copy")
def configs_copy(
    config: Config,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The new file; it must not exist.")],
) -> None:
    """Copy a config, with everything it extends written out, to start your own from."""
    from dropout_lab.config import as_yaml, load, locate

    source = locate(config)
    text = source.read_text(encoding="utf-8")
    if any(line.startswith("extends:") for line in text.splitlines()):
        text = f"# Made from {config}.\n{as_yaml(load(config).model_copy(update={'name': _stem(target)}))}"
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError([f"{target}: exists already: name a new file"]) from None
    except OSError as error:
        raise ConfigError([f"{target}: cannot be written: {error.strerror}"]) from None
    typer.echo(f"{target}: run it with 'dropout-lab run {target}'")


@data_app.command("list")
def data_list(data_dir: DataDir = None) -> None:
    """List the data sets and where each comes from."""
    from dropout_lab import datasets

    folder = datasets.data_folder(data_dir)
    for name in datasets.DATASETS:
        files = datasets.local_files(name, folder)
        if name in datasets.FILES and not files:
            typer.echo(
                f"{name:<14} not in {folder} yet: 'dropout-lab data fetch {name}', or the first run, downloads it"
            )
            continue
        data = datasets.load(name, folder)
        rows, inputs = data.features.shape
        typer.echo(f"{name:<14} {rows:>5} rows {inputs:>3} inputs {len(data.classes):>3} classes   {data.source}")


@data_app.command("fetch")
def data_fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...")],
    data_dir: DataDir = None,
) -> None:
    """Download and verify data sets that are not there yet."""
    from dropout_lab import datasets

    for name in names:
        data = datasets.load(name, datasets.data_folder(data_dir))
        typer.echo(f"{name}: {len(data.labels)} rows, {data.source}")


@data_app.command("check")
def data_check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]")] = None, data_dir: DataDir = None
) -> None:
    """Verify the data sets that are there; without NAME, all of them."""
    from dropout_lab import datasets

    folder = datasets.data_folder(data_dir)
    for name in names or list(datasets.DATASETS):
        if name in datasets.FILES and not datasets.local_files(name, folder):
            typer.echo(f"{name}: not in {folder}")
            continue
        data = datasets.load(name, folder)
        typer.echo(f"{name}: ok, {len(data.labels)} rows, sha256 of the values {datasets.checksum(data)[:16]}...")


def _load(
    config: str,
    settings: list[str],
    engine: str | None,
    repeats: int | None,
    folds: int | None,
    seed: int | None,
    rates: str | None,
) -> Experiment:
    from dropout_lab.config import load, option, setting
    from dropout_lab.rates import parse_rates

    options: dict[str, tuple[str, Any]] = {
        "--engine": ("engine", engine),
        "--repeats": ("evaluation.repeats", repeats),
        "--folds": ("evaluation.folds", folds),
        "--seed": ("evaluation.seed", seed),
    }
    changes = [setting(text) for text in settings]
    changes += [option(flag, key.split("."), value) for flag, (key, value) in options.items() if value is not None]
    if rates is not None:
        changes.append(option("--rates", ["sweep", "dropout.rate"], list(parse_rates(rates))))
    return load(config, changes)


def _run(
    experiment: Experiment,
    out: Path | None,
    data_dir: Path | None,
    jobs: int | None,
    dry_run: bool,
    fresh: bool,
    quiet: bool,
) -> None:
    import shlex

    from rich.console import Console

    from dropout_lab import engines
    from dropout_lab.datasets import data_folder
    from dropout_lab.run import Request, outlook
    from dropout_lab.run import run as run_experiment

    experiment, why = engines.choose(experiment)
    folder = out or Path("results", experiment.name + ("-sweep" if experiment.sweep else ""))
    command = shlex.join(["dropout-lab", *sys.argv[1:]])
    request = Request(experiment, folder, data_folder(data_dir), jobs, fresh, command)
    if dry_run:
        _print_outlook(outlook(request), why)
        return
    from dropout_lab.report.progress import watcher

    with stopping() as stop, watcher(Console(stderr=True), quiet) as watch:
        finished = run_experiment(request, watch, stop)
    if not finished:
        typer.echo(f"Stopped. What finished is in {folder}; the same command goes on from there.", err=True)
        raise typer.Exit(INTERRUPTED)
    from dropout_lab.results import read_trials

    trials = read_trials(folder)
    if not quiet:
        _print_table(experiment, trials)
        typer.echo(f"{len(trials)} rows in {folder / 'trials.csv'}")
    if (trials["status"] != "ok").any():
        raise typer.Exit(_SOME_FAILED)


def _print_outlook(outlook: Outlook, why: str) -> None:
    experiment = outlook.request.experiment
    done = len(outlook.trials) - len(outlook.missing)
    rates = experiment.sweep.get("dropout.rate", (experiment.dropout.rate,))
    lines = {
        "experiment": experiment.name,
        "data": experiment.dataset.name,
        "rates": ", ".join(f"{rate:g}" for rate in rates),
        "trainings": f"{len(outlook.trials)} = {len(rates)} rates x {experiment.evaluation.repeats} repeats "
        f"x {experiment.evaluation.folds} folds, {experiment.training.epochs} epochs each",
        "finished": f"{done}, so {len(outlook.missing)} to train",
        "engine": experiment.engine + (f" ({why})" if why else ""),
        "output": f"{outlook.request.out}/",
    }
    for name, text in lines.items():
        typer.echo(f"{name + ':':<12}{text}")


def _print_table(experiment: Experiment, trials: Any) -> None:
    from rich.console import Console

    from dropout_lab.report.table import summary_table
    from dropout_lab.stats import summarize

    Console(highlight=False).print(summary_table(experiment, summarize(trials)))


def _stem(path: Path) -> str:
    from dropout_lab.config.schema import safe_name

    return safe_name(Path(path.name))


def main() -> None:
    """Run the command line; what a user can mend is one message and exit code 2, never a traceback."""
    everywhere = {"--traceback", "--version"}  # understood behind any command
    arguments = sys.argv[1:]
    front = [each for each in arguments if each in everywhere]
    exit_at_once()
    try:
        app([*front, *(each for each in arguments if each not in everywhere)])
    except DropoutLabError as error:
        if "--traceback" in front:
            raise
        lines = error.problems if isinstance(error, ConfigError) else (str(error),)
        for line in lines:
            print(f"error: {line}", file=sys.stderr)  # noqa: T201 - the one place where errors are shown
        sys.exit(_WRONG_INPUT)
