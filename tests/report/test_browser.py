"""Pages in a real browser: they draw their charts, their buttons choose, and no text of strangers runs in them."""

import json
import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from emotion.evaluation.seeds import summarise
from emotion.report.comparison import write_comparison
from emotion.report.evaluation import Training, write
from emotion.report.html import data_script, document, joined
from emotion.report.page import write_report
from emotion.report.parts import chart, choice
from emotion.report.search.found import Found, Importance, Trial
from emotion.report.search.page import page as search_page
from emotion.report.skeleton import plotly_script
from emotion.report.vectors import page as vectors_page
from emotion.vectors.own.config import OwnConfig
from emotion.vectors.own.learn import Own
from emotion.vectors.own.look import look
from emotion.vectors.own.run import Made as VectorsMade
from tests.hostile import BROWSER, HOSTILE, RUN
from tests.made_store import NOON, Made, make_store
from tests.report.made_evaluation import made_comparison, made_evaluation
from tests.report.parsed import Page

pytestmark = [pytest.mark.live, pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")]


@dataclass(frozen=True)
class Seen:
    """What the browser made of a page."""

    dom: str
    console: list[str]


def opened(page: Path, folder: Path, *options: str) -> Seen:
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
    profile = folder / "profile"
    seen = ("--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom")
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", *quiet, *options,
        f"--user-data-dir={profile}", *seen, page.as_uri(),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return Seen(ran.stdout, [line for line in ran.stderr.splitlines() if "CONSOLE" in line])


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on hostile tweets, users, hashtags, words, labels and a hostile path."""
    folder = tmp_path_factory.mktemp("live")
    made = [
        Made(f"{n}-{day}", f"{text} so scared {n}", "fear", at=NOON + timedelta(days=day), hashtags=[text], user=text)
        for n, text in enumerate(HOSTILE)
        for day in range(6)
    ]
    run = {"read": 1, "labelled": 1, "skipped": {HOSTILE[1]: 0}, "dead_letters": 0, "deleted": 0}
    run |= {"duplicates": 0, "removed": 0, "documents": 1, "model": HOSTILE[0], "engine": "exact"}
    store = make_store(folder / "<img src=x onerror=1>", made, run)
    described = json.loads((store / "store.json").read_text())
    labels = {"labels": [*described["labels"], *HOSTILE], "profile_labels": [*described["profile_labels"], *HOSTILE]}
    (store / "store.json").write_text(json.dumps(described | labels))
    write_report(str(store), folder / "report.html")
    return folder / "report.html"


DARK_TELEPHONE = ("--blink-settings=preferredColorScheme=0", "--window-size=390,800")


@pytest.mark.parametrize("options", [(), DARK_TELEPHONE])
def test_charts_are_drawn_and_nothing_hostile_runs(report: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    seen = opened(report, tmp_path, *options)
    assert seen.console == []
    assert "<title>What was felt</title>" in seen.dom
    assert seen.dom.count('class="main-svg"') >= 2
    assert "heatmaplayer" in seen.dom
    assert not {"a", "img", "base", "form"} & {tag for tag, _ in Page(seen.dom).tags}


def test_an_evaluation_is_drawn_and_nothing_hostile_runs(tmp_path: Path) -> None:
    evaluation = made_evaluation(HOSTILE[:3], HOSTILE[4], HOSTILE[5])
    history = [{"stage": 1, "loss": 1 / n, "select": n, f"{HOSTILE[0]}.{HOSTILE[1]}.f1": n} for n in range(1, 4)]
    seeds = summarise([evaluation, evaluation])
    write(evaluation, tmp_path / "page.html", Training({"history": history}, seeds))
    seen = opened(tmp_path / "page.html", tmp_path, *DARK_TELEPHONE)
    assert seen.console == []
    assert "<title>What the model is worth</title>" in seen.dom
    charts = [attributes for attributes in Page(seen.dom).all("div") if attributes.get("role") == "img"]
    assert len(charts) == 10
    assert all("js-plotly-plot" in str(attributes["class"]) for attributes in charts)
    assert not {"img", "base", "form"} & {tag for tag, _ in Page(seen.dom).tags}


def test_a_comparison_is_drawn_and_nothing_hostile_runs(tmp_path: Path) -> None:
    write_comparison(made_comparison(HOSTILE[:3], HOSTILE[4], HOSTILE[5]), tmp_path / "page.html")
    seen = opened(tmp_path / "page.html", tmp_path)
    assert seen.console == []
    assert "heatmaplayer" in seen.dom
    assert not {"img", "base", "form"} & {tag for tag, _ in Page(seen.dom).tags}


def test_a_search_is_drawn_and_nothing_hostile_runs(tmp_path: Path) -> None:
    values = [{name: HOSTILE[n % 2], "rate": 0.1 * n + 0.1} for n in range(4) for name in HOSTILE[2:3]]
    trials = [
        Trial(
            n, given, 1, "finished", 0.5 + n / 10, 900.0 * n, 9 + n, "m", 0, history=[{"select": 0.5}, {"select": 0.6}]
        )
        for n, given in enumerate(values)
    ]
    shares = Importance(HOSTILE[3], 4, {HOSTILE[2]: 0.7, "rate": 0.3})
    names = (HOSTILE[2], "rate")
    found = Found(HOSTILE[4], names, ("quality",), "random", "none", tuple(trials), HOSTILE[5], importance=shares)
    (tmp_path / "page.html").write_text(search_page(found), encoding="utf-8")
    seen = opened(tmp_path / "page.html", tmp_path)
    assert seen.console == []
    charts = [attributes for attributes in Page(seen.dom).all("div") if attributes.get("role") == "img"]
    assert len(charts) == 5
    assert all("js-plotly-plot" in str(attributes["class"]) for attributes in charts)
    assert not {"img", "base", "form"} & {tag for tag, _ in Page(seen.dom).tags}


def test_words_as_vectors_are_drawn_and_nothing_hostile_runs(tmp_path: Path) -> None:
    words = [*HOSTILE, "joy", "sad", "good", "better", "bad", "worse"]
    rows = np.random.default_rng(0).normal(size=(len(words), 6)).astype(np.float32)
    seen_of = look(Own(dict.fromkeys(words, 9), rows, None))
    places = dict.fromkeys(words, (0.5, 1.0)) | seen_of.places
    own, seen_of = Own(dict.fromkeys(words, 9), rows, None), replace(seen_of, places=places)
    made = VectorsMade(own, OwnConfig(), 9, 99, 1.0, seen_of)
    (tmp_path / "page.html").write_text(vectors_page(made), encoding="utf-8")
    seen = opened(tmp_path / "page.html", tmp_path)
    assert seen.console == []
    assert "<title>Words as vectors</title>" in seen.dom
    assert "textpoint" in seen.dom
    assert not {"a", "img", "base", "form"} & {tag for tag, _ in Page(seen.dom).tags}


def test_a_button_chooses_what_several_charts_show(tmp_path: Path) -> None:
    """The second button is pressed: the first chart shows its other view, the second has none and is hidden."""
    figures = {"a": {name: {"data": [{"type": "bar", "y": [1], "name": name}]} for name in ("x", "y")}, "b": {}}
    figures["b"]["x"] = figures["a"]["x"]
    body = joined(choice("a b", ("x", "y")), chart("a", "a"), chart("b", "b"), data_script("charts", figures))
    own = (Path(__file__).parents[2] / "emotion/report/report.js").read_text(encoding="utf-8")
    press = "document.querySelectorAll('button')[1].click(); document.title = document.getElementById('a').data[0].name"
    (tmp_path / "page.html").write_text(document("t", "", [plotly_script(), own, press], body), encoding="utf-8")
    seen = opened(tmp_path / "page.html", tmp_path)
    assert "<title>y</title>" in seen.dom
    shown = Page(seen.dom)
    assert [button["aria-pressed"] for button in shown.all("button")] == ["false", "true"]
    hidden = {attributes["id"] for attributes in shown.all("div") if "hidden" in attributes}
    assert hidden == {"b"}


def test_markup_that_slipped_in_would_still_not_run(report: Path, tmp_path: Path) -> None:
    """The policy is the second fence: put hostile markup into the page as it is, and see it refused."""
    html = report.read_text(encoding="utf-8").replace("<main>", f"<main>{HOSTILE[1]}<script>{RUN}</script>", 1)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    seen = opened(tmp_path / "page.html", tmp_path)
    assert "<title>What was felt</title>" in seen.dom
    assert any("Content Security Policy" in line for line in seen.console)
    assert not any('"owned"' in line for line in seen.console)


def test_a_page_that_runs_hostile_markup_is_seen(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f"<title>x</title>{HOSTILE[1]}")
    seen = opened(tmp_path / "page.html", tmp_path)
    assert "<title>owned</title>" in seen.dom
    assert any("owned" in line for line in seen.console)
