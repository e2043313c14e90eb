"""What addresses say and what the page shows, in real Chromium: back and forward, and all that the API would take."""

import re

import pytest
from playwright.sync_api import expect

from tests.serving.page.conftest import Open, Site
from tests.serving.page.seeing import LIST, MARKS, SLOW, asked, whole

pytestmark = MARKS


def test_back_from_an_example_takes_its_text_away(site: Site, view: Open) -> None:
    page = view(site.url).page
    examples = page.get_by_role("list", name="Examples")
    examples.get_by_role("button").first.click()
    expect(page.locator(".verdict")).to_be_visible(timeout=SLOW)
    page.go_back()
    expect(page.get_by_label("A tweet")).to_have_value("")
    expect(page.locator(".verdict")).to_have_count(0)
    expect(examples).to_be_visible()
    page.go_forward()
    expect(page.locator(".verdict")).to_be_visible(timeout=SLOW)


def test_a_text_too_long_for_the_address_stays_while_it_is_written(site: Site, view: Open) -> None:
    page = view(site.url).page
    field = page.get_by_label("A tweet")
    field.fill("so happy " * 222 + "x")
    page.wait_for_url("**text=so**")
    field.press("End")
    page.keyboard.type("yzz")
    expect(field).to_have_value("so happy " * 222 + "xyzz")
    page.wait_for_url(lambda url: "text=" not in url)


