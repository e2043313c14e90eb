import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import UsageError
from emotion.report.facts import gather, period
from emotion.report.page import page, write_report
from emotion.report.parts import Shade, shaded
from emotion.stores.answers import SHARES, Filter
from tests.made_store import NOON, Made, add_part, make_store
from tests.report.parsed import Page, charts, without_scripts, words

RUN = {
    "read": 60, "labelled": 50, "skipped": {"language": 6}, "dead_letters": 3, "deleted": 1,
    "duplicates": 2, "removed": 1, "documents": 47, "model": "made-model", "engine": "exact",
}  # fmt: skip
STORM = [
    Made(f"{day}-{n}", f"so scared of storm {n}", "fear", at=NOON + timedelta(days=day), hashtags=["StormBriar"])
    for day in range(6)
    for n in range(30 if day == 2 else 2)
] + [Made(f"n{day}", "the bus leaves", felt=False, at=NOON + timedelta(days=day)) for day in range(6)]
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\u2028'


def told(store: Path, **filter: Any) -> str:
    return page(gather(str(store), Filter(**filter), everything=False))


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return told(make_store(tmp_path_factory.mktemp("store"), STORM, RUN))


def test_the_page_tells_the_story(html: str) -> None:
    text = Page(without_scripts(html)).text
    assert "What was felt, 13 March to 18 March 2021" in text
    assert "fear of 15 March, around #StormBriar" in text
    assert "in 30 tweets, usually 2" in text
    assert "Nothing lost, nothing counted twice" in text


def test_the_page_says_what_its_shares_are(html: str) -> None:
    assert SHARES in Page(without_scripts(html)).text


def test_the_page_holds_all_it_needs(html: str) -> None:
    shown = Page(without_scripts(html))
    assert [tag for tag in ("link", "img", "iframe", "object", "embed") if shown.all(tag)] == []
    assert all("src" not in attributes for attributes in shown.all("script"))
    assert "http" not in re.sub(r"<style>.*?</style>", "", without_scripts(html), flags=re.DOTALL).replace(
        "http-equiv", ""
    )
    assert "@import" not in html.split("</style>")[0]
    assert "url(" not in html.split("</style>")[0]


def test_headings_go_down_one_step_at_a_time_and_charts_have_words(html: str) -> None:
    shown = Page(without_scripts(html))
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    placed = [attributes for attributes in shown.all("div") if attributes.get("role") == "img"]
    assert [chart["id"] for chart in placed] == ["timeline", "rhythm"]
    assert all(chart["aria-label"] for chart in placed)
    assert {attributes.get("scope") for attributes in shown.all("th")} == {"row", "col"}


def test_the_charts_hold_the_numbers_of_the_tables(html: str) -> None:
    drawn = charts(html)
    by_name = {trace["name"]: trace["y"] for trace in drawn["timeline"]["tweets"]["data"]}
    assert by_name["fear"] == [2, 2, 30, 2, 2, 2]
    assert by_name["none"] == [1, 1, 1, 1, 1, 1]
    (heat,) = drawn["rhythm"]["any feeling"]["data"]
    assert heat["z"][0][12] == pytest.approx(100 * 30 / 31, abs=0.01)
    assert heat["z"][0][11] is None


@pytest.mark.parametrize(
    ("years", "feared", "busiest"),
    [(0, "15 March", "day: 31 tweets 15 Mar"), (3, "15 March 2021", "week: 40 tweets 15 Mar 2021")],
)
def test_a_day_is_told_with_its_year_where_there_are_several(
    years: int, feared: str, busiest: str, tmp_path: Path
) -> None:
    later = Made("later", "the bus leaves", felt=False, at=NOON.replace(day=20, year=NOON.year + years))
    text = words(told(make_store(tmp_path, [*STORM, later])))
    assert f"fear of {feared}, around" in text
    assert f"busiest {busiest} retweets" in text


