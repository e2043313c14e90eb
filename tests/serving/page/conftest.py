"""One API over a small store with the shipped model, and one browser, for all tests of the page."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings
from emotion.stores.document import schema
from tests.hostile import BROWSER, HOSTILE
from tests.made_store import LABELS, NOON, PROFILE_LABELS, Made, make_documents, make_store
from tests.serving.page.served import Plain, running

AXE = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1200, "height": 900}}
DARK_TELEPHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark",
}  # fmt: skip
SAID = {
    "joy": ("What a day, so happy 😀", "lantern"),
    "fear": ("I am scared of the storm", "storm"),
    "anger": ("so angry, where were the sirens", "storm"),
    "sadness": ("I miss the old harbour", "harbour"),
    "love": ("love you all", "lantern"),
}


@dataclass
class Site:
    """What is served: its address, its store, its model."""

    url: str
    store: Path
    models: Plain
    arrived: int = field(default=0)

    def arrive(self, *texts: str, emotion: str = "joy") -> None:
        """A crawler brings tweets, each newer than all before."""
        self.arrived += 1
        made = [
            Made(f"new-{self.arrived}-{n}", text, emotion, at=NOON + timedelta(days=40, minutes=self.arrived))
            for n, text in enumerate(texts)
        ]
        folder = self.store / "month=2021-04"
        table = make_documents(made).select(schema(LABELS, PROFILE_LABELS).names)
        pq.write_table(table, self.store / "writing")
        (self.store / "writing").rename(folder / f"live-{self.arrived:06}.parquet")


@dataclass
class Seen:
    """A page in the browser, and what it complained of."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)


Open = Callable[..., Seen]


def everyday() -> list[Made]:
    """Thirty days of tweets; one of them full of fear."""
    made = [
        Made(f"{emotion}-{day}-{n}", f"{text} {n}", emotion, n != 1, at=NOON + timedelta(days=day, hours=n),
             hashtags=[tag], user=f"user{n}", score=0.5 + n / 10, profile=[emotion])
        for day in range(30)
        for emotion, (text, tag) in SAID.items()
        for n in range(3)
    ]  # fmt: skip
    return made + [
        Made(
            f"storm-{n}",
            f"scared of the water, {n}",
            "fear",
            at=NOON + timedelta(days=12, minutes=n),
            hashtags=["storm"],
        )
        for n in range(60)
    ]


def hostile() -> list[Made]:
    """Tweets, users, hashtags that try to run, newest of all."""
    return [
        Made(
            f"hostile-{n}",
            f"scared {text}",
            "fear",
            at=NOON + timedelta(days=31, minutes=n),
            hashtags=[text],
            user=text,
        )
        for n, text in enumerate(HOSTILE)
    ]


@pytest.fixture(scope="session")
def models() -> Plain:
    return Plain()


@pytest.fixture(scope="session")
def site(models: Plain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    store = make_store(tmp_path_factory.mktemp("page") / "store", [*everyday(), *hostile()])
    with running(create_app(models, ApiSettings(store=str(store)))) as url:
        yield Site(url, store, models)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def view(browser: Browser) -> Iterator[Open]:
    """Opens addresses, each in a profile of its own; what a page complains of fails the test at the end."""
    seen: list[Seen] = []
    with ExitStack() as stack:

        def opened(address: str, *, blank: bool = False, **options: Any) -> Seen:
            context = browser.new_context(**(options or DESKTOP))
            stack.callback(context.close)
            context.set_default_timeout(60_000)
            seen.append(Seen(context.new_page()))
            page = seen[-1].page
            page.on("console", seen[-1].told)
            page.on("pageerror", lambda error: seen[-1].wrong.append(str(error)))
            if not blank:
                page.goto(address)
            return seen[-1]

        yield opened
        assert [each.wrong for each in seen if each.wrong] == []


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """axe-core from npm, kept in build/ from one run to the next."""
    folder = root / "build" / f"axe-core-{AXE}"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        if (npm := shutil.which("npm")) is None:
            pytest.skip("npm is not installed")
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "install", "--prefix", folder, *quiet, f"axe-core@{AXE}"], check=True, timeout=240)
    source = script.read_text(encoding="utf-8")
    assert hashlib.sha256(source.encode()).hexdigest() == AXE_SHA256
    return source
