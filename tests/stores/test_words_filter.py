"""The words of a query as a filter of every question."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import UsageError
from emotion.stores.answers import Filter, Hit
from emotion.stores.directory.queries import DirectoryQueries
from tests.made_store import NOON, Made, make_store

ABOUT = [
    Made(
        f"s{day}-{n}",
        f"scared of the storm #{n}",
        "fear",
        at=NOON + timedelta(days=day, hours=n),
        hashtags=["Storm"],
        mentions=["Otter"],
        user=f"user{n}",
        profile=["fear"],
        score=0.5 + n / 50,
    )
    for day in range(6)
    for n in range(20 if day == 2 else 6)
] + [
    Made("s-joy", "a storm of lanterns", "joy", mentions=["otter"], user="user1"),
    Made("s-no", "Storm", felt=False, user="user2"),
]
OTHERS = [
    Made(f"o{n}", "smiling about the lanterns", "joy", at=NOON + timedelta(days=n), hashtags=["Storm", "storm"])
    for n in range(9)
]  # fmt: skip
QUESTIONS: dict[str, Callable[[DirectoryQueries, Filter], Any]] = {
    "summary": lambda queries, filter: queries.summary(filter),
    "timeline": lambda queries, filter: queries.timeline("hour", filter),
    "peaks": lambda queries, filter: queries.peaks(filter),
    "rhythm": lambda queries, filter: queries.rhythm(filter),
    "top": lambda queries, filter: queries.top("hashtags", filter),
    "top by emotion": lambda queries, filter: queries.top_by_emotion("words", filter),
    "significant": lambda queries, filter: queries.significant("words", filter),
    "examples": lambda queries, filter: {e: [*map(unmarked, of)] for e, of in queries.examples(filter).items()},
    "search": lambda queries, filter: [*map(unmarked, queries.search(filter=filter).hits)],
    "documents": lambda queries, filter: queries.documents(filter).read_all().to_pylist(),
    "gaps": lambda queries, filter: queries.gaps(filter),
}


def unmarked(hit: Hit) -> Hit:
    return replace(hit, highlights=[], line=0)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[DirectoryQueries, DirectoryQueries]:
    """All tweets, and those about the storm alone; authors of the others wrote nothing else."""
    folder = tmp_path_factory.mktemp("words")
    every, about = make_store(folder / "every", ABOUT + OTHERS), make_store(folder / "about", ABOUT)
    return DirectoryQueries(every), DirectoryQueries(about)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_about_words_is_answered_as_if_there_were_no_other_tweets(
    question: str, stores: tuple[DirectoryQueries, DirectoryQueries]
) -> None:
    every, about = stores
    ask = QUESTIONS[question]
    expected = ask(about, Filter())
    assert ask(every, Filter(query="STORM")) == expected
    assert ask(every, Filter()) != expected or question == "peaks"


def test_words_tags_and_names_must_all_be_there(stores: tuple[DirectoryQueries, DirectoryQueries]) -> None:
    every, _ = stores
    expected = {"storm @otter": len(ABOUT) - 1, "#STORM": len(ABOUT) + len(OTHERS) - 2, "#storm smiling": 9}
    assert {query: every.summary(Filter(query=query)).tweets for query in expected} == expected
    assert every.summary(Filter(query="lanterns", emotion="joy", until=NOON + timedelta(days=1))).tweets == 2


NAMED = [
    Made("sky", "tea with @Alice.bsky.social", mentions=["Alice.bsky.social"]),
    Made("sky-2", "@alice.bsky.social: tea", mentions=["alice.bsky.social"]),
    Made("dash", "tea at @tea-house.example.org", mentions=["tea-house.example.org"]),
    Made("other", "@alicetea.example.org", mentions=["alicetea.example.org"]),
    Made("x", "tea with @ann-lee", mentions=["ann"]),
    Made("x-2", "thanks @ann.best tea", mentions=["ann"]),
    Made("x-3", "@gull and @Otter", mentions=["gull", "Otter"]),
]


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> DirectoryQueries:
    return DirectoryQueries(make_store(tmp_path_factory.mktemp("named"), NAMED))


def test_each_name_that_is_mentioned_is_found_by_it(named: DirectoryQueries) -> None:
    mentioned = named.top("mentions")
    assert len(mentioned) == 6
    for term in mentioned:
        found = [named.search(f"@{name}").total for name in (term.term, term.written)]
        assert found == [term.tweets] * 2, term


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("@alice.bsky.social", {"sky": "@Alice.bsky.social", "sky-2": "@alice.bsky.social"}),
        ("@ALICE", {"sky": "@Alice", "sky-2": "@alice"}),
        ("with @alice.bsky.social tea", {"sky": "@Alice.bsky.social"}),
        ("@alice.example.org", {}),
        ("@tea-house.example.org", {"dash": "@tea-house.example.org"}),
        ("@tea", {"dash": "@tea"}),
        ("@ann-lee", {"x": "@ann-lee", "x-2": "@ann"}),
        ("@ann.b", {"x": "@ann", "x-2": "@ann"}),
        ("@ann", {"x": "@ann", "x-2": "@ann"}),
        ("@otter @gull", {"x-3": "@gull @Otter"}),
        ("@otter @ann.b", {}),
    ],
)
def test_a_name_is_found_whole_or_by_where_it_begins(
    named: DirectoryQueries, query: str, found: dict[str, str]
) -> None:
    hits = named.search(query).hits
    spans = {hit.tweet_id: [hit.text[start:end] for start, end in hit.highlights] for hit in hits}
    marked = {tweet: " ".join(span for span in of if span.startswith("@")) for tweet, of in spans.items()}
    assert marked == found


def test_a_search_within_words_wants_those_too(stores: tuple[DirectoryQueries, DirectoryQueries]) -> None:
    found = stores[0].search("lanterns", Filter(query="storm"))
    assert [hit.tweet_id for hit in found.hits] == ["s-joy"]
    (hit,) = found.hits
    assert [hit.text[start:end] for start, end in hit.highlights] == ["storm", "lanterns"]


def test_the_words_are_marked_in_examples(stores: tuple[DirectoryQueries, DirectoryQueries]) -> None:
    (hit,) = stores[0].examples(Filter(query="storm"))["joy"]
    assert [hit.text[start:end] for start, end in hit.highlights] == ["storm"]


def test_a_gap_is_since_the_authors_tweet_before_whatever_that_one_said(tmp_path: Path) -> None:
    made = [Made("1", "tea"), Made("2", "storm", at=NOON + timedelta(minutes=7)), Made("3", "storm", user="gull")]
    with DirectoryQueries(make_store(tmp_path, made)) as queries:
        (gap,) = queries.gaps(Filter(query="storm"))
    assert (gap.tweets, gap.median) == (1, 7.0)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("query", "said"), [("\u200d", "can be searched"), ("\udcff", "half a character")])
def test_what_no_tweet_can_hold_is_refused_by_every_question(
    question: str, query: str, said: str, stores: tuple[DirectoryQueries, DirectoryQueries]
) -> None:
    with pytest.raises(UsageError, match=said):
        QUESTIONS[question](stores[0], Filter(query=query))


def test_a_filter_that_is_made_by_place_begins_with_its_emotion() -> None:
    assert Filter("joy", NOON) == Filter(emotion="joy", since=NOON)


@pytest.mark.parametrize("query", [None, "", "  "])
def test_no_words_ask_nothing(query: str | None, stores: tuple[DirectoryQueries, DirectoryQueries]) -> None:
    assert stores[0].summary(Filter(query=query)) == stores[0].summary()
