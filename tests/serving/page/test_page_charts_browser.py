"""The charts of the page in real Chromium: what they draw of stores that have holes, or one period alone."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings
from tests.made_store import NOON, Made, make_store
from tests.serving.page.conftest import Open
from tests.serving.page.seeing import MARKS
from tests.serving.page.served import Plain, running

pytestmark = MARKS
HOLED = [
    Made(f"{emotion}-{day}", f"so much {emotion}", emotion, at=NOON + timedelta(days=day))
    for day in (0, 1, 2, 5, 8)
    for emotion in ("joy", "fear")
] + [Made(f"none-{day}", "the bus leaves", felt=False, at=NOON + timedelta(days=day)) for day in range(9)]


def drawn(page: Page) -> dict[str, dict[str, Any]]:
    """What the chart of time holds, by emotion."""
    page.wait_for_selector("#timeline:not([aria-busy]) .main-svg")
    names = ("name", "type", "x", "y", "visible")
    found = page.evaluate(
        "names => document.getElementById('timeline')._fullData.map(t => names.map(n => t[n]))", names
    )
    return {trace["name"]: trace for trace in (dict(zip(names, each, strict=True)) for each in found)}


def areas(page: Page, colours: Sequence[str]) -> list[float]:
    """How many square pixels the chart's shapes of each colour take."""
    script = """colours => colours.map(colour => {
        const shapes = [...document.querySelectorAll('#timeline path')];
        const own = shapes.filter(shape => getComputedStyle(shape).fill === colour).map(shape => shape.getBBox());
        return own.reduce((sum, box) => sum + box.width * box.height, 0);
    })"""
    found: list[float] = page.evaluate(script, colours)
    return found


def test_a_share_is_drawn_only_where_something_is_felt(models: Plain, view: Open, tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", HOLED)
    with running(create_app(models, ApiSettings(store=str(store)))) as url:
        shown = drawn(view(url + "?view=store&chart=share").page)
    assert shown["none"]["y"] == [1] * 9
    assert shown["joy"]["type"] == "bar"
    assert shown["joy"]["y"] == shown["fear"]["y"] == [50, 50, 50, None, None, 50, None, None, 50]
    assert shown["anger"]["y"] == [0, 0, 0, None, None, 0, None, None, 0]


def test_one_period_alone_is_seen_and_named(models: Plain, view: Open, tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", [*HOLED[:2], Made("none", "the bus leaves", felt=False)])
    with running(create_app(models, ApiSettings(store=str(store)))) as url:
        page = view(url + "?view=store").page
        shown = drawn(page)
        assert shown["joy"]["x"] == ["Sat 13 Mar 2021 12:00"]
        assert min(areas(page, ["rgb(230, 167, 0)", "rgb(0, 158, 115)"])) > 10_000  # joy and fear
