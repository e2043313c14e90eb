"""Names of objects: `s3://bucket/key` and `gs://bucket/key`."""

import re
from typing import NamedTuple

from emotion.errors import UsageError

SCHEMES = ("s3://", "gs://")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Address(NamedTuple):
    """A bucket with its scheme, `s3://bucket`, and a key in it, which may be the beginning of many."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}"


def is_remote(path: str) -> bool:
    """Whether a path names an object, or many, rather than a file."""
    return path.startswith(SCHEMES)


def parse(path: str) -> Address:
    """The parts of an address.

    Raises:
        UsageError: it names no bucket, is not UTF-8, or holds what would lead out of a folder.
    """
    scheme, _, rest = path.partition("://")
    bucket, _, key = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(f"{path!r} names no bucket; write {scheme}://BUCKET/KEY.")
    if {"", ".", ".."} & set(key.removesuffix("/").split("/")[:-1]) or key.endswith(("/.", "/..")):
        raise UsageError(f"{path!r} holds an empty part, or . or ..; write {scheme}://BUCKET/FOLDER/NAME.")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{path!r} is not UTF-8, as keys in a bucket are. Check the address.") from None
    return Address(f"{scheme}://{bucket}", key)


def plain(folder: str) -> str:
    """The address of a folder without what its end may be written with.

    Raises:
        UsageError: it is none.
    """
    return str(parse(folder)).rstrip("/")
