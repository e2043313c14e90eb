"""One string names a store: a directory, or the address of an index, `http(s)://host:port/alias`."""

from pathlib import Path

from emotion.errors import UsageError
from emotion.objects.address import is_remote
from emotion.stores.elasticsearch.address import address, is_address
from emotion.stores.protocol import LiveStore, Queries, Store
from emotion.stores.records import Described


def check_place(target: str) -> None:
    """Refuse what no store can be.

    Raises:
        UsageError: it is an address of object storage, where nothing is renamed and nothing appended to.
    """
    if is_remote(target):
        raise UsageError(
            f"A store cannot lie at {target} yet: give a directory, on a file system that all machines share where "
            "there are several, or the address of an index. Archives and models can lie there."
        )


def open_store(target: str, keep_raw: bool = True) -> Store:
    """The store that a job writes to; nothing is made or asked yet. Without `keep_raw`, dead letters keep no text."""
    check_place(target)
    if is_address(target):
        from emotion.stores.elasticsearch.store import ElasticsearchStore

        return ElasticsearchStore(address(target), keep_raw)
    from emotion.stores.directory import DirectoryStore

    return DirectoryStore(Path(target).resolve(), keep_raw)


def open_queries(target: str, everything: bool = False) -> Queries:
    """The answers of a store; with `everything`, what is not felt counts as the model's best emotion.

    Raises:
        UsageError: there is no store.
    """
    check_place(target)
    if is_address(target):
        from emotion.stores.elasticsearch.queries.index import ElasticsearchQueries

        return ElasticsearchQueries(address(target), everything)
    from emotion.stores.queries.directory import DirectoryQueries

    return DirectoryQueries(Path(target), everything)


def open_live(target: str, described: Described, keep_raw: bool = True) -> LiveStore:
    """The store as a live writer fills it, made where there is none; a directory has one writer at a time.

    Raises:
        StoreError: another writer holds it, its labels differ, a job on it has not come to its end, or the server
            cannot be used.
    """
    check_place(target)
    if is_address(target):
        from emotion.stores.elasticsearch.live import ElasticsearchLive

        return ElasticsearchLive(address(target), described, keep_raw)
    from emotion.stores.live.directory import DirectoryLive

    return DirectoryLive(Path(target).resolve(), described, keep_raw)
