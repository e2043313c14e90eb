"""Whole documents of an index, all of them as they were at one moment, in batches."""

from collections.abc import Iterator
from typing import Any

from emotion.stores.elasticsearch.connect import explained
from emotion.stores.elasticsearch.paging import pages, point_in_time
from emotion.stores.elasticsearch.queries.asking import Index, Query
from emotion.stores.elasticsearch.session import session


def scan(index: Index, query: Query, size: int) -> Iterator[list[dict[str, Any]]]:
    """The `_source` of every document that matches, so many at once, in the order in which the server keeps them."""
    asking = session(index.address)
    with explained(index.address), point_in_time(asking, index.name) as moment:
        for hits in pages(asking, moment, query, [{"_shard_doc": "asc"}], size, {"excludes": ["counted"]}):
            yield [hit["_source"] for hit in hits]
