"""Let the site show pages that live outside ``docs/``: the README as its home page, and the READMEs it leads to.

On the site, a file keeps its path within the project, but without the leading ``docs/``; links are rewritten to match.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)(?=[)#])")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every file outside ``docs/`` that a page, or a page added here, links to."""
    for path in sorted(linked_files()):
        if not path.startswith("docs/"):
            files.append(File.generated(config, site_path(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite the links of a page from paths within the project to paths within the site."""
    source = project_path(page.file.src_uri)
    folder = posixpath.dirname(page.file.src_uri) or "."
    return LINK.sub(lambda link: posixpath.relpath(site_path(target(source, link[1])), folder), markdown)


def linked_files() -> set[str]:
    """Return the project's files that can be reached from the README and ``docs/`` by following links."""
    found: set[str] = set()
    ahead = ["README.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
    while ahead:
        path = ahead.pop()
        if path not in found and (ROOT / path).is_file():
            found.add(path)
            ahead.extend(links(path))
    return found


def links(path: str) -> Iterator[str]:
    """Yield the project paths that a page links to; a file that is not Markdown has none."""
    if path.endswith(".md"):
        for link in LINK.findall((ROOT / path).read_text(encoding="utf-8")):
            yield target(path, link)


def target(page: str, link: str) -> str:
    """Return the project path that a link on a page leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def site_path(path: str) -> str:
    """Return where a file of the project stands on the site."""
    return "index.md" if path == "README.md" else path.removeprefix("docs/")


def project_path(uri: str) -> str:
    """Return where a file of the site stands in the project."""
    if uri == "index.md":
        return "README.md"
    return f"docs/{uri}" if (ROOT / "docs" / uri).is_file() else uri
