"""Crawlers and the API write to monthly indices: each batch once, what was deleted stays away."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import StoreError, StoreRefusal
from emotion.labelling.replay import replay
from emotion.models.bundle import Bundle
from emotion.serving.writing import LiveWrites
from emotion.stores.described import describe
from emotion.stores.document import Context
from emotion.stores.ledger import Tombstones
from emotion.stores.live.records import of_texts
from emotion.stores.opening import open_live, open_queries
from emotion.tweets.tweet import DeadLetter
from tests.labelling.made import write_bundle
from tests.live.conftest import forget
from tests.live.made_index import ids, tweets
from tests.live.proxy import between, half
from tests.made_store import LABELS, NO_STONES, PROFILE_LABELS, Made, made_batch, make_documents
from tests.serving import made
from tests.serving.made import predictions_of

pytestmark = pytest.mark.live
DESCRIBED = describe(LABELS, PROFILE_LABELS)
MILLIS = 1_288_834_974_657  # what ids count from


def at(time: datetime, number: int = 0) -> Made:
    """A tweet whose id holds its time."""
    return Made(str((int(time.timestamp() * 1000) - MILLIS << 22) + number), "good day", at=None)


def test_a_batch_has_one_effect_however_often_it_is_written(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    live = open_live(f"{elasticsearch_url}/{alias}", DESCRIBED)
    batch = make_documents([*tweets(0, 5), *tweets(3, 1)])
    first = live.write("crawler", 1, made_batch(batch, NO_STONES, [DeadLetter(9, "broken", b"{")]))
    assert (first.documents, first.dead_letters) == (6, 1)
    client.indices.refresh(index=alias)
    with open_queries(f"{elasticsearch_url}/{alias}") as queries:
        assert (queries.summary().tweets, queries.unfinished) == (5, False)
    assert live.write("crawler", 1, made_batch(batch)) == first
    live.write("crawler", 2, made_batch(make_documents([Made(str(10**18), "another text"), *tweets(5, 1)])))
    live.close()
    assert ids(client, alias) == [str(10**18 + n) for n in range(6)]
    assert client.get(index=f"{alias}-live-2018.05", id=str(10**18))["_source"]["text"] == "good day 0"


def test_a_tweet_goes_to_the_month_of_its_own_time(elasticsearch_url: str, client: Elasticsearch, alias: str) -> None:
    live = open_live(f"{elasticsearch_url}/{alias}", DESCRIBED)
    made = [at(datetime(2021, 3, 31, 23, 59, tzinfo=UTC)), at(datetime(2021, 4, 1, tzinfo=UTC))]
    old = Made("77", "an old id", at=datetime(2009, 5, 1, tzinfo=UTC))
    live.write("crawler", 1, made_batch(make_documents([*made, old, Made("x-1", "no time", at=None)])))
    months = {name.removeprefix(f"{alias}-live-") for name in client.indices.get_alias(name=alias)}
    assert months == {"2021.03", "2021.04", "2009.05", "unknown"}


def test_deleted_tweets_go_and_never_come_back(elasticsearch_url: str, client: Elasticsearch, alias: str) -> None:
    live = open_live(f"{elasticsearch_url}/{alias}", DESCRIBED)
    live.write("crawler", 1, made_batch(make_documents([*tweets(0, 5), *tweets(5, 2, user="gone")])))
    live.write("crawler", 2, made_batch(make_documents([]), Tombstones([str(10**18)], ["id-gone"])))
    live.write("crawler", 3, made_batch(make_documents(tweets(0, 3))))
    assert ids(client, alias) == [str(10**18 + n) for n in range(1, 5)]


def test_what_was_refused_is_taken_by_a_replay(elasticsearch_url: str, client: Elasticsearch, alias: str) -> None:
    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
        written = open_live(f"{proxy.url}/{alias}", DESCRIBED).write(
            "crawler", 1, made_batch(make_documents(tweets(0, 6)), NO_STONES, [DeadLetter(9, "broken", b"{")])
        )
    assert (written.documents, written.dead_letters) == (3, 4)
    replayed, _ = replay(f"{elasticsearch_url}/{alias}")
    assert (replayed.taken, replayed.refused, replayed.records) == (3, 0, 1)
    assert ids(client, alias) == [str(10**18 + n) for n in range(6)]
    assert replay(f"{elasticsearch_url}/{alias}")[0].taken == 0


def test_copies_of_a_refused_tweet_are_dead_letters_too(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
        written = open_live(f"{proxy.url}/{alias}", DESCRIBED).write(
            "crawler", 1, made_batch(make_documents([*tweets(0, 4), *tweets(1, 1)]))
        )
    assert (written.documents, written.dead_letters) == (2, 3)
    assert replay(f"{elasticsearch_url}/{alias}")[0].taken == 3
    assert ids(client, alias) == [str(10**18 + n) for n in range(4)]


def test_what_was_refused_of_a_month_that_has_gone_is_taken_by_a_replay(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    month = f"{alias}-live-2018.05"
    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), f"{month}/_bulk")
        open_live(f"{proxy.url}/{alias}", DESCRIBED).write("crawler", 1, made_batch(make_documents(tweets(0, 4))))
    client.indices.delete(index=month)  # as a life cycle does
    assert replay(f"{elasticsearch_url}/{alias}")[0].taken == 2
    assert ids(client, alias) == [str(10**18 + n) for n in (1, 3)]
    assert [*client.indices.get_alias(name=alias)] == [month]


def test_a_store_that_was_removed_while_an_api_writes_is_begun_again(
    elasticsearch_url: str, client: Elasticsearch, alias: str, tmp_path: Path
) -> None:
    target, texts = f"{elasticsearch_url}/{alias}", ("a good day", "a bad day")
    labelled = of_texts(texts, "api/1").labelled(predictions_of(texts), Context("a", "exact", "live-a", 1))
    writes, other = (LiveWrites(target, None, 4) for _ in range(2))
    writes._described = describe(made.LABELS, made.PROFILE)

    async def write() -> None:
        await writes.write("a", 1, labelled)
        forget(client, alias)
        with pytest.raises(StoreError, match="was removed"):
            await writes.write("a", 2, labelled)
        await writes.write("a", 2, labelled)
        await writes.close()

    asyncio.run(write())
    client.indices.refresh(index=alias)
    assert client.count(index=alias)["count"] == len(texts)
    with pytest.raises(StoreRefusal, match="holds one label set"):
        other.check([Bundle.load(write_bundle(tmp_path / "model"))])


def test_a_writer_with_other_labels_is_refused(elasticsearch_url: str, alias: str) -> None:
    open_live(f"{elasticsearch_url}/{alias}", DESCRIBED).write("a", 1, made_batch(make_documents(tweets(0, 1))))
    with pytest.raises(StoreError, match="A store holds one label set"):
        open_live(f"{elasticsearch_url}/{alias}", describe(["hope"], []))
