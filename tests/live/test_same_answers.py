"""Every question, asked of the same tweets in a directory and in a real Elasticsearch."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import UsageError
from emotion.stores.answers import KINDS, Filter, Sample
from emotion.stores.opening import open_queries
from emotion.stores.protocol import Queries
from tests.live.conftest import forget
from tests.live.filled import fill, fill_table
from tests.made_store import LABELS, NOON, PROFILE_LABELS, Made, make_store

pytestmark = pytest.mark.live

WORDS = (
    *(
        "storm",
        "house",
        "lanterns",
        "scared",
        "sooooo",
        "Happy",
        "the",
        "café",
        "naïve",
        "любовь",
        "愛",
        "x",
        "7",
        "!!!",
    ),
    *("don't", "<b>", "&amp;", "https://example.org/a", "😱", "👩‍👩‍👧", "ÅNGSTRÖM", "ﷺ", "#powercut", "@Otter"),
)
TAGS = ("Storm", "storm", "STORM", "İstanbul", "ΣΑΣ", "σας", "Straße", "愛", "a.b", "_", "ẞ", "ǅ")
NAMES = ("Otter", "otter", "gull", "ΑΣ", "İ", "gull.bsky.social", "Otter-Bay.example.org", "ottershore.org")
ENTITIES = (
    *(("person", "Paris"), ("place", "Paris"), ("place", "PARIS"), (None, "Paris"), (None, "İzmir")),
    *(("organisation", "ΣΑΣ"), ("product", "Thing"), ("product", "thing")),
)
TRICKY = (
    Made("quote", "\"'; DROP TABLE documents -- \\ /", "anger"),
    Made("control", "a\tb\r\nc\x01\x7f\u2028d", "fear"),
    Made("nothing", "", "love"),
    Made("bidi", "\u202eevil\u202c \u200d\u200b\ufeff", "surprise"),
    Made("lone", "half \ud83d of a pair", "sadness"),
    Made("astral", "𝒔𝒕𝒐𝒓𝒎 🏳️‍🌈 🇩🇪", "joy", hashtags=["𝒔𝒕𝒐𝒓𝒎", "🏳️‍🌈"]),
    Made("before", "before the epoch", at=datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    Made("x" * 500, "a long id", "fear"),
    Made("twice", "#storm #Storm #storm", "fear", hashtags=["storm", "Storm", "storm"], mentions=["a", "A", "a"]),
    Made("no-one", "nobody's", user=None, lang=None, at=None),
    Made("empty", "empty names", user="", lang="", hashtags=["", "full"]),
    Made("unknown", "unknown language", lang="unknown"),
)


def tweets(n: int = 200) -> list[Made]:
    """Many tweets, with what is hard to count alike: equal times, equal texts, several spellings."""
    chance = random.Random(7)
    return [*TRICKY, *(_tweet(chance, k) for k in range(n))]


def _tweet(chance: random.Random, k: int) -> Made:
    moment = NOON + timedelta(days=chance.choice((0, 0, 0, 1, 2, 9, 40)), minutes=chance.randrange(600))
    return Made(
        id=str(10**17 + chance.randrange(10**6) * 1000 + k),
        text=" ".join(chance.choices(WORDS, k=chance.randrange(1, 7))),
        emotion=chance.choice(LABELS),
        felt=chance.random() < 0.6,
        score=chance.choice((0.3, 0.5, 0.9, 1 / 3, chance.random())),
        at=chance.choice((moment, moment, moment + timedelta(microseconds=chance.randrange(3)), None)),
        user=chance.choice((*NAMES, None)),
        lang=chance.choice(("en", "EN", "de", None)),
        hashtags=chance.choices(TAGS, k=chance.randrange(4)),
        mentions=chance.choices(NAMES, k=chance.randrange(3)),
        retweet_of=chance.choice((None, None, "1")),
        utc_offset=chance.choice((None, 0, 3600, -12 * 3600, 11 * 3600, 5 * 3600 + 1800)),
        profile=chance.sample(PROFILE_LABELS, chance.randrange(4)),
        entities=chance.choices(ENTITIES, k=chance.randrange(3)),
    )


@dataclass(frozen=True)
class Both:
    """One store twice."""

    directory: Queries
    index: Queries

    def ask(self, question: str, *asked: Any, **more: Any) -> Any:
        """The answer of both, which must be one."""
        expected = getattr(self.directory, question)(*asked, **more)
        assert getattr(self.index, question)(*asked, **more) == expected
        return expected


@pytest.fixture(scope="module", params=[(1, True), (3, False)], ids=["everything, one shard", "felt, three shards"])
def both(
    request: pytest.FixtureRequest,
    client: Elasticsearch,
    elasticsearch_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Both]:
    shards, everything = request.param
    store = make_store(tmp_path_factory.mktemp("same") / "store", tweets())
    alias = f"same{uuid.uuid4().hex[:12]}"
    with open_queries(str(store), everything) as directory:
        fill_table(client, alias, directory.documents().read_all(), shards)
        with open_queries(f"{elasticsearch_url}/{alias}", everything) as index:
            yield Both(directory, index)
    forget(client, alias)


FILTERS = (
    Filter(),
    Filter(emotion="JOY"),
    Filter(felt=False),
    Filter(since=NOON, until=NOON + timedelta(days=2)),
    Filter(since=NOON + timedelta(minutes=5, microseconds=1)),
    Filter(query="storm"),
    Filter(query="#sTORM @otter", felt=True),
    Filter(query="sooo", emotion="joy"),
    Filter(until=datetime(1970, 1, 1, tzinfo=UTC)),
    *(Filter(hashtag=tag) for tag in ("#sTORM", "istanbul", "İstanbul", "σασ", "ẞ", "a.b", "*", "")),
    *(Filter(user=user) for user in ("@Otter", "id-Otter", "ας", "nobody", "")),
    Filter(lang="EN"),
    Filter(lang="unknown"),
    Filter(emotion="fear", felt=True, lang="en", hashtag="storm"),
)


def test_a_summary_is_the_same(both: Both) -> None:
    for filter in FILTERS:
        summary = both.ask("summary", filter)
        languages = both.index.summary(filter).languages
        assert list(languages.items()) == list(summary.languages.items())
    assert both.ask("summary").tweets == len(tweets())


def test_time_is_the_same(both: Both) -> None:
    later = Filter(since=datetime(2021, 1, 1, tzinfo=UTC))
    for filter in (later, Filter(emotion="joy", since=later.since), Filter(hashtag="storm", since=later.since)):
        for by in ("hour", "day", "week", "month"):
            assert both.ask("timeline", by, filter)
    assert len(both.ask("timeline", "month")) > 600
    assert both.ask("rhythm").local
    for filter in FILTERS[:8]:
        both.ask("rhythm", filter)
        both.ask("peaks", filter)
    assert [peak.hashtag for peak in both.ask("peaks", later)] != []


@pytest.mark.parametrize("zone", ["Europe/London", "America/Sao_Paulo", "Asia/Kolkata"])
def test_the_clock_of_a_zone_is_the_same(
    zone: str, client: Elasticsearch, elasticsearch_url: str, alias: str, tmp_path: Path
) -> None:
    changes = [datetime(*day, tzinfo=UTC) for day in ((2018, 11, 4, 3), (2021, 3, 28, 1), (2021, 10, 31, 1))]
    made = [
        Made(f"{at:%Y}{month}-{n}", "x", LABELS[n % 6], at=at + timedelta(minutes=20 * n - 400),
             utc_offset=(None, None, 3600)[n % 3], hashtags=["a"])
        for month, at in enumerate(changes)
        for n in range(60)
    ]  # fmt: skip
    fill(client, alias, [*made, *TRICKY])
    store = make_store(tmp_path / "store", [*made, *TRICKY])
    later = Filter(since=datetime(2018, 1, 1, tzinfo=UTC))
    with open_queries(str(store), False, zone) as one, open_queries(f"{elasticsearch_url}/{alias}", False, zone) as two:
        for by in ("hour", "day", "week", "month"):
            assert two.timeline(by, later) == one.timeline(by, later)
        assert two.rhythm() == one.rhythm()
        assert two.summary() == one.summary()
        assert two.peaks() == one.peaks()


@pytest.mark.parametrize("kind", KINDS)
def test_terms_are_the_same(both: Both, kind: str) -> None:
    for filter in (Filter(), Filter(emotion="JOY", until=NOON + timedelta(days=2)), Filter(query="storm")):
        for limit in (2, 5000):
            both.ask("top", kind, filter, limit)
            both.ask("top_by_emotion", kind, filter, limit)
        both.ask("significant", kind, filter)
    assert both.ask("top", kind)
    if kind == "words":
        assert any(both.ask("significant", kind).values())


def test_searches_are_the_same(both: Both) -> None:
    queries: tuple[str, ...] = (
        "",
        "storm",
        "STORM house",
        "sooo",
        "soo",
        "#storm",
        "#İstanbul #σας",
        "@otter",
        "love &",
        "愛",
    )
    queries += ("don't", "👩‍👩‍👧", "\"'; DROP", "любовь", "* OR text:*", "power cut")
    for query in queries:
        both.ask("search", query)
        both.ask("search", query, Filter(emotion="fear", felt=True), limit=3)
    assert both.ask("search", limit=1000).total == len(tweets())
    for filter in FILTERS:
        both.ask("search", "", filter, limit=25)


def test_names_that_are_mentioned_are_found_alike(both: Both) -> None:
    mentioned = both.ask("top", "mentions", limit=100)
    assert len(mentioned) > 6
    for term in mentioned:
        found = both.ask("search", f"@{term.term}", limit=300).total
        assert found >= term.tweets
        assert found == term.tweets or term.term in ("otter", "gull") or "." in term.term, term
    for query in ("@gull.example.org", "@otter.b @gull", "@ottershore", "@ottershore.org @gull", "storm @otter-bay"):
        both.ask("search", query, limit=300)
    assert both.ask("search", "@gull.example.org").total


def test_examples_are_the_same(both: Both) -> None:
    for filter in FILTERS[:8]:
        both.ask("examples", filter)
    assert all(both.ask("examples", limit=200).values())


def test_documents_are_the_same(both: Both) -> None:
    for filter in (Filter(), Filter(emotion="joy"), Filter(hashtag="nowhere"), Filter(query="house")):
        one, two = (sorted_by_id(queries.documents(filter).read_all()) for queries in (both.directory, both.index))
        assert two.schema == one.schema
        assert two.equals(one)


def test_samples_and_columns_are_the_same(both: Both) -> None:
    columns = ["tweet_id", "counted", "created_at", "scores", "hashtags", "entities"]
    questions: tuple[tuple[Filter, list[str] | None, Sample | None, int], ...] = (
        (Filter(), columns, None, len(tweets())),
        (Filter(), columns, Sample(30, 5), 30),
        (Filter(felt=True), None, Sample(9), 9),
    )
    for filter, names, sample, rows in questions:
        one, two = (
            sorted_by_id(queries.documents(filter, names, sample).read_all())
            for queries in (both.directory, both.index)
        )
        assert one.num_rows == rows
        assert two.equals(one)


def test_gaps_are_told_by_a_directory_alone(both: Both) -> None:
    with pytest.raises(UsageError, match="by a directory alone"):
        both.index.gaps()


def test_what_is_refused_is_refused_by_both(both: Both) -> None:
    for question, asked in (
        ("summary", [Filter(emotion="rage")]),
        ("top", ["verbs"]),
        ("timeline", ["year"]),
        ("search", ["\x00"]),
        ("summary", [Filter(query="\u200d")]),
        ("top", ["words", Filter(query="\udcff")]),
    ):
        for queries in (both.directory, both.index):
            with pytest.raises(UsageError):
                getattr(queries, question)(*asked)


def test_hours_of_half_a_century_are_too_many_in_both(both: Both) -> None:
    for queries in (both.directory, both.index):
        with pytest.raises(UsageError, match="too many hours"):
            queries.timeline("hour")


def sorted_by_id(table: Any) -> Any:
    return table.sort_by("tweet_id")


def test_a_ranking_is_exact_where_shards_disagree(
    client: Elasticsearch, elasticsearch_url: str, alias: str, tmp_path: Path
) -> None:
    """Terms that no shard ranks first, and more of them than a first try asks for."""
    chance = random.Random(11)
    made = [
        Made(
            f"{n}",
            "x",
            chance.choice(LABELS),
            hashtags=tuple({f"tag{int(chance.expovariate(0.008))}" for _ in range(6)}),
        )
        for n in range(3000)
    ]
    fill(client, alias, made, shards=5)
    directory = make_store(tmp_path / "store", made)
    with open_queries(str(directory)) as one, open_queries(f"{elasticsearch_url}/{alias}") as two:
        for limit in (3, 100, 400):
            assert two.top("hashtags", limit=limit) == one.top("hashtags", limit=limit)
        assert two.significant("hashtags") == one.significant("hashtags")
