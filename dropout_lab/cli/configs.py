"""``configs list|show|check|metrics|schema|copy``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropout_lab.cli.options import Config
from dropout_lab.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from dropout_lab.config import Experiment

__all__ = ["configs_app"]

configs_app = typer.Typer(help="List, print, check and copy configs.", no_args_is_help=True)


@configs_app.command("list")
def configs_list() -> None:
    """List the bundled configs, each with a short description."""
    from dropout_lab.config import bundled_configs

    names = bundled_configs.names()
    for name in names:
        first = bundled_configs.path(name).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        typer.echo(f"{name:<{max(map(len, names))}}  {first}")


@configs_app.command("show")
def configs_show(
    config: Config,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Include everything it extends, and all defaults.")
    ] = False,
) -> None:
    """Print a config."""
    from dropout_lab.config import as_yaml, load, locate, read_text

    typer.echo(as_yaml(load(config)) if resolved else read_text(locate(config)), nl=False)


@configs_app.command("check")
def configs_check(configs: Annotated[list[str], typer.Argument(metavar="CONFIG...")]) -> None:
    """Check configs without running them, and report every problem."""
    from dropout_lab.config import load, load_claim, warnings_of

    problems: list[str] = []
    for config in configs:
        try:
            claim = load_claim(config)
            warnings: list[str] = []
            if claim is None or claim.fact is None:
                experiment = load(config)
                warnings = warnings_of(experiment)
                _check_builder(experiment)
            typer.echo(f"{config}: ok")
            for warning in warnings:
                typer.echo(f"{config}: warning: {warning}", err=True)
        except ConfigError as error:
            problems += error.problems
        except ModelError as error:
            problems.append(f"{config}: {error}")
    if problems:
        raise ConfigError(problems)


def _check_builder(experiment: Experiment) -> None:
    """Import the function that builds the model, if the config names one."""
    from dropout_lab.config.model import OwnModel

    if isinstance(experiment.model, OwnModel):
        from dropout_lab.engines import check_builder

        check_builder(experiment)


@configs_app.command("metrics")
def configs_metrics() -> None:
    """List the metrics: those of every result, and those that evaluation.metrics adds."""
    from itertools import groupby

    from dropout_lab.metrics.registry import METRICS

    when = {
        "always": "in every result",
        "monte_carlo": "with evaluation.monte_carlo",
        "on request": "if evaluation.metrics names them",
    }
    for (task, measured), metrics in groupby(METRICS.values(), lambda metric: (metric.task, metric.measured)):
        typer.echo(f"{task.capitalize()}, {when[measured]}:")
        for metric in metrics:
            better = "higher" if metric.sign > 0 else "lower"
            typer.echo(f"  {metric.name:<{max(map(len, METRICS))}}  {better:<6} is better  {metric.meaning}")


@configs_app.command("schema")
def configs_schema() -> None:
    """Print the JSON Schema of config files, for editors."""
    import json

    from dropout_lab.config import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@configs_app.command("copy")
def configs_copy(
    config: Config,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="New file; it must not exist yet.")],
) -> None:
    """Copy a config as a starting point for your own, with everything it extends written out."""
    from dropout_lab.config import as_yaml, load, locate, read_text
    from dropout_lab.config.schema import safe_name
    from dropout_lab.config.yaml_document import parse

    source = locate(config)
    text = read_text(source)
    content = parse(text, str(source)).data
    elsewhere = source.parent.resolve() != target.parent.resolve()
    if "extends" in content or (elsewhere and _names_files(load(config))):
        experiment = load(config).model_copy(update={"name": safe_name(Path(target.name))})
        text = f"# Made from {config}.\n{as_yaml(experiment, target.parent)}"
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError([f"{target}: already exists: name another file"]) from None
    except OSError as error:
        raise ConfigError([f"{target}: cannot be written: {error.strerror}"]) from None
    typer.echo(f"{target}: run it with 'dropout-lab run {target}'")


def _names_files(experiment: Experiment) -> bool:
    """Tell whether an experiment's data or model are in the user's files."""
    from dropout_lab.config.data_files import FILES
    from dropout_lab.config.model import OwnModel

    return isinstance(experiment.model, OwnModel) or not FILES.isdisjoint(type(experiment.dataset).model_fields)