def test_a_share_is_drawn_only_where_something_is_felt(tmp_path: Path) -> None:
    felt = [Made(f"{e}-{day}", e, e, at=NOON + timedelta(days=day)) for day in (0, 1, 5) for e in ("joy", "fear")]
    none = [Made(f"none-{day}", "the bus leaves", felt=False, at=NOON + timedelta(days=day)) for day in range(6)]
    drawn = charts(told(make_store(tmp_path, felt + none)))["timeline"]["share of feelings"]
    by_name = {trace["name"]: trace for trace in drawn["data"]}
    assert by_name["joy"]["type"] == "bar"
    assert by_name["joy"]["y"] == by_name["fear"]["y"] == [50, 50, None, None, None, 50]
    assert by_name["anger"]["y"] == [0, 0, None, None, None, 0]
    assert by_name["none"]["y"] == [1] * 6
    assert drawn["layout"]["barmode"] == "stack"


@pytest.mark.parametrize(("view", "share"), [("tweets", 1), ("share of feelings", 50)])
def test_one_period_alone_is_a_bar_with_its_name(view: str, share: int, tmp_path: Path) -> None:
    drawn = charts(told(make_store(tmp_path, [Made(e, e, e) for e in ("joy", "fear")])))["timeline"][view]
    assert {trace["type"] for trace in drawn["data"]} == {"bar"}
    joy = next(trace for trace in drawn["data"] if trace["name"] == "joy")
    assert (joy["x"], joy["y"]) == (["Sat 13 Mar 2021 12:00"], [share])
    assert drawn["layout"]["xaxis"]["type"] == "category"


def test_colours_of_the_week_begin_at_nothing(tmp_path: Path) -> None:
    made = [Made(f"{h}-{n}", "x", felt=n < h, at=NOON + timedelta(hours=h)) for h in (8, 9) for n in range(10)]
    (heat,) = charts(told(make_store(tmp_path, made)))["rhythm"]["any feeling"]["data"]
    assert (heat["zmin"], heat["zmax"]) == (0, 90)


def test_hostile_texts_are_only_text(tmp_path: Path) -> None:
    made = [Made(str(n), f"{HOSTILE} {n}", "anger", hashtags=[HOSTILE], user=HOSTILE, lang=HOSTILE) for n in range(6)]
    html = told(make_store(tmp_path / "<b>store", made, RUN | {"skipped": {HOSTILE: 1}, "model": HOSTILE}))
    shown = Page(without_scripts(html))
    assert shown.all("img") == []
    assert shown.all("b") == [attributes for attributes in shown.all("b") if not attributes]
    assert html.count("<script") == html.count("</script>") == 3
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    assert "alert(2)" in shown.text


def test_the_accounts_name_the_files_left_aside(html: str, tmp_path: Path) -> None:
    assert "Left aside" not in html
    told_of = Page(told(make_store(tmp_path / "one", STORM[:1], RUN | {"left_aside": ["a.pdf", f"{HOSTILE}.doc"]})))
    assert f"Left aside, as no archive of tweets: a.pdf, {HOSTILE}.doc." in told_of.text
    assert told_of.all("img") == []
    many = [f"{n}.pdf" for n in range(1021)]
    assert "19.pdf and 1,001 more (see run.json)." in told(
        make_store(tmp_path / "many", [], RUN | {"left_aside": many})
    )


def test_hostile_labels_are_only_text(tmp_path: Path) -> None:
    store = make_store(tmp_path, STORM[:3])
    described = json.loads((store / "store.json").read_text())
    (store / "store.json").write_text(json.dumps(described | {"labels": [HOSTILE, *described["labels"]]}))
    html = told(store)
    assert html.count("<script") == 3
    assert Page(without_scripts(html)).all("img") == []


def test_an_empty_store_has_a_page_that_says_what_to_do(tmp_path: Path) -> None:
    html = told(make_store(tmp_path / "store", [], RUN | {"labelled": 0, "documents": 0}))
    shown = Page(html)
    assert "Nothing to show yet" in shown.text
    assert "emotion label ARCHIVE --to" in shown.text
    assert "The job read 60 records" in shown.text
    assert shown.all("script") == []


