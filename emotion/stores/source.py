"""A store as a source: the files from which its tweets are labelled anew into another one."""

from collections.abc import Iterator
from pathlib import Path

from emotion.errors import StoreError, UsageError
from emotion.objects.address import is_remote, plain
from emotion.objects.bucket import Entry, in_order, listed
from emotion.stores.bucket.layout import Layout
from emotion.stores.bucket.ledger import BucketLedger
from emotion.stores.bucket.restart import current
from emotion.stores.bucket.store import BucketStore
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.elasticsearch.address import is_address
from emotion.stores.files import finished_files
from emotion.stores.finish.layout import Layout as Folder
from emotion.stores.opening import directory_of
from emotion.stores.queries.documents import is_unfinished
from emotion.tweets.archive import known_file
from emotion.tweets.files import ArchiveFile
from emotion.tweets.formats.documents import NOTICES, NoticeRows
from emotion.tweets.streams import open_stored

_NOTICES = "_job/tombstones.arrow"


def source_files(store: str) -> list[ArchiveFile]:
    """The finished documents of a store, by month, and its delete notices, if any, behind them.

    Raises:
        UsageError: it is an index.
        StoreError: a job or a live writer on it has not come to its end.
    """
    if is_address(store):
        raise UsageError(
            f"The store {store} is an index, of which no files are read: write its documents to one by "
            f"`emotion export {store} --to tweets.parquet`, and label that."
        )
    found = _of_bucket(plain(store)) if is_remote(store) else _of_directory(directory_of(store))
    files = [file for _, file in in_order(_file, found)]
    return [file for file in files if file.format != NOTICES or _holds_any(file)]


def source_manifest(store: str) -> bytes | None:
    """The manifest of the job that filled it, or None where that was a live writer; not of an index."""
    if is_remote(store):
        return BucketStore(plain(store), generation=current(plain(store))).manifest()
    return DirectoryStore(directory_of(store)).manifest()


def _of_directory(root: Path) -> Iterator[tuple[Path | Entry, str]]:
    """Files with their names."""
    if is_unfinished(root):
        raise _unfinished(str(root))
    for path in (*finished_files(root), Folder(root).tombstones):
        if path.exists():
            yield path, f"{root.name}/{path.relative_to(root).as_posix()}"


def _of_bucket(address: str) -> Iterator[tuple[Path | Entry, str]]:
    layout = Layout(address, current(address))
    snapshot, _ = layout.snapshot()
    if not snapshot.files or BucketLedger(layout).open_keys((entry.address for entry in listed(layout.job)), snapshot):
        raise _unfinished(address)
    months = sorted(name for name in snapshot.files if name.startswith("month="))
    for name in (*months, _NOTICES):
        if name in snapshot.files:
            yield layout.entry(snapshot.files[name]), f"{address.rpartition('/')[2]}/{name}"


def _file(found: tuple[Path | Entry, str]) -> ArchiveFile:
    place, name = found
    return known_file(place, name, NOTICES if name.endswith(_NOTICES) else "parquet")


def _holds_any(notices: ArchiveFile) -> bool:
    with open_stored(notices) as handle:
        return len(NoticeRows(handle)) > 0


def _unfinished(store: str) -> StoreError:
    return StoreError(
        f"The store {store} is unfinished: end the crawler or the job that writes to it, or say the same command "
        "again where it was cut short, and label it then."
    )
