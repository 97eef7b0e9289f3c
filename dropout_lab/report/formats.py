"""Summaries as text for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from dropout_lab.analysis.headline import headline
from dropout_lab.analysis.study import Study
from dropout_lab.report.comparison import comparison, names_of
from dropout_lab.report.text_table import TextTable, difference_grid, summary_grid

__all__ = ["FORMATS"]


def _csv(studies: Sequence[Study]) -> str:
    """Write the summaries one below the other; if there are several, the first column names the result."""
    if len(studies) == 1:
        return studies[0].summary.to_csv(index=False)
    named = zip(names_of(studies), studies, strict=True)
    frames = [study.summary.assign(result=name) for name, study in named]
    table = pd.concat(frames, ignore_index=True)
    return table[["result", *(column for column in table if column != "result")]].to_csv(index=False)


def _json(studies: Sequence[Study]) -> str:
    results = [_object(name, study) for name, study in zip(names_of(studies), studies, strict=True)]
    return json.dumps(results[0] if len(results) == 1 else results, indent=2, ensure_ascii=False) + "\n"


def _object(name: str, study: Study) -> dict[str, Any]:
    sentence, details = headline(study)
    return {
        "result": name,
        "data": study.experiment.dataset.name,
        "trials": len(study.trials),
        "missing": study.missing,
        "metric": study.scale.name,
        "outcome": study.verdict.outcome if study.verdict else None,
        "verdict": [sentence, *details],
        "summary": json.loads(study.summary.to_json(orient="records", double_precision=15)),
    }


def _markdown(studies: Sequence[Study]) -> str:
    parts: list[str] = []
    for name, study in zip(names_of(studies), studies, strict=True):
        sentence, details = headline(study)
        parts += [f"## {name}", f"**{sentence}** {' '.join(details)}".rstrip()]
        if not study.succeeded.empty:
            grids = (summary_grid(study), difference_grid(study))
            parts += [_table(grid) for grid in grids if grid]
    if len(studies) > 1:
        together = comparison(studies)
        parts += [f"**{banner.title}.** {' '.join(banner.lines)}" for banner in together.banners]
        parts += [_table(grid) for grid in together.tables]
    return "\n\n".join(parts) + "\n"


def _table(grid: TextTable) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    return "\n".join([line(grid.head), line(["---"] * len(grid.head)), *map(line, grid.rows)])


FORMATS: dict[str, Callable[[Sequence[Study]], str]] = {"csv": _csv, "json": _json, "md": _markdown}
"""Functions from results to text; see `terminal` for ``table``."""
