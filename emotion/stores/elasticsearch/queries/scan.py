"""Whole documents of an index, all of them as they were at one moment, in batches."""

from collections.abc import Iterator
from typing import Any

from emotion.stores.elasticsearch.connect import explained
from emotion.stores.elasticsearch.queries.asking import Index, Query

_ALIVE = "5m"  # how long the server keeps the moment between two batches


def scan(index: Index, query: Query, size: int) -> Iterator[list[dict[str, Any]]]:
    """The `_source` of every document that matches, so many at once, in the order in which the server keeps them."""
    client = index.client
    with explained(index.address):
        moment = client.open_point_in_time(index=index.name, keep_alive=_ALIVE)["id"]
    try:
        after: dict[str, Any] = {}
        while True:
            with explained(index.address):
                answer = client.search(
                    pit={"id": moment, "keep_alive": _ALIVE}, query=query, size=size, sort="_shard_doc",
                    track_total_hits=False, source_excludes=["counted"], **after,
                )  # fmt: skip
            hits, moment = answer["hits"]["hits"], answer["pit_id"]
            if not hits:
                return
            yield [hit["_source"] for hit in hits]
            after = {"search_after": hits[-1]["sort"]}
    finally:
        client.options(ignore_status=404).close_point_in_time(id=moment)
