"""What addresses say and what the page shows, in real Chromium: back and forward, and all that the API would take."""

from playwright.sync_api import expect

from tests.serving.page.conftest import Open, Site
from tests.serving.page.seeing import MARKS, SLOW, asked, whole

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
    expect(page.locator(".pills li")).to_have_text(["sadness×"])
    expect(field).to_have_value("har")
    page.go_back()
    page.go_back()
    expect(field).to_have_value("")
