"""A report on disk: the page, and its figures as files of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dropout_lab.analysis.study import Study, distinct, read_study
from dropout_lab.errors import ResultsError
from dropout_lab.report.comparison import ComparisonSection, comparison, names_of
from dropout_lab.report.figures import Picture, main_pictures, pictures
from dropout_lab.report.page import MADE_BY, render
from dropout_lab.report.section import ReportSection, section
from dropout_lab.results.append_only_csv import replace_file

__all__ = ["Published", "publish"]

_PAGE, _FIGURES = "report.html", "figures"


@dataclass(frozen=True)
class Published:
    """What was written.

    Attributes
    ----------
    page : Path
    figures : tuple of Path
    sentences : tuple of (str, str)
        Each result's name and what it says.
    studies : tuple of Study
        What they were made from.
    """

    page: Path
    figures: tuple[Path, ...]
    sentences: tuple[tuple[str, str], ...]
    studies: tuple[Study, ...]


def publish(
    folders: Sequence[Path],
    out: Path | None = None,
    margin: float | None = None,
    metric: str | None = None,
    baseline: str | None = None,
) -> Published:
    """Write the report of one directory of results, or of several on one page.

    Parameters
    ----------
    folders : sequence of Path
        At least one.
    out : Path or None
        A directory, or a file ending in ``.html``. None: the directory itself, for several ``report``.
    margin : float or None
        Differences up to this are practically none; see `read_study`.
    metric : str or None
        What to conclude from; see `read_study`.
    baseline : str or None
        What to compare with; see `read_study`.

    Raises
    ------
    ResultsError
        If the metric or the baseline is not known, a directory holds no results, a file cannot be written, or is no
        report that may be written anew. All results are read before anything is written.
    """
    studies = [read_study(folder, margin, metric, baseline) for folder in distinct(folders)]
    page, folder = _places(out or (studies[0].folder if len(studies) == 1 else Path("report")))
    _check(page)
    sections, together = _one(studies[0]) if len(studies) == 1 else _several(studies)
    text = render(sections, together)
    figures = tuple(_draw(_files(sections, together), folder))
    _write(page, text)
    return Published(page, figures, tuple((each.name, each.sentence) for each in sections), tuple(studies))


def _one(study: Study) -> tuple[list[ReportSection], None]:
    return [section(study, pictures(study))], None


def _several(studies: Sequence[Study]) -> tuple[list[ReportSection], ComparisonSection]:
    named = enumerate(zip(names_of(studies), studies, strict=True), 1)
    sections = [section(study, main_pictures(study), f"result-{at}", name) for at, (name, study) in named]
    return sections, comparison(studies)


def _files(sections: Sequence[ReportSection], together: ComparisonSection | None) -> dict[str, Picture]:
    """Return all figures by the name of their files, without an ending."""
    if together is None:
        return {picture.words.name: picture for picture in sections[0].pictures}
    files = {f"{each.anchor}-{picture.words.name}": picture for each in sections for picture in each.pictures}
    return files | ({together.picture.words.name: together.picture} if together.picture else {})


def _places(out: Path) -> tuple[Path, Path]:
    """Return the page's file and its figures' folder."""
    if out.suffix == ".html":
        return out, out.with_name(f"{out.stem}-{_FIGURES}")
    return out / _PAGE, out / _FIGURES


def _check(page: Path) -> None:
    """Refuse to write over what is no report."""
    try:
        if page.exists() and MADE_BY.encode() not in page.read_bytes()[:2000]:
            raise ResultsError(f"{page}: exists and is no report: name another file or directory with --out")
    except OSError as error:
        raise ResultsError(f"{page}: cannot be written: {error.strerror}") from None


def _draw(files: dict[str, Picture], folder: Path) -> Iterator[Path]:
    for name, picture in files.items():
        for ending, content in (("png", picture.png), ("svg", picture.svg)):
            path = folder / f"{name}.{ending}"
            _write(path, content)
            yield path


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{path.parent}: cannot be made: {error.strerror}") from None
    replace_file(path, content)
