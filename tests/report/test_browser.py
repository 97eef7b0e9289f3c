"""The page as a reader meets it: in a real browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page
from report.made import result, rewrite

from dropout_lab.report.publish import publish

ATTACK = "</script></style><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>\"'& javascript:alert(1)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
COLORS = "element => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor]"
Visit = Callable[..., Page]


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a page of each kind."""
    root = tmp_path_factory.mktemp("pages")
    whole = result(root / "whole", {"training.epochs": 5, "evaluation.folds": 10})
    half = result(
        root / "half",
        {"sweep": {"dropout.rate": [round(step / 10, 1) for step in range(10)]}},
        trains=lambda trial: trial.experiment.dropout.rate < 0.7,
        diverges=lambda trial: trial.experiment.dropout.rate == 0.6,
        data={"note": "these rows are made up, and whoever shows results from them says so"},
    )
    single = result(root / "single", {"sweep": {}})
    failed = result(root / "failed", diverges=lambda trial: True)
    return {
        "whole": publish([whole]).page,
        "half": publish([half]).page,
        "single": publish([single]).page,
        "failed": publish([failed]).page,
        "several": publish([whole, half, failed], root / "several").page,
    }


def luminance(color: str) -> float:
    """Return the relative luminance of an ``rgb(...)`` color, after WCAG 2."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def edges(element: Locator) -> tuple[float, float]:
    """Return where an element begins and ends from left to right, in pixels."""
    box = element.bounding_box()
    assert box
    return box["x"], box["x"] + box["width"]


@pytest.mark.parametrize("kind", ["whole", "half", "single", "several"])
def test_every_picture_has_a_size_and_a_text_for_those_who_do_not_see_it(
    pages: dict[str, Path], visit: Visit, kind: str
) -> None:
    page = visit(pages[kind])
    pictures = page.locator("figure svg").all()
    assert len(pictures) >= 3
    for picture in pictures:
        box = picture.bounding_box()
        assert box
        assert box["width"] > 250
        assert box["height"] > 100
        assert picture.get_attribute("role") == "img"
        assert len(picture.get_attribute("aria-label") or "") > 40
    assert page.locator("figure").count() == page.locator("figure > figcaption").count() == len(pictures)
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("kind", ["half", "several"])
def test_nothing_but_the_file_itself_is_asked_for_and_the_console_is_silent(
    pages: dict[str, Path], browser: Browser, kind: str
) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(pages[kind].as_uri())
    page.close()
    assert asked == [pages[kind].as_uri()]
    assert said == []


def test_the_page_is_whole_where_nothing_lies_beside_it(pages: dict[str, Path], visit: Visit, tmp_path: Path) -> None:
    alone = tmp_path / "alone.html"
    alone.write_bytes(pages["whole"].read_bytes())
    assert visit(alone).locator("figure svg").count() == visit(pages["whole"]).locator("figure svg").count()


@pytest.mark.parametrize("kind", ["whole", "half", "single", "failed", "several"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(pages: dict[str, Path], visit: Visit, kind: str) -> None:
    page = visit(pages[kind], width=360)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate("[...document.querySelectorAll('details')].map(each => { each.open = true }).length") >= 0
    assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("width", [360, 800, 1000, 1150, 1400])
@pytest.mark.parametrize("kind", ["whole", "single", "several"])
def test_figures_fill_the_page_in_two_columns_from_1000_pixels_on_and_in_one_below(
    pages: dict[str, Path], visit: Visit, kind: str, width: int
) -> None:
    page = visit(pages[kind], width=width)
    assert page.evaluate(OVERFLOW) <= 0
    left, right = edges(page.locator("main"))
    columns = 2 if width >= 1000 else 1
    for block in page.locator(".figures").all():
        rows: dict[float, list[tuple[float, float]]] = {}
        for figure in block.locator("figure").all():
            rows.setdefault(figure.evaluate("figure => figure.getBoundingClientRect().top"), []).append(edges(figure))
        full, odd = divmod(block.locator("figure").count(), columns)
        assert [len(row) for row in rows.values()] == [columns] * full + [1] * odd
        for row in rows.values():
            assert (row[0][0], row[-1][1]) == pytest.approx((left, right))
            assert all(before[1] < after[0] for before, after in itertools.pairwise(row))


def test_a_wide_table_scrolls_within_its_box_and_can_be_reached_by_keyboard(
    pages: dict[str, Path], visit: Visit
) -> None:
    box = visit(pages["whole"], width=360).locator(".scroll").first
    assert box.evaluate("element => element.scrollWidth > element.clientWidth")
    assert box.get_attribute("tabindex") == "0"


def test_on_a_phone_the_text_in_figures_is_at_least_9_pixels_high(pages: dict[str, Path], visit: Visit) -> None:
    page = visit(pages["whole"], width=360)
    for picture in page.locator("figure svg").all():
        drawn = picture.evaluate(
            "svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
            " * Math.min(...[...svg.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)))"
        )
        assert drawn >= 9


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["half", "several"])
def test_text_stands_out_from_its_background_by_day_and_by_night(
    pages: dict[str, Path], visit: Visit, kind: str, scheme: str
) -> None:
    page = visit(pages[kind], scheme=scheme)
    ink, paper = page.locator("body").evaluate(COLORS)
    assert (luminance(paper) < 0.02) == (scheme == "dark")
    assert contrast(ink, paper) > 7
    for card in ("figure", ".verdict", ".banner", ".scroll"):
        over, under = page.locator(card).first.evaluate(COLORS)
        assert contrast(over, under) > 7, card
    surface = page.locator("figure").first.evaluate(COLORS)[1]
    fills = "svg => [...svg.querySelectorAll('text')].map(text => getComputedStyle(text).fill)"
    for picture in page.locator("figure svg").all():
        assert min(contrast(fill, surface) for fill in picture.evaluate(fills)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["half", "several"])
def test_axe_finds_nothing_that_shuts_a_reader_out(
    pages: dict[str, Path], visit: Visit, kind: str, scheme: str
) -> None:
    page = visit(pages[kind], scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []


def test_paper_is_white_whatever_the_screen_is(pages: dict[str, Path], visit: Visit) -> None:
    page = visit(pages["whole"], width=794, scheme="dark")
    page.emulate_media(media="print")
    ink, paper = page.locator("body").evaluate(COLORS)
    assert paper == "rgb(255, 255, 255)"
    assert luminance(ink) < 0.05
    assert luminance(page.locator("figure").first.evaluate(COLORS)[1]) > 0.9
    assert page.locator("pre").first.evaluate("element => getComputedStyle(element).whiteSpace") == "pre-wrap"
    assert page.evaluate(OVERFLOW) <= 0


def test_text_that_attacks_stays_text(visit: Visit, tmp_path: Path) -> None:
    folder = result(
        tmp_path / "<img src=x onerror=alert(1)>&",
        diverges=lambda trial: trial.fold == 0,
        data={"note": ATTACK, "classes": [ATTACK, "b"], "source": ATTACK, "checksum": ATTACK, "name": ATTACK},
        starts=[{"command": ATTACK, "versions": {ATTACK: ATTACK}, "processor": ATTACK, "began": ATTACK}],
    )
    rewrite(folder, "trials.csv", "reason", lambda table: [ATTACK] * len(table))
    other = result(tmp_path / "other", data={"note": ATTACK})
    for published in (publish([folder]), publish([folder, other], tmp_path / "several")):
        page = visit(published.page)
        assert page.evaluate("window.hit") is None
        assert (
            page.locator("script, img, iframe, object, embed, [onerror], [onload], [href^='javascript']").count() == 0
        )
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        shown = page.locator("body").inner_text()
        assert ATTACK in shown
        assert str(folder) in shown
        assert page.locator("td", has_text="onerror").first.inner_text() == ATTACK
