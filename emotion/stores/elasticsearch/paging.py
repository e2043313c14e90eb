"""Reading an index whole, whatever is in it: page by page as it was at one moment, counted, and by ids."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from emotion.errors import StoreError
from emotion.stores.elasticsearch.patience import patiently, why
from emotion.stores.elasticsearch.session import Session

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_KEEP_ALIVE = "1h"  # of a point in time, from one page to the next: who trains on what is read takes a while
_GONE = "index_not_found_exception"
_OF_ONE_MOMENT = {"_shard_doc": "asc"}  # the quickest order, which another point in time does not have
Json = dict[str, Any]


@contextmanager
def point_in_time(session: Session, index: str) -> Iterator[str]:
    """The index as it is now, for who reads it page by page within."""
    from elasticsearch import ApiError, TransportError

    pit = open_point_in_time(session, index)
    try:
        yield pit
    finally:
        with suppress(ApiError, TransportError):  # the server drops it anyway, a little later
            session.client.close_point_in_time(id=pit)


def open_point_in_time(session: Session, index: str) -> str:
    """The index as it is now, until nobody has read on for an hour."""
    opened = patiently(
        session.patience(), lambda: session.client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)
    )
    return str(opened["id"])


def pages(
    session: Session,
    pit: str,
    query: Mapping[str, Any],
    sort: Sequence[Mapping[str, Any]],
    size: int,
    source: Any = None,
    slice: Mapping[str, Any] | None = None,
    after: Sequence[Any] | None = None,
) -> Iterator[list[Json]]:
    """The hits of a query at a point in time, `size` at a time; with `slice`, one of several shares of them."""
    while True:
        page = patiently(
            session.patience(),
            lambda pit=pit, after=after: session.client.search(  # type: ignore[misc]  # mypy infers no lambda defaults
                pit={"id": pit, "keep_alive": _KEEP_ALIVE},
                query=query,
                sort=sort,
                size=size,
                search_after=after,
                source=source,
                slice=slice,
                track_total_hits=False,
                version=True,
                allow_partial_search_results=False,
            ),
        )
        hits = page["hits"]["hits"]
        if hits:
            yield hits
        if len(hits) < size:
            return
        pit, after = page.get("pit_id", pit), hits[-1]["sort"]


def scan(
    session: Session,
    index: str,
    query: Mapping[str, Any],
    sort: Sequence[Mapping[str, Any]],
    size: int,
    source: Any = None,
) -> Iterator[Json]:
    """All hits of a query as they are now.

    Where the server forgets that moment, as one does that is started again, the scan goes on after the last hit, which
    the `sort` must tell apart from all others. In the order of `_shard_doc` it begins anew: hits may come twice then.
    """
    from elasticsearch import NotFoundError

    after: Sequence[Any] | None = None
    patience = None
    while True:
        with point_in_time(session, index) as pit:
            try:
                for hits in pages(session, pit, query, sort, size, source, after=after):
                    yield from hits
                    patience = None  # it goes on: the next loss is another one
                    after = None if _OF_ONE_MOMENT in sort else hits[-1]["sort"][: len(sort)]
                return
            except NotFoundError as error:
                patience = patience or session.patience()
                patience.pause(why(error))


def refresh(session: Session, index: str) -> None:
    """Make everything written so far be found; where a shard fails to do it, it is asked again."""
    patience = session.patience()
    while failed := patiently(patience, lambda: session.client.indices.refresh(index=index))["_shards"]["failed"]:
        patience.pause(f"{failed} of the shards of {index} could not be refreshed")


def count(session: Session, index: str, query: Mapping[str, Any] | None = None) -> int:
    """Documents that match; a shard that is away is waited for."""
    return patiently(session.patience(), lambda: counted(session.client, index, query))


def counted(client: "Elasticsearch", index: str, query: Mapping[str, Any] | None = None) -> int:
    """Documents that match, of all shards: `_count` leaves those out that are away, and cannot be told not to."""
    found = client.search(index=index, query=query, size=0, track_total_hits=True, allow_partial_search_results=False)
    return int(found["hits"]["total"]["value"])


def get_many(session: Session, index: str, ids: Sequence[str], source: Any = None) -> list[Json]:
    """Those of these documents that are there; a shard that is away is waited for.

    Raises:
        StoreError: the index is gone, or a shard is away for too long.
    """
    patience = session.patience()
    while True:
        found = patiently(patience, lambda: session.client.mget(index=index, ids=ids, source=source))["docs"]
        wrong = next((each["error"] for each in found if "error" in each), None)
        if wrong is None:
            return [each for each in found if each["found"]]
        if wrong.get("type") == _GONE:
            raise StoreError(f"The index {index} was removed.")
        patience.pause(f"it cannot look for a document, {wrong.get('reason') or wrong.get('type')}")


def batches(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The values in lists of so many."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
