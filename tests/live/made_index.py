"""Parts of made tweets, and a store in Elasticsearch that is filled with them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from elasticsearch import Elasticsearch

from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.store import ElasticsearchStore
from emotion.stores.ledger import Commit, Tombstones, part_key
from emotion.stores.protocol import Totals, Turn
from emotion.tweets.tweet import DeadLetter
from tests.made_store import LABELS, NO_STONES, PROFILE_LABELS, Made, make_documents


def tweets(first: int, count: int, **more: Any) -> list[Made]:
    """Tweets of these numbers."""
    made = Made("", "good day #sun", hashtags=("sun",), **more)
    return [replace(made, id=str(10**18 + n), text=f"good day {n}") for n in range(first, first + count)]


def store_at(url: str, alias: str) -> ElasticsearchStore:
    """The store of that alias, known to be there or not."""
    store = ElasticsearchStore(address(f"{url}/{alias}"))
    with store.explained():
        store.recover()
    return store


def write_part(
    store: ElasticsearchStore,
    file: int,
    documents: pa.Table,
    letters: Sequence[DeadLetter] = (),
    stones: Tombstones = NO_STONES,
    start: int = 0,
) -> Commit:
    """Write and commit a file of one split and one part."""
    key = part_key(file, 0, 0)
    written = store.write(key, f"{file}.jsonl", documents, letters, Turn(start, file, 0))
    gone = len(stones.tweets) + len(stones.users)
    read = written.documents + written.dead_letters + gone
    commit = Commit(
        key, f"{file}.jsonl", file, 0, 0, True, read, written.documents, written.dead_letters, gone, tombstones=stones
    )
    store.commit(commit)
    return commit


def fill(
    url: str,
    alias: str,
    parts: Sequence[Sequence[Made]],
    letters: Sequence[DeadLetter] = (),
    stones: Tombstones = NO_STONES,
) -> tuple[Totals, list[Commit]]:
    """A finished store of these parts; letters and notices come with the last."""
    store = store_at(url, alias)
    with store.explained(), store.hold() as held:
        store.open(LABELS, PROFILE_LABELS)
        commits = [
            write_part(store, file, make_documents(part), letters if last else (), stones if last else NO_STONES)
            for file, part in enumerate(parts)
            for last in [file == len(parts) - 1]
        ]
        totals = store.finish(workers=1, check=held.check)
        store.keep_run({"documents": totals.documents})
        return totals, commits


def relabel(url: str, alias: str, parts: Sequence[Sequence[Made]]) -> None:
    """Another labelling, of these parts, in the place of the one before."""
    store = store_at(url, alias)
    with store.explained(), store.hold(), store.beside().hold() as held:
        beside = store.beside()
        beside.open(LABELS, PROFILE_LABELS)
        for file, part in enumerate(parts):
            write_part(beside, file, make_documents(part))
        beside.finish(workers=1, check=held.check)
        store.exchange()


def ids(client: Elasticsearch, alias: str) -> list[str]:
    """Ids of all tweets behind the alias."""
    client.indices.refresh(index=alias)
    found = client.search(index=alias, size=10_000, source=False, sort=["tweet_id"])
    return [hit["_id"] for hit in found["hits"]["hits"]]


def letters(client: Elasticsearch, alias: str) -> list[dict[str, Any]]:
    """The dead letters of the store."""
    client.indices.refresh(index=f"{alias}-job")
    found = client.search(index=f"{alias}-job", size=1000, query={"term": {"kind": "letter"}}, sort=["key", "number"])
    return [hit["_source"] for hit in found["hits"]["hits"]]