def test_tweets_without_dates_authors_or_hashtags_make_a_page(tmp_path: Path) -> None:
    html = told(make_store(tmp_path, [Made("1", "tea", at=None, user=None)]))
    shown = Page(without_scripts(html))
    assert "Over time" not in shown.text
    assert "In their words" in shown.text
    assert html.count("<script") == 0
    assert "JavaScript" not in shown.text


def test_names_are_shown_where_the_job_looked_for_them(tmp_path: Path, html: str) -> None:
    made = [Made(str(n), "x", "fear", entities=[("place", "Briar"), (None, HOSTILE)]) for n in range(3)]
    text = Page(without_scripts(told(make_store(tmp_path / "store", made)))).text
    assert "About whom" in text
    assert "Briar" in text
    assert "About whom" not in Page(without_scripts(html)).text


def test_tweets_without_any_feeling_make_a_page(tmp_path: Path) -> None:
    assert "None of these tweets is counted as holding a feeling" in told(
        make_store(tmp_path, [Made("1", "tea", felt=False)])
    )


def test_an_unfinished_store_says_so(tmp_path: Path) -> None:
    make_store(tmp_path, STORM[:2])
    add_part(tmp_path, "000000-00000-00000", STORM[2:4])
    assert "has not come to its end" in told(tmp_path)


def test_a_filter_narrows_the_page(tmp_path: Path) -> None:
    html = told(make_store(tmp_path, STORM), since=datetime(2021, 3, 17, tzinfo=UTC))
    assert "17 March to 18 March 2021" in html
    assert "Only tweets from 17 March 2021 on." in html


def test_a_page_about_one_emotion_has_its_card_alone_and_the_week_of_all(tmp_path: Path) -> None:
    html = told(make_store(tmp_path, STORM), emotion="FEAR")
    shown = Page(without_scripts(html))
    assert "Only tweets of fear." in shown.text
    assert len([each for each in shown.all("article") if "emotion" in (each.get("class") or "")]) == 1
    shares = [share for row in charts(html)["rhythm"]["fear"]["data"][0]["z"] for share in row if share is not None]
    assert min(shares) < 100
    assert "The share of each hour's tweets, whatever their emotion, that hold the feeling chosen" in shown.text


def test_a_page_about_one_emotion_does_not_tell_that_all_of_it_is_felt(tmp_path: Path) -> None:
    store = make_store(tmp_path, STORM)
    assert "counted as holding a feeling" in words(told(store))
    text = words(told(store, emotion="fear"))
    assert "holding a feeling, most often" not in text
    assert "holding a feeling 100" not in text
    assert "Nothing stood out like the fear of 15 March" in text
    assert "is counted as holding" not in words(told(store, emotion="none"))


def test_a_filter_that_nothing_passes_is_told(tmp_path: Path) -> None:
    html = told(make_store(tmp_path, STORM), query=HOSTILE + " nothing")
    assert "Only tweets that hold “" in html
    assert html.count("<script") == 0


def test_attention_is_shaded_where_its_words_stand() -> None:
    shades = [Shade(12, 18, 0.6), Shade(0, 6, 0.6), Shade(9, 11, 0.3), Shade(2, 4, 0.5), Shade(20, 99, 0.9)]
    assert shaded("Scared & so scared <b>", shades[:4]) == (
        '<mark style="--w:55" title="0.60">Scared</mark> &amp; <mark style="--w:28" title="0.30">so</mark> '
        '<mark style="--w:55" title="0.60">scared</mark> &lt;b&gt;'
    )
    assert "<mark" not in shaded("Scared", shades[4:])


@pytest.mark.parametrize(("days", "by"), [(0, "hour"), (42, "day"), (800, "week"), (5000, "month")])
def test_the_period_fits_the_time(days: int, by: str) -> None:
    assert period(NOON, NOON + timedelta(days=days)) == by


def test_a_report_is_written_whole_or_refused_in_a_sentence(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", STORM[:2])
    write_report(str(store), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(UsageError, match=r"folder .* does not exist"):
        write_report(str(store), tmp_path / "missing" / "page.html")
    with pytest.raises(UsageError, match="is not a store"):
        write_report(str(tmp_path / "nothing"), tmp_path / "page.html")
