"""Whole documents of an index, page by page."""

from collections.abc import Iterator, Mapping
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

from emotion.stores.answers import Sample
from emotion.stores.elasticsearch.connect import explained
from emotion.stores.elasticsearch.paging import batches, pages, point_in_time
from emotion.stores.elasticsearch.queries.asking import Index, Query, narrowed
from emotion.stores.elasticsearch.session import Session, session
from emotion.stores.queries.columns import COUNTED, mark

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 2000  # documents fetched at once
_IDS = 10_000  # ids fetched at once: as many as the server gives
_STORED_ORDER = [{"_shard_doc": "asc"}]


def documents(index: Index, query: Query, wanted: "pa.Schema", sample: Sample | None) -> "pa.RecordBatchReader":
    """The documents that match, or a sample of them, as they are at this moment."""
    import pyarrow as pa

    from emotion.stores.elasticsearch.sources import table

    counted = index.counted if COUNTED in wanted.names else ""
    source = [*(name for name in wanted.names if name != COUNTED), *([counted] if counted else [])]

    def found() -> Iterator[pa.RecordBatch]:
        asking = session(index.address)
        with explained(index.address), point_in_time(asking, index.name) as moment:
            for chosen in [query] if sample is None else _sampled(asking, moment, query, sample):
                for hits in pages(asking, moment, chosen, _STORED_ORDER, _BATCH, source):
                    rows = [_counted(hit["_source"], counted) for hit in hits]
                    yield from table(rows, wanted).to_batches()

    return pa.RecordBatchReader.from_batches(wanted, found())


def _sampled(asking: Session, moment: str, query: Query, sample: Sample) -> Iterator[Query]:
    """The documents of a sample, some at a time: its ids are those of the lowest marks."""
    ids = (
        hit["_source"]["tweet_id"]
        for hits in pages(asking, moment, query, _STORED_ORDER, _IDS, ["tweet_id"])
        for hit in hits
    )
    lowest = nsmallest(sample.tweets, ((mark(tweet_id, sample.seed), tweet_id) for tweet_id in ids))
    for some in batches((tweet_id for _, tweet_id in lowest), _BATCH):
        yield narrowed(query, {"terms": {"tweet_id": some}})


def _counted(source: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The document with the emotion as which it counts, where that is asked for."""
    if not field:
        return dict(source)
    value: Any = source
    for name in field.split("."):
        value = value[name]
    return {**source, COUNTED: value}
