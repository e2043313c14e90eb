"""The page about two models on the same texts."""

from pathlib import Path

import pytest

from emotion.report.comparison import page, write_comparison
from tests.report.made_evaluation import made_comparison
from tests.report.parsed import Page, charts, without_scripts, words

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\u2028'


@pytest.fixture(scope="module")
def html() -> str:
    return page(made_comparison())


def test_both_are_named_and_their_difference_is_told(html: str) -> None:
    text = words(html)
    assert "A is made (aaaa), B is made (bbbb)." in text
    assert "macro-F1, B less A, made: emotion −0.050" in text
    assert '<strong title="−0.080 to −0.020">−0.050</strong>' in html
    assert '<span title="−0.100 to +0.010">−0.050</span>' in html
    assert "A alone is right 9 times, B alone 2 times; p 0.065 by McNemar's exact test." in text
    assert "the same answer to 81.5% of the texts" in text


def test_texts_on_which_they_differ_are_shown_by_who_is_right(html: str) -> None:
    text = words(html)
    assert text.index("A is right, B is not") < text.index("B is right, A is not") < text.index("Both are wrong")
    assert "A: joy 0.90 · B: joy 0.90 · is: anger" in text


def test_answers_are_crossed(html: str) -> None:
    (name,) = charts(html)
    assert charts(html)[name]["texts"]["data"][0]["z"] == [[18, 1, 1], [1, 12, 1], [1, 1, 6]]


def test_hostile_names_and_texts_are_only_text() -> None:
    html = page(made_comparison((HOSTILE, "b", "c"), HOSTILE, HOSTILE))
    shown = Page(without_scripts(html))
    assert shown.all("img") == []
    assert html.count("<script") == html.count("</script>") == 3


def test_a_page_is_written(tmp_path: Path) -> None:
    write_comparison(made_comparison(), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
