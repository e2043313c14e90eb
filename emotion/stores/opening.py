"""One string names a store: a directory, a folder of object storage, or an index, `http(s)://host:port/alias`."""

from pathlib import Path
from typing import Any

from emotion.errors import UsageError
from emotion.objects.address import is_remote, plain
from emotion.stores.described import Described, read_described, read_run
from emotion.stores.elasticsearch.address import address, is_address
from emotion.stores.protocol import Haste, LiveStore, Queries, Store
from emotion.stores.queries.zones import zone_of


def describe(target: str) -> Described | None:
    """What a store says of itself, or None where there is none.

    Raises:
        StoreError: the store is damaged, or of another version, or its server does not tell within seconds.
    """
    if is_address(target):
        from emotion.stores.elasticsearch.described import describe as of_index

        return of_index(address(target))
    if is_remote(target):
        from emotion.stores.bucket.layout import Layout
        from emotion.stores.bucket.restart import current

        return Layout(plain(target), current(plain(target))).describe()
    return read_described(Path(target))


def read_accounts(target: str) -> dict[str, Any] | None:
    """The accounts of a store's jobs and, but for an index, its live writers, or None before there are any.

    Raises:
        StoreError: they are damaged, or the server does not answer.
    """
    if is_address(target):
        from emotion.stores.elasticsearch.job import read_run as of_index
        from emotion.stores.elasticsearch.session import session

        return of_index(session(address(target)).client, address(target).alias)
    if is_remote(target):
        from emotion.stores.bucket.layout import Layout
        from emotion.stores.bucket.restart import current

        return Layout(plain(target), current(plain(target))).run()
    return read_run(directory_of(target))


def directory_of(target: str) -> Path:
    """The directory that a store's name means.

    Raises:
        UsageError: its path is not UTF-8, as what is written into and asked of a store must be.
    """
    path = Path(target).resolve()
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"The path {str(path)!r} of a store is not UTF-8. Rename the folder, or name another."
        ) from None
    return path


def check_live(target: str) -> None:
    """Refuse what no live writer can fill.

    Raises:
        UsageError: it lies on object storage, or its path is not UTF-8.
    """
    if is_remote(target):
        raise UsageError(
            f"What is live cannot be written to {target}, where nothing is appended to: give an index or a directory, "
            "or keep an archive (--keep-raw) and label that into the bucket."
        )
    if not is_address(target):
        directory_of(target)


def open_store(target: str, keep_raw: bool = True) -> Store:
    """The store that a job writes to; nothing is made or asked yet. Without `keep_raw`, dead letters keep no text.

    Raises:
        UsageError: no store can be there.
    """
    if is_address(target):
        from emotion.stores.elasticsearch.store import ElasticsearchStore

        return ElasticsearchStore(address(target), keep_raw)
    if is_remote(target):
        from emotion.stores.bucket.store import BucketStore

        return BucketStore(plain(target), keep_raw)
    from emotion.stores.directory.store import DirectoryStore

    return DirectoryStore(directory_of(target), keep_raw)


def open_queries(target: str, everything: bool = False, zone: str = "UTC", haste: Haste | None = None) -> Queries:
    """The answers of a store; with `everything`, what is not felt counts as the model's best emotion.

    Hours, days and all longer periods are those of the clock of `zone`. In `haste`, a server is not asked
    again and again, nor any further once the question was given up.

    Raises:
        UsageError: there is no store, or no such time zone.
        StoreError: it cannot be read, or nobody waits for it any more.
    """
    clock = zone_of(zone)
    if is_address(target):
        from emotion.stores.elasticsearch.queries.index import ElasticsearchQueries

        return ElasticsearchQueries(address(target), everything, clock, haste)
    if is_remote(target):
        from emotion.stores.bucket.queries import BucketQueries

        return BucketQueries(plain(target), everything, clock, haste)
    from emotion.stores.directory.queries import DirectoryQueries

    directory_of(target)
    return DirectoryQueries(Path(target), everything, clock)


def open_live(target: str, described: Described, keep_raw: bool = True) -> LiveStore:
    """The store as a live writer fills it, made where there is none; a directory has one writer at a time.

    Raises:
        UsageError: nothing live can be written there.
        StoreError: another writer holds it, its labels differ, a job on it has not come to its end, or the server
            cannot be used.
    """
    check_live(target)
    if is_address(target):
        from emotion.stores.elasticsearch.live import ElasticsearchLive

        return ElasticsearchLive(address(target), described, keep_raw)
    from emotion.stores.directory.live import DirectoryLive

    return DirectoryLive(directory_of(target), described, keep_raw)
