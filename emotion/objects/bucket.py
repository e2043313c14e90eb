"""What buckets hold and take. Requests that fail are tried again, those that break off from where they did.

Keys and endpoints come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL`,
`GOOGLE_SERVICE_ACCOUNT`, ...) or from the machine's own role; nothing of them is kept or sent to workers.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from emotion.errors import StorageError
from emotion.objects.address import parse, plain

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore

AT_ONCE = 32  # requests under way, where many objects are asked for
_PATIENCE = timedelta(seconds=90)
_BEYOND = "416 Range Not Satisfiable"
_ODD = "object with invalid path"
_NO_KEYS = ("169.254.169.254", "token request", "TokenRequest")  # asked where nothing else gave credentials

One = TypeVar("One")
Other = TypeVar("Other")


class Vanished(StorageError):
    """An object is not there any more as it was listed."""


class Entry(NamedTuple):
    """An object as it was listed. `version` is what the bucket calls this content: another content has another."""

    address: str
    size: int
    modified_ns: int
    version: str | None


class Seen(NamedTuple):
    """What a bucket called the content of an object when it was read: S3 by a tag, Google Cloud by a version."""

    tag: str | None
    version: str | None


def listed(address: str) -> Iterator[Entry]:
    """The objects below a folder in the order of their keys, page by page, as they are asked for.

    The empty objects that consoles put for folders are none.

    Raises:
        StorageError: the bucket is not there, refuses, or does not answer.
    """
    import obstore

    place = parse(address)
    with explained(address):
        pages = obstore.list(client(place.bucket), place.key.rstrip("/") or None)
        yield from _no_folders((_entry(place.bucket, meta) for page in pages for meta in page), plain(address))


def folders(address: str) -> list[str]:
    """The names of the folders just below a folder.

    Raises:
        StorageError: as `listed`.
    """
    import obstore

    place = parse(address)
    with explained(address):
        found = obstore.list_with_delimiter(client(place.bucket), place.key.rstrip("/") or None)
    return [path.rpartition("/")[2] for path in found["common_prefixes"]]


def find(address: str) -> Entry | None:
    """One object, or None where there is none of that name."""
    import obstore

    place = parse(address)
    if not place.key or place.key.endswith("/"):
        return None
    with explained(address):
        try:
            return _entry(place.bucket, obstore.head(client(place.bucket), place.key))
        except FileNotFoundError:
            return None


def read(address: str, start: int, end: int, version: str | None) -> bytes:
    """Bytes from `start` to before `end`, fewer where the object ends before.

    Raises:
        StorageError: the object is gone, or is not of that version any more; or as `listed`.
    """
    import obstore
    from obstore.exceptions import GenericError, PreconditionError

    place = parse(address)
    options: GetOptions = {"range": (start, end)}
    if version is not None:
        options["if_match"] = version
    with explained(address):
        try:
            return bytes(obstore.get(client(place.bucket), place.key, options=options).bytes())
        except (FileNotFoundError, PreconditionError):
            raise Vanished(f"{address} changed or vanished since it was listed. Put the old object back.") from None
        except GenericError as error:
            if _BEYOND in str(error):
                return b""
            raise


def whole(address: str) -> tuple[bytes, Seen] | None:
    """What a small object holds, with how it was seen; None where there is none."""
    import obstore

    place = parse(address)
    with explained(address):
        try:
            found = obstore.get(client(place.bucket), place.key)
            return bytes(found.bytes()), Seen(found.meta["e_tag"], found.meta["version"])
        except FileNotFoundError:
            return None


def write(address: str, content: bytes | Path) -> Entry:
    """Put an object, whole or not at all; a file travels in pieces.

    Raises:
        StorageError: the bucket is not there, refuses, or does not answer.
    """
    import obstore

    place = parse(address)
    with explained(address):
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        put = obstore.put(client(place.bucket), place.key, content)
    return Entry(address, size, 0, put["e_tag"])


def write_as_seen(address: str, content: bytes, seen: Seen | None) -> Seen | None:
    """Put an object in the place of the one that was seen, or of none; None where another writer was faster."""
    import obstore
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    place = parse(address)
    named = {"e_tag": seen.tag, "version": seen.version} if seen else {}
    mode: Any = {name: value for name, value in named.items() if value is not None} or "create"
    with explained(address):
        try:
            put = obstore.put(client(place.bucket), place.key, content, mode=mode, use_multipart=False)
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            found = whole(address)  # an answer that was lost on its way makes the second try find the first
            return found[1] if found is not None and found[0] == content else None
    return Seen(put["e_tag"], put["version"])


def remove(addresses: Iterable[str]) -> None:
    """Remove objects; those that are gone already are none to worry about."""
    import obstore

    by_bucket: dict[str, list[str]] = {}
    for address in addresses:
        place = parse(address)
        by_bucket.setdefault(place.bucket, []).append(place.key)
    for bucket, keys in by_bucket.items():
        with explained(bucket), suppress(FileNotFoundError):
            obstore.delete(client(bucket), keys)


def in_order(do: Callable[[One], Other], items: Iterable[One]) -> Iterator[tuple[One, Other]]:
    """Each item with what `do` makes of it, many under way at once, and never more of `items` taken than that."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="objects") as pool:
        waiting: deque[tuple[One, Future[Other]]] = deque()
        try:
            taken = iter(items)
            waiting.extend((item, pool.submit(do, item)) for item in islice(taken, 2 * AT_ONCE))
            while waiting:
                item, made = waiting.popleft()
                yield item, made.result()
                waiting.extend((item, pool.submit(do, item)) for item in islice(taken, 1))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Tell what object storage refuses, or does not answer, as a StorageError."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise StorageError(_sentence(address, str(error))) from None


def client(bucket: str) -> "ObjectStore":
    """The client of a bucket, kept for as long as the process lives; a fork makes its own."""
    return _client(bucket, os.getpid())


@lru_cache(maxsize=8)
def _client(bucket: str, _process: int) -> "ObjectStore":
    from obstore.store import from_url

    with explained(bucket):
        return from_url(
            bucket,
            retry_config={"retry_timeout": _PATIENCE},
            client_options={
                "connect_timeout": "5s",
                "timeout": "60s",
                "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true",
            },
        )


def _entry(bucket: str, meta: "ObjectMeta") -> Entry:
    modified = round(meta["last_modified"].timestamp() * 1000) * 1_000_000
    return Entry(f"{bucket}/{meta['path']}", meta["size"], modified, meta["e_tag"])


def _no_folders(entries: Iterable[Entry], folder: str) -> Iterator[Entry]:
    """Without `NAME/`, which obstore calls `NAME`: that of the folder asked for, and empty ones above others."""
    for entry, following in pairwise(chain(entries, (None,))):
        assert entry is not None
        below = following is not None and following.address.startswith(f"{entry.address}/")
        if entry.address != folder and not (below and entry.size == 0):
            yield entry


def _sentence(address: str, said: str) -> str:
    first = said.partition("\n")[0].partition("<?xml")[0].strip().rstrip(":")[:300]
    if any(mark in said for mark in _NO_KEYS):
        return (
            f"No credentials for {address}: none in the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            f"GOOGLE_SERVICE_ACCOUNT), and this machine has no role of its own ({first})."
        )
    if _ODD in said:
        key = first.partition(_ODD)[2].removeprefix(":").strip()
        return f"An object of {address} has a key that is no path: {key}. Rename it, or name the folders beside it."
    return f"Object storage does not give {address}: {first}. Check the bucket, its region (AWS_REGION) and the rights."
