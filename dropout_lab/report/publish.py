"""Write a report: the page, and each figure as PNG and SVG."""

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
from dropout_lab.results.atomic_write import replace_file

__all__ = ["Published", "publish"]

_PAGE, _FIGURES = "report.html", "figures"


@dataclass(frozen=True)
class Published:
    """The files written, and what they are about.

    Attributes
    ----------
    page : Path
    figures : tuple of Path
    sentences : tuple of (str, str)
        Each result's name and conclusion.
    studies : tuple of Study
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
        See `read_study`.
    metric : str or None
        See `read_study`.
    baseline : str or None
        See `read_study`.

    Raises
    ------
    ResultsError
        If the metric or the baseline is unknown, a directory holds no results, or a file cannot be written or is not a
        report. All results are read before anything is written.
    """
    studies = [read_study(folder, margin, metric, baseline) for folder in distinct(folders)]
    page, folder = _paths(out or (studies[0].folder if len(studies) == 1 else Path("report")))
    _check(page)
    sections, together, files = _content(studies)
    text = render(sections, together)
    figures = tuple(_save(files, folder))
    _write(page, text)
    return Published(page, figures, tuple((part.name, part.sentence) for part in sections), tuple(studies))


def _content(
    studies: Sequence[Study],
) -> tuple[list[ReportSection], ComparisonSection | None, dict[str, Picture]]:
    """Return the sections of the page, the comparison of several results, and all figures by file name."""
    if len(studies) == 1:
        only = section(studies[0], pictures(studies[0]))
        return [only], None, {picture.text.name: picture for picture in only.pictures}
    named = enumerate(zip(names_of(studies), studies, strict=True), 1)
    sections = [section(study, main_pictures(study), f"result-{number}", name) for number, (name, study) in named]
    files = {f"{part.anchor}-{picture.text.name}": picture for part in sections for picture in part.pictures}
    together = comparison(studies)
    if together.picture:
        files[together.picture.text.name] = together.picture
    return sections, together, files


def _paths(out: Path) -> tuple[Path, Path]:
    """Return the file of the page and the folder of the figures."""
    if out.suffix == ".html":
        return out, out.with_name(f"{out.stem}-{_FIGURES}")
    return out / _PAGE, out / _FIGURES


def _check(page: Path) -> None:
    """Refuse to overwrite anything but a report."""
    try:
        if page.exists() and MADE_BY.encode() not in page.read_bytes()[:2000]:
            raise ResultsError(f"{page}: exists and is not a report: choose another file or directory with --out")
    except OSError as error:
        raise ResultsError(f"{page}: cannot be written: {error.strerror}") from None


def _save(files: dict[str, Picture], folder: Path) -> Iterator[Path]:
    for name, picture in files.items():
        for extension, content in (("png", picture.png), ("svg", picture.svg)):
            path = folder / f"{name}.{extension}"
            _write(path, content)
            yield path


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{path.parent}: cannot be created: {error.strerror}") from None
    replace_file(path, content)
