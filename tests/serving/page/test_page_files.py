"""The page as files: what is served, what it may do, and that it takes nothing from elsewhere."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from emotion.report.palette import colours, described, in_order
from emotion.serving.api.app import PAGE, create_app
from emotion.stores.answers import SHARES
from tests.report.parsed import Page
from tests.serving.made import Fake

STATIC = PAGE / "static"
SCRIPTS = sorted(STATIC.rglob("*.js"))
FILES = [PAGE / "index.html", *SCRIPTS, *sorted(STATIC.glob("*.css")), *sorted(STATIC.glob("*.svg"))]


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Fake())) as client:
        yield client


def named(path: Path) -> str:
    return str(path.relative_to(PAGE))


def code(path: Path) -> str:
    """A script without what it says of itself."""
    return re.sub(r"/\*.*?\*/|(?<=\s)//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_page_says_what_its_shares_are() -> None:
    assert SHARES in (PAGE / "index.html").read_text(encoding="utf-8")


def test_the_page_and_all_it_names_are_served(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    page = Page(answer.text)
    named = [a[key] for tag in ("link", "script", "a") for a in page.all(tag) for key in ("href", "src") if a.get(key)]
    addresses = [address for address in named if address and not address.startswith("#")]
    assert "static/main.js" in addresses
    for address in addresses:
        assert client.get(urljoin("/", address)).status_code == 200, address


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_every_module_imports_files_that_are_there(script: Path, client: TestClient) -> None:
    here = f"/{named(script)}"
    assert client.get(here).headers["content-type"].startswith("text/javascript")
    for module in re.findall(r'^import .*? from "([^"]+)";', script.read_text(encoding="utf-8"), re.MULTILINE):
        assert client.get(urljoin(here, module)).status_code == 200, module


def test_no_module_is_left_over() -> None:
    reached, waiting = set(), [STATIC / "main.js"]
    while waiting:
        script = waiting.pop()
        if script not in reached:
            reached.add(script)
            names = re.findall(r' from "([^"]+)";', script.read_text(encoding="utf-8"))
            waiting += [(script.parent / name).resolve() for name in names]
    assert sorted(named(script) for script in reached) == [named(script) for script in SCRIPTS]


def test_the_policy_lets_only_the_pages_own_files_run(client: TestClient) -> None:
    for path in ("/", "/static/main.js", "/static/plotly.min.js", "/static/palette.json"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.]+", text) == []


def test_the_page_holds_neither_scripts_nor_styles_of_its_own() -> None:
    page = Page((PAGE / "index.html").read_text(encoding="utf-8"))
    assert [a for a in page.all("script") if not a.get("src")] == []
    assert page.all("style") == []
    assert [(tag, key) for tag, a in page.tags for key in a if key.startswith("on") or key == "style"] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_no_script_reads_text_as_markup_or_as_code(script: Path) -> None:
    dangerous = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc\s*=|createContextualFragment|DOMParser"
    assert re.findall(dangerous + r"|\beval\(|new Function|localStorage|document\.cookie", code(script)) == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_of_the_page_holds_one_idea(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 300
    assert path.suffix != ".js" or lines[0].startswith("/** ")


def test_plotly_comes_from_its_wheel_and_small(client: TestClient) -> None:
    from plotly.offline import get_plotlyjs

    answer = client.get("/static/plotly.min.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith(get_plotlyjs()[:200].replace("\r\n", "\n"))
    assert len(gzip.compress(answer.content, 1)) < len(answer.content) / 2
    assert client.get("/static/plotly.min.js", headers={"Accept-Encoding": "identity"}).content == answer.content
    known = {"If-None-Match": answer.headers["etag"]}
    assert client.get("/static/plotly.min.js", headers=known).status_code == 304
    # What writes style elements is kept from it by an id that the page has, or taken out.
    assert len(re.findall(r'(?<!if\(false\)\{var e=document\.)createElement\("style"\)', answer.text)) == 1
    assert 'id="plotly.js-style-global" class="no-inline-styles"' in client.get("/").text


def test_a_new_version_is_seen_at_once(client: TestClient) -> None:
    for path in ("/", "/static/main.js", "/static/report.css"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-cache"


def test_style_and_colours_are_those_of_the_reports(client: TestClient) -> None:
    assert client.get("/static/report.css").text == (PAGE.parents[1] / "report" / "report.css").read_text("utf-8")
    palette = client.get("/static/palette.json").json()
    assert palette == described()
    assert list(palette["known"]) == in_order(palette["known"])
    assert palette["known"] == colours(palette["known"])


@pytest.mark.parametrize("path", ["..%2findex.html", "../index.html", "nothing.js", "%2e%2e/%2e%2e/api/app.py"])
def test_only_the_pages_files_are_below_static(path: str, client: TestClient) -> None:
    assert client.get(f"/static/{path}").status_code == 404 or "<title>Emotion" in client.get(f"/static/{path}").text
