"""The page in real Chromium: what people do with it, and what no text of strangers may do with them."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from emotion.report.palette import colours, in_order
from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings
from emotion.serving.keys import add_key
from emotion.stores.live.batch import Labelled
from emotion.stores.protocol import Written
from tests.hostile import HOSTILE
from tests.made_store import Made, make_store
from tests.serving.page.conftest import DARK_TELEPHONE, DESKTOP, Open, Site
from tests.serving.page.seeing import MARKS, SLOW, STATES, asked, tweets, whole
from tests.serving.page.served import Plain, running

pytestmark = MARKS


class Forgets:
    """A store that keeps nothing."""

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        return Written(0, 0)


# Try


def test_a_text_is_felt_while_it_is_written(site: Site, view: Open) -> None:
    page = view(site.url).page
    page.get_by_label("A tweet").press_sequentially("😭😭 I miss you so much", delay=5)
    expect(page.locator(".emotion-name")).to_have_text("sadness", timeout=SLOW)
    marks = page.locator(".read mark").all_inner_texts()
    assert "miss" in marks  # places count code points, and an emoji is one
    assert page.locator(".read").inner_text() == "😭😭 I miss you so much"
    assert asked(page)["text"] == "😭😭 I miss you so much"
    assert page.get_by_role("status").filter(has_text="sadness").count() == 1


def test_an_answer_that_came_too_late_is_not_shown(site: Site, view: Open) -> None:
    page = view(site.url).page
    held: list[Route] = []
    page.route("**/v1/emotions**", lambda route: held.append(route) if not held else route.continue_())
    with page.expect_request("**/v1/emotions**"):
        page.get_by_label("A tweet").fill("so happy today")
    with page.expect_event("requestfailed") as given_up:
        page.get_by_label("A tweet").fill("so scared of the dark")
    assert "so happy today" in (given_up.value.post_data or "")
    expect(page.locator(".read")).to_have_text("so scared of the dark", timeout=SLOW)


def test_an_example_can_be_tried(site: Site, view: Open) -> None:
    page = view(site.url).page
    page.get_by_role("list", name="Examples").get_by_role("button").first.click()
    expect(page.locator(".verdict")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("list", name="Examples")).to_be_hidden()
    assert asked(page)["text"].startswith("I can't believe we won")


# Addresses


def test_an_address_shows_the_same_to_whoever_gets_it(site: Site, view: Open) -> None:
    first = view(site.url + STATES["chosen"][0]).page
    whole(first, "chosen")
    second = view(first.url).page
    whole(second, "chosen")
    assert first.locator("main").inner_text() == second.locator("main").inner_text()


def test_back_and_forward_go_through_what_was_shown(site: Site, view: Open) -> None:
    page = view(site.url + "?text=love+you").page
    whole(page, "try")
    page.get_by_role("link", name="Store").click()
    whole(page, "store")
    page.get_by_role("group", name="Emotion").get_by_role("button", name="anger").click()
    expect(page.locator(".pills")).to_contain_text("anger")
    page.go_back()
    expect(page.locator(".pills li")).to_have_count(0)
    page.go_back()
    expect(page.get_by_label("A tweet")).to_have_value("love you")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("What was felt")


# Store


def test_a_zoom_chooses_a_period_for_everything(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    before = tweets(page)
    page.locator("#timeline").scroll_into_view_if_needed()
    box = page.locator("#timeline .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=8)
    page.mouse.up()
    page.wait_for_url("**since=**")
    assert set(asked(page)) == {"view", "since", "until"}
    expect(page.locator(".numbers dd").first).not_to_have_text(f"{before:,}", timeout=SLOW)
    whole(page, "store")
    assert 0 < tweets(page) < before
    days = page.locator("#tweets ~ .panel-body footer").all_inner_texts()
    assert days
    assert all(re.search(r"(2\d|3[01]) Mar 2021|[1-3] Apr 2021", day) for day in days)
    page.get_by_role("button", name="Take away the filter").click()
    expect(page.locator(".numbers dd").first).to_have_text(f"{before:,}")


def test_what_an_emotion_is_about_leads_to_its_tweets(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    page.get_by_role("button", name="words", exact=True).click()
    page.locator(".emotion").filter(has_text="fear").get_by_role("button", name="scared", exact=True).click()
    expect(page.locator("#tweets ~ .panel-body mark.found").first).to_have_text("scared")
    assert asked(page) | {"view": ""} == {"view": "", "kind": "words", "query": "scared"}
    page.locator("#query").fill("nobody wrote this")
    page.locator("#query").press("Enter")
    expect(page.locator("#tweets ~ .panel-body")).to_contain_text("No tweet passes these filters")
    page.get_by_role("button", name="Take all filters away").first.click()
    expect(page.locator("#tweets ~ .panel-body .stream li")).to_have_count(20)


def test_words_choose_the_tweets_of_everything_that_is_shown(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    every = tweets(page)
    page.get_by_label("Search tweets").fill("harbour")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".pills li")).to_have_text(["“harbour”×"])
    expect(page.locator(".numbers dd").first).not_to_have_text(f"{every:,}", timeout=SLOW)
    whole(page, "store")
    assert tweets(page) < every
    assert set(page.locator("#in-their-words ~ .panel-body h3").all_inner_texts()) == {"sadness"}
    assert page.locator("#in-their-words ~ .panel-body mark.found").first.inner_text() == "harbour"
    assert page.locator(".standing li").count() == 0
    assert int(page.locator("#tweets ~ .panel-body .caption").inner_text().split()[0]) == tweets(page)


def test_filters_of_the_form_go_to_the_address(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    page.get_by_text("More filters").click()
    page.get_by_label("Hashtag").fill("#storm")
    page.get_by_label("From (UTC)").fill("2021-03-25T00:00")
    page.get_by_label("Hashtag").press("Enter")
    expect(page.locator(".pills li")).to_have_text(["since 25 Mar 2021×", "#storm×"])
    assert asked(page) == {"view": "store", "hashtag": "storm", "since": "2021-03-25T00:00"}
    whole(page, "store")
    assert page.locator(".standing li, .emotion").count() > 0


# Live


def test_what_the_crawler_brings_appears_by_itself(site: Site, view: Open) -> None:
    page = view(site.url + "?view=live").page
    whole(page, "live")
    site.arrive("just in: what a wonderful morning")
    expect(page.locator(".stream li").first).to_contain_text("just in", timeout=SLOW)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
    site.arrive("while nobody looked")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".stream li").first).to_contain_text("while nobody looked", timeout=SLOW)


def test_nothing_moves_while_somebody_reads_further_down(site: Site, view: Open) -> None:
    page = view(site.url + "?view=live").page
    whole(page, "live")
    page.locator(".stream li").nth(20).scroll_into_view_if_needed()
    page.mouse.wheel(0, 600)
    first = page.locator(".stream li").first.inner_text()
    site.arrive("one more", "and one more")
    page.get_by_role("button", name="2 new tweets").click(timeout=SLOW)
    expect(page.locator(".stream li").first).not_to_have_text(first)


def test_other_filters_are_answered_while_it_is_paused(site: Site, view: Open) -> None:
    page = view(site.url + "?view=live").page
    whole(page, "live")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("group", name="Emotion").get_by_role("button", name="sadness").click()
    expect(page.locator(".stream .felt").first).to_have_text("sadness", timeout=SLOW)
    assert set(page.locator(".stream .felt").all_inner_texts()) == {"sadness"}
    whole(page, "live")
    expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()


def test_a_connection_that_is_back_says_so_to_who_reads_further_down(site: Site, view: Open) -> None:
    seen = view(site.url + "?view=live")
    page = seen.page
    whole(page, "live")
    page.locator(".stream li").nth(20).scroll_into_view_if_needed()
    page.route("**/v1/search**", lambda route: route.abort())
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The API does not answer", timeout=SLOW)
    page.unroute("**/v1/search**")
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0, timeout=SLOW)
    assert page.locator(".stream").evaluate("list => list.getBoundingClientRect().top") < 0
    seen.wrong.clear()  # Chromium tells of those that were aborted


def test_what_failed_is_tried_again_while_it_is_paused(site: Site, view: Open) -> None:
    seen = view(site.url + "?view=live")
    page = seen.page
    whole(page, "live")
    page.route("**/v1/search**", lambda route: route.abort())
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The API does not answer", timeout=SLOW)
    page.get_by_role("button", name="Pause").click()
    page.unroute("**/v1/search**")
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0, timeout=SLOW)
    expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
    seen.wrong.clear()  # Chromium tells of those that were aborted


def test_the_stream_is_filtered(site: Site, view: Open) -> None:
    page = view(site.url + "?view=live&emotion=anger").page
    whole(page, "live")
    assert set(page.locator(".stream .felt").all_inner_texts()) == {"anger"}
    page.get_by_role("searchbox").fill("zeppelin")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No tweet passes these filters")).to_be_visible(timeout=SLOW)
    site.arrive("such a zeppelin", emotion="anger")
    expect(page.locator(".stream li")).to_have_count(1, timeout=SLOW)


# Model


def test_the_model_tells_of_itself_and_of_drift(site: Site, view: Open) -> None:
    page = view(site.url + "?view=model").page
    whole(page, "model")
    expect(page.get_by_text(site.models.predictor.bundle.id)).to_be_visible()
    expect(page.get_by_text("are not like those the model was made with")).to_be_visible()
    expect(page.get_by_role("row", name="words it does not know 31.0 % 2.0 % far off")).to_be_visible()
    expect(page.get_by_role("heading", name="Limits")).to_be_visible()
    assert page.locator(".prose table").count() >= 4


# Strangers


@pytest.mark.parametrize("address", ["?view=live", "?view=store&emotion=fear&by=often"])
def test_nothing_hostile_runs_or_becomes_markup(address: str, site: Site, view: Open) -> None:
    page = view(site.url + address).page
    whole(page, "live" if "live" in address else "store")
    assert page.title() in ("Live · Emotion", "Store · Emotion")
    shown = page.locator(".said-text").all_inner_texts()
    texts = [" ".join(text.split()) for text in shown]
    assert all(" ".join(f"scared {text}".split()) in texts for text in HOSTILE)
    assert page.locator("main :is(img, base, meta, iframe, form a, blockquote a, script, style)").count() == 0


def test_a_hostile_text_is_only_shown(site: Site, view: Open) -> None:
    page = view(site.url).page
    for text in HOSTILE:
        page.get_by_label("A tweet").fill(text)
        expect(page.locator(".read")).to_have_text(text, timeout=SLOW)
        assert page.locator(".read").evaluate("node => node.textContent") == text
    assert page.title() == "Try a text · Emotion"
    assert page.locator("main :is(img, base, meta, iframe, script, style)").count() == 0


# Everybody


ON_DESKTOP = [pytest.param(name, DESKTOP, id=f"{name} on a desktop") for name in ("try", "store", "model")]
ON_TELEPHONE = [pytest.param(name, DARK_TELEPHONE, id=f"{name} in the dark") for name in ("try", "live", "chosen")]


@pytest.mark.parametrize(("name", "options"), ON_DESKTOP + ON_TELEPHONE)
def test_axe_finds_nothing(name: str, options: dict[str, Any], site: Site, view: Open, axe: str) -> None:
    page = view(site.url + STATES[name][0], **options).page
    whole(page, name)
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    said = [f"{v['id']}: {node['html']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_all_can_be_reached_by_keyboard(site: Site, view: Open) -> None:
    page = view(site.url).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Store")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    whole(page, "store")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search tweets")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("group", name="Emotion").get_by_role("button").first).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator(".pills li")).to_have_count(1)


def test_colours_are_chosen_as_in_reports(site: Site, view: Open) -> None:
    page = view(site.url).page
    labels = ["none", "calm", "joy", "__proto__", "positive", "sadness", "bored", "fear"]
    module = "const p = await import('./static/palette.js'); return [p.inOrder(labels), [...p.colours(labels)]];"
    order, pairs = page.evaluate(f"async labels => {{ {module} }}", labels)
    assert order == in_order(labels)
    assert dict(pairs) == colours(labels)


# When something is missing


def test_a_key_is_asked_for_and_kept_in_the_tab_alone(models: Plain, site: Site, view: Open, tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys.json", "page")
    app = create_app(models, ApiSettings(store=str(site.store), keys=tmp_path / "keys.json"))
    with running(app) as url:
        seen = view(url + "?view=live")
        page = seen.page
        page.get_by_label("Key", exact=True).fill("not this one")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("The key is not known")).to_be_visible()
        page.get_by_label("Key", exact=True).fill(key)
        page.keyboard.press("Enter")
        whole(page, "live")
        page.reload()
        whole(page, "live")
        assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [1, 0, ""]
        other = view(url + "?view=model")
        other.page.get_by_role("button", name="Not now").click()
        expect(other.page.get_by_role("button", name="Try again").first).to_be_visible()
        for each in (seen, other):
            assert {line for line in each.wrong if "401" not in line} == set()
            each.wrong.clear()
        page.close()


def test_without_a_store_it_says_how_to_come_to_one(models: Plain, view: Open) -> None:
    with running(create_app(models)) as url:
        for name in ("live", "store"):
            seen = view(f"{url}?view={name}")
            expect(seen.page.get_by_text("emotion serve --store STORE")).to_be_visible(timeout=SLOW)
            seen.wrong.clear()  # Chromium tells every 404


def test_an_empty_store_is_no_error(models: Plain, view: Open, tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", [])
    with running(create_app(models, ApiSettings(store=str(store)))) as url:
        page = view(url + "?view=live").page
        expect(page.get_by_text("Nothing has arrived yet")).to_be_visible(timeout=SLOW)
        page.get_by_role("link", name="Store").click()
        expect(page.get_by_text("There are no such tweets in the store.").first).to_be_visible(timeout=SLOW)


def test_a_store_that_is_not_there_yet_is_awaited(models: Plain, view: Open, tmp_path: Path) -> None:
    app = create_app(models, ApiSettings(store=str(tmp_path / "store")), writes=Forgets())
    with running(app) as url:
        seen = [view(f"{url}?view={name}") for name in ("live", "store")]
        for each in seen:
            expect(each.page.get_by_text("Nothing has arrived yet")).to_be_visible(timeout=SLOW)
        expect(seen[0].page.get_by_text("Waiting for the first tweet.")).to_be_visible()
        make_store(tmp_path / "store", [Made("1", "at last, so happy", "joy")])
        for each in seen:
            expect(each.page.locator(".stream li").first).to_contain_text("at last", timeout=SLOW)
            each.wrong.clear()  # Chromium tells every 503


def test_what_fails_says_so_and_can_be_tried_again(site: Site, view: Open) -> None:
    seen = view(site.url, blank=True)
    page = seen.page
    page.route("**/v1/rhythm**", lambda route: route.abort())
    page.goto(site.url + "?view=store")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The API does not answer", timeout=SLOW)
    page.unroute("**/v1/rhythm**")
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator(".heat")).to_be_visible(timeout=SLOW)
    whole(page, "store")
    seen.wrong.clear()  # Chromium tells of the one that was aborted


def test_a_dashboard_that_could_not_begin_can_be_tried_again(site: Site, view: Open) -> None:
    seen = view(site.url, blank=True)
    page = seen.page
    page.route("**/v1/store**", lambda route: route.abort())
    page.goto(site.url + "?view=store")
    again = page.get_by_role("alert").get_by_role("button", name="Try again")
    expect(again).to_be_visible(timeout=SLOW)
    page.unroute("**/v1/store**")
    again.click()
    whole(page, "store")
    seen.wrong.clear()


def test_what_is_refused_for_now_is_asked_again_when_told(site: Site, view: Open) -> None:
    seen = view(site.url, blank=True)
    refusals: list[Route] = []

    def refuse_once(route: Route) -> None:
        if refusals:
            return route.continue_()
        refusals.append(route)
        problem = '{"type": "urn:emotion:problem:overloaded", "status": 503, "detail": "Too much to do."}'
        return route.fulfill(status=503, headers={"Retry-After": "1"}, body=problem)

    seen.page.route("**/v1/emotions**", refuse_once)
    seen.page.goto(site.url + "?text=love+you")
    expect(seen.page.locator(".verdict")).to_be_visible(timeout=SLOW)
    assert len(refusals) == 1
    seen.wrong.clear()


def test_a_value_that_cannot_be_used_is_explained(site: Site, view: Open) -> None:
    seen = view(site.url + "?view=store&since=yesterday")
    expect(seen.page.get_by_text("is not a date").first).to_be_visible(timeout=SLOW)
    seen.wrong.clear()