def test_back_brings_the_filters_of_the_form_back(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    page.get_by_text("More filters").click()
    hashtag = page.get_by_label("Hashtag")
    hashtag.fill("storm")
    hashtag.press("Enter")
    expect(page.locator(".pills li")).to_have_text(["#storm×"])
    page.go_back()
    expect(page.locator(".pills li")).to_have_count(0)
    expect(hashtag).to_have_value("")
    hashtag.press("Enter")
    assert asked(page) == {"view": "store"}


def test_back_brings_the_search_back_and_half_typed_words_stay(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    field = page.locator("#query")
    field.fill("harbour")
    field.press("Enter")
    expect(page.locator("mark.found").first).to_have_text("harbour", timeout=SLOW)
    field.fill("har")
    page.get_by_role("group", name="Emotion").get_by_role("button", name="sadness").click()
    expect(page.locator(".pills li")).to_have_text(["“harbour”×", "sadness×"])
    expect(field).to_have_value("har")
    page.go_back()
    page.go_back()
    expect(field).to_have_value("")


def test_the_best_emotion_leaves_nothing_unfelt_to_choose(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store&emotion=none").page
    whole(page, "store")
    emotions = page.get_by_role("group", name="Emotion")
    feelings = page.get_by_role("group", name="The feeling that the colours show")
    expect(emotions.get_by_role("button", name="none")).to_be_visible()
    expect(feelings.get_by_role("button", pressed=True)).to_have_text("any feeling")
    page.get_by_text("More filters").click()
    page.get_by_label("Count the best emotion").check()
    expect(page.locator(".pills li")).to_have_text(["felt or not×"])
    whole(page, "store")
    assert asked(page) == {"view": "store", "all": "true"}
    expect(emotions.get_by_role("button", name="none")).to_be_hidden()
    expect(feelings.get_by_role("button", pressed=True)).to_have_text("joy")
    expect(feelings.get_by_role("button", name="any feeling")).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)
    cells = page.locator(".heat td[title*=tweets]").evaluate_all("cells => cells.map(cell => cell.title)")
    assert not all(": 100" in title or "no tweets" in title for title in cells)


def test_the_stream_counts_the_best_emotion_whatever_the_address_says_of_none(site: Site, view: Open) -> None:
    page = view(site.url + "?view=live&emotion=None&all=1").page
    whole(page, "live")
    expect(page.locator(".pills li")).to_have_text(["felt or not×"])
    assert "none" not in page.locator(".live-mix").inner_text()


def test_an_address_is_read_as_the_api_reads_it(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store&emotion=ANGER&by=often&all=false").page
    whole(page, "store")
    expect(page.locator(".emotion h3")).to_have_text(["anger"])
    expect(page.get_by_role("group", name="Emotion").get_by_role("button", pressed=True)).to_have_text("anger")
    expect(page.locator(".pills li")).to_have_text(["anger×"])
    expect(page.locator(".pills")).not_to_contain_text("felt or not")


def test_the_week_of_one_emotion_is_told_to_be_of_all_tweets(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    caption = page.locator("#through-the-week ~ .panel-body figcaption")
    expect(caption).not_to_contain_text("whatever their emotion")
    expect(page.locator(".numbers")).to_contain_text("counted as holding a feeling")
    page.get_by_role("group", name="Emotion").get_by_role("button", name="anger").click()
    expect(caption).to_contain_text("tweets, whatever their emotion, that hold", timeout=SLOW)
    expect(page.locator(".numbers")).not_to_contain_text("counted as holding a feeling")


@pytest.mark.parametrize(("since", "told"), [("20210314", "14 Mar 2021"), ("2010-01-01", "1 Jan 2010")])
def test_periods_fit_the_tweets_however_the_time_is_written(since: str, told: str, site: Site, view: Open) -> None:
    page = view(site.url + f"?view=store&since={since}").page
    expect(page.locator("#timeline")).to_have_attribute("aria-label", re.compile("by day;"), timeout=SLOW)
    expect(page.locator(".pills li")).to_have_text([f"since {told}×"])


def test_what_a_field_cannot_show_is_sent_as_the_address_says_it(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store&since=2021-03-14T10:11:12Z&until=2021-W13").page
    page.get_by_label("User").fill("user1")
    page.get_by_label("User").press("Enter")
    expect(page.locator(".pills li").last).to_have_text("@user1×")
    wanted = {"view": "store", "since": "2021-03-14T10:11:12Z", "until": "2021-W13", "user": "user1"}
    assert asked(page) == wanted
    whole(page, "store")


def test_a_term_is_looked_for_within_the_words_among_which_it_was_counted(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store&query=scared&kind=words&by=often").page
    whole(page, "store")
    fear = page.locator(".emotion").filter(has_text="fear")
    fear.get_by_role("button", name="storm", exact=True).click()
    expect(page.locator(".pills li")).to_have_text(["“scared storm”×"])
    whole(page, "store")
    fear.get_by_role("button", name="scared", exact=True).click()
    assert asked(page)["query"] == "scared storm"


def test_other_filters_show_as_few_tweets_as_at_first(site: Site, view: Open) -> None:
    page = view(site.url + "?view=store").page
    whole(page, "store")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(LIST)).to_have_count(40, timeout=SLOW)
    page.get_by_role("group", name="The feeling that the colours show").get_by_role("button", name="fear").click()
    assert asked(page)["show"] == "40"
    page.get_by_role("group", name="Emotion").get_by_role("button", name="fear").click()
    assert "show" not in asked(page)
    expect(page.locator(LIST)).to_have_count(20, timeout=SLOW)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(LIST)).to_have_count(40, timeout=SLOW)
    page.get_by_role("link", name="Live").click()
    page.get_by_role("group", name="Emotion").get_by_role("button", name="joy").click()
    page.get_by_role("link", name="Store").click()
    assert asked(page) == {"view": "store", "emotion": "joy", "week": "fear"}


@pytest.mark.parametrize(
    ("view_name", "wrong", "field"),
    [("store", "query=%E2%80%8D", "query"), ("store", "emotion=hunger", None), ("live", "query=%E2%80%8D", "query")],
)
def test_a_filter_that_cannot_be_used_is_told_once_and_taken_away(
    view_name: str, wrong: str, field: str | None, site: Site, view: Open
) -> None:
    seen = view(f"{site.url}?view={view_name}&user=user1&{wrong}")
    page = seen.page
    take_away = page.get_by_role("button", name="Take this filter away")
    expect(take_away).to_be_visible(timeout=SLOW)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.locator("[aria-invalid]")).to_have_count(int(field is not None))
    take_away.click()
    whole(page, view_name)
    assert asked(page) == {"view": view_name, "user": "user1"}
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    seen.wrong.clear()  # Chromium tells every 422
