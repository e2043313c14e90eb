"""What tests of the page in real Chromium share: which views there are, and when they show all they have."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.hostile import BROWSER

MARKS = [
    pytest.mark.live,
    pytest.mark.skipif(BROWSER is None, reason="no chromium is installed"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # playwright's own pipes
]

LIST = "#tweets ~ .panel-body .stream li"
STATES = {
    "try": ("?text=I+miss+you+so+much", ".verdict"),
    "live": ("?view=live", ".stream li"),
    "store": ("?view=store", LIST),
    "chosen": ("?view=store&emotion=fear&since=2021-03-20&until=2021-03-28&kind=words", LIST),
    "model": ("?view=model", ".prose"),
}  # fmt: skip
SLOW = 60_000  # ms; how long a machine that does much else may take


def asked(page: Page) -> dict[str, str]:
    """What the address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def tweets(page: Page) -> int:
    """The number of tweets at the head of the dashboard."""
    return int(page.locator(".numbers dd").first.inner_text().replace(",", ""))


def whole(page: Page, name: str) -> None:
    """Wait until a view shows all that it has."""
    page.wait_for_selector(STATES[name][1])
    if name in ("store", "chosen"):
        page.wait_for_selector("#timeline .main-svg")
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=SLOW)
