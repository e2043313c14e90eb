"""What an archive is made of: the files named by paths, folders and globs, and the members of tar and zip."""

from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import PurePath

import msgspec

SUFFIXES = (".json", ".jsonl", ".ndjson", ".js", ".csv", ".tsv", ".parquet", ".tar", ".zip")
SHORT_TAR = (".tgz", ".tbz2", ".tbz", ".txz", ".tzst")
COMPRESSIONS = (".gz", ".bz2", ".zst", ".xz")


class Member(msgspec.Struct, frozen=True):
    """Where a file lies in a container: `offset` and `size` in an uncompressed tar, or its `name` in a zip.

    Of members of one name the later ones lie below `again/`.
    """

    name: str
    offset: int = 0
    size: int = 0
    zipped: bool = False


class ArchiveFile(msgspec.Struct, frozen=True):
    """One file to read.

    `path` is as opened ("-" is standard input), `name` is archive-relative and stable (it becomes `source`), `size` is
    in bytes as stored, `head` hashes the first 64 KiB. `format` is a layout of formats.detect, None where
    only reading can tell (compressed files and streams). A `stream` can be read once, from its start. `version` is
    what object storage calls the content of an object.
    """

    path: str
    name: str
    size: int
    mtime_ns: int
    head: str
    format: str | None = None
    compression: str | None = None
    member: Member | None = None
    stream: bool = False
    version: str | None = None


@dataclass(slots=True)
class Listing:
    """The files of an archive in reading order, and the names of those left aside."""

    files: list[ArchiveFile] = field(default_factory=list)
    left_aside: list[str] = field(default_factory=list)


def encodable(name: str) -> str:
    r"""The name with each byte that is not UTF-8 written out, as `\xe9`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def told_apart(name: str, taken: Container[str]) -> str:
    """The name, or where it is taken below the first of the folders `again/`, `again-3/`, `again-4/` … that is free.

    Found by halves: an archive that was appended to every hour has thousands of one name.
    """
    if name not in taken:
        return name
    free = 2
    while _copy(name, free) in taken:
        free *= 2
    held = free // 2
    while free - held > 1:
        middle = (held + free) // 2
        held, free = (middle, free) if _copy(name, middle) in taken else (held, middle)
    return _copy(name, free)


def _copy(name: str, number: int) -> str:
    return f"again/{name}" if number <= 2 else f"again-{number}/{name}"


def is_member_name(name: str) -> bool:
    """Whether a file of a container is read: as one of a folder, of which hidden folders are left aside."""
    return is_archive_name(name) and not any(part.startswith(".") and part != ".." for part in PurePath(name).parts)


def is_archive_name(name: str) -> bool:
    """Whether a file of a folder or container is read, told by its name."""
    path = PurePath(name)
    if path.name.startswith((".", "__MACOSX")) or "__MACOSX" in path.parts:
        return False
    lowered = path.name.lower()
    if lowered.endswith(SHORT_TAR):
        return True
    for compression in COMPRESSIONS:
        lowered = lowered.removesuffix(compression)
    return lowered.endswith(SUFFIXES)
