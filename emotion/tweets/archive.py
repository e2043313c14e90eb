"""Find the files of an archive, on disks and in buckets."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from glob import glob, has_magic
from hashlib import blake2b
from pathlib import Path, PurePath, PurePosixPath

import msgspec

from emotion.errors import ArchiveError, UsageError
from emotion.objects.address import is_remote
from emotion.objects.bucket import Entry, in_order, read
from emotion.objects.named import Named, named
from emotion.tweets.containers import tar_members, zip_members
from emotion.tweets.damage import Damage
from emotion.tweets.decompress import compression_of
from emotion.tweets.files import (
    SUFFIXES,
    ArchiveFile,
    Listing,
    Member,
    encodable,
    is_archive_name,
    is_member_name,
    told_apart,
)
from emotion.tweets.formats.detect import HEAD, UNREADABLE, detect, is_other, is_tar, is_zip
from emotion.tweets.pipes import look_into, standard_input
from emotion.tweets.streams import open_outer, read_stored, reading_failed

__all__ = ["ArchiveFile", "Listing", "Member", "find_files", "is_archive_name", "known_file"]

_STORE_MARK = "store.json"


def find_files(paths: Sequence[str], seen: Callable[[int], None] | None = None) -> Listing:
    """Files of folders (recursive, sorted), globs, single paths and addresses of objects, each once.

    `seen` is told how many there are so far.

    Raises:
        UsageError: there are none for a path.
        StorageError: a bucket does not answer.
    """
    finder = _Finder(seen)
    for path in paths:
        finder.add(path)
    if not finder.listing.files:
        named = ", ".join(paths) or "nothing"
        raise UsageError(f"No archive files in {named}: looked for {' '.join(SUFFIXES)} and their compressions.")
    taken = {file.name for file in finder.listing.files}
    finder.listing.left_aside = [name for name in dict.fromkeys(finder.listing.left_aside) if name not in taken]
    return finder.listing


def known_file(place: Path | Entry, name: str, format: str) -> ArchiveFile:
    """One file or object, under a name and with a layout that are known.

    Raises:
        ArchiveError: it cannot be read.
        StorageError: a bucket does not answer.
    """
    if isinstance(place, Entry):
        size, time, head = place.size, place.modified_ns, _object_head(place)
        return ArchiveFile(place.address, name, size, time, _hash(head), format, version=place.version)
    status, head = _looked_into(place.absolute())
    return ArchiveFile(str(place.absolute()), name, status.st_size, status.st_mtime_ns, _hash(head), format)


class _Finder:
    """Collects files; a file met before, under whatever path, is not taken again."""

    def __init__(self, seen: Callable[[int], None] | None = None) -> None:
        self.listing = Listing()
        self._tell = seen
        self._seen: set[str] = set()
        self._names: set[str] = set()

    def add(self, path: str) -> None:
        if path == "-":
            self._add_stream("-", "stdin", _hash(standard_input().head))
        elif is_remote(path):
            self._add_objects(path)
        elif Path(path).is_dir():
            self._add_folder(Path(path))
        elif Path(path).exists():
            self._add_file(Path(path), Path(path).name)
        elif has_magic(path):
            self._add_glob(path)
        else:
            raise UsageError(f"There is no file or folder {path!r}. Check the path, or put a pattern in quotes.")

    def _add_glob(self, pattern: str) -> None:
        found = sorted(glob(pattern, recursive=True))  # noqa: PTH207 (patterns may be absolute)
        if not found:
            raise UsageError(f"No file matches {pattern!r}.")
        fixed = _fixed_part(pattern)
        for path in map(Path, found):
            if (path / _STORE_MARK).exists() and path != fixed:
                self.listing.left_aside.append(encodable(f"{path.relative_to(fixed).as_posix()}/"))
            elif _in_store(path.parent, fixed):
                continue
            elif path.is_dir():
                if not pattern.endswith("**"):
                    self._add_folder(path, fixed)
            else:
                self._add_file(path, path.relative_to(fixed).as_posix())

    def _add_folder(self, folder: Path, root: Path | None = None) -> None:
        try:
            is_store = root is None and (folder / _STORE_MARK).exists()
            for path in _documents(folder) if is_store else _walk(folder):
                name = path.relative_to(root or folder).as_posix()
                if is_archive_name(path.name) and path.is_file():
                    self._add_file(path, name, chosen=False)
                else:
                    self.listing.left_aside.append(encodable(f"{name}/" if path.is_dir() else name))
        except OSError as error:
            raise ArchiveError(f"Cannot search {error.filename}: {error.strerror}.") from error

    def _add_objects(self, address: str) -> None:
        """As they are listed: the beginnings of those that came are read while others are listed."""
        stores: list[str] = []
        wanted = self._wanted(named(address, _STORE_MARK), stores)
        for (entry, name, chosen), head in in_order(lambda one: _object_head(one.entry), wanted):
            place = PurePosixPath(entry.address.partition(":/")[2])
            file = ArchiveFile(entry.address, self._unique(name, place), entry.size, entry.modified_ns, _hash(head))
            self._add_content(_changed(file, version=entry.version), head, bool(chosen))
        if stores:
            self.listing.files = [file for file in self.listing.files if not file.path.startswith(tuple(stores))]

    def _wanted(self, found: Iterator[Named], stores: list[str]) -> Iterator[Named]:
        """What is new and an archive; `stores` takes in folders that hold a store."""
        for each in found:
            if each.entry.address in self._seen:
                continue
            self._seen.add(each.entry.address)
            if each.name.endswith(f"/{_STORE_MARK}"):
                stores.append(each.entry.address.removesuffix(_STORE_MARK))
                self.listing.left_aside.append(each.name.removesuffix(_STORE_MARK))
            if each.chosen is None:
                continue
            if each.chosen or is_archive_name(each.name.rpartition("/")[2]):
                yield each
            else:
                self.listing.left_aside.append(each.name)

    def _add_file(self, path: Path, name: str, chosen: bool = True) -> None:
        """`chosen` files are taken whatever they hold."""
        path = path.absolute()
        if encodable(str(path)) != str(path):
            raise ArchiveError(f"The path {str(path)!r} is not UTF-8. Rename the file or folder.")
        real = os.path.realpath(path)
        if real in self._seen:
            return
        self._seen.add(real)
        name = self._unique(name, path)
        status, head = _looked_into(path)
        if not stat.S_ISREG(status.st_mode):
            self._add_stream(str(path), name, _hash(head))
            return
        self._add_content(ArchiveFile(str(path), name, status.st_size, status.st_mtime_ns, _hash(head)), head, chosen)

    def _add_content(self, file: ArchiveFile, head: bytes, chosen: bool) -> None:
        if is_zip(head) or is_tar(head):
            self._add_members(file, is_zip(head))
        else:
            self._add_plain(file, head, chosen)

    def _add_stream(self, path: str, name: str, head: str) -> None:
        """Named by what it begins with, so that a replay gives the same ids and another stream gives others."""
        name = self._unique(f"{name}-{head[:8]}", PurePosixPath())
        self.listing.files.append(ArchiveFile(path, name, 0, 0, head, stream=True))

    def _add_plain(self, file: ArchiveFile, head: bytes, chosen: bool) -> None:
        if not chosen and is_other(file.name, head):
            self.listing.left_aside.append(file.name)
            return
        compression = compression_of(head)
        kind = detect(head, file.name) if compression is None else None
        self.listing.files.append(_changed(file, format=kind, compression=compression))
        if self._tell is not None:
            self._tell(len(self.listing.files))

    def _add_members(self, container: ArchiveFile, zipped: bool) -> None:
        path = PurePosixPath(container.path.partition(":/")[2] if is_remote(container.path) else container.path)
        try:
            with open_outer(container) as handle:
                members, complete = (zip_members(handle), True) if zipped else tar_members(handle, container.size)
        except OSError as error:
            raise reading_failed(container.name, error) from error
        for member in members or ():
            name = f"{container.name}!{member.name}"
            if not is_member_name(member.name):
                self.listing.left_aside.append(name)
                continue
            self._add_member(container, member, self._unique(name, path))
        if members is None or not complete:
            self.listing.files.append(_changed(container, format=UNREADABLE))

    def _add_member(self, container: ArchiveFile, member: Member, name: str) -> None:
        file = _changed(container, name=name, size=member.size, member=member)
        head = _head(file)
        self._add_plain(_changed(file, head=_hash(head)), head, chosen=False)

    def _unique(self, name: str, path: PurePath) -> str:
        """The name, with as many folders of an absolute path before it as it takes to differ from those given."""
        folders = list(path.parts[1:-1])
        while name in self._names and folders:
            name = f"{folders.pop()}/{name}"
        name = told_apart(name, self._names)
        self._names.add(name)
        return name


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder in the order of their names, and the folders that are not searched."""

    def refuse(error: OSError) -> None:
        raise error

    for place, folders, files in os.walk(folder, onerror=refuse):
        here = Path(place)
        searched = {name for name in folders if _is_searched(here / name)}
        yield from (here / name for name in sorted({*files, *folders} - searched))
        folders[:] = sorted(searched)


def _documents(store: Path) -> list[Path]:
    """The tweets of a store that is named itself; all else in it is bookkeeping."""
    return sorted(store.glob("month=*/*.parquet"))


def _is_searched(folder: Path) -> bool:
    """Neither hidden nor a store, nor a link, which may lead back to where it lies."""
    return not (folder.name.startswith(".") or folder.is_symlink() or (folder / _STORE_MARK).exists())


def _in_store(folder: Path, above: Path) -> bool:
    """Whether the folder, or one that it lies in below `above`, is a store."""
    if folder == above or folder == folder.parent:
        return False
    return (folder / _STORE_MARK).exists() or _in_store(folder.parent, above)


def _fixed_part(pattern: str) -> Path:
    """The folder before the first wildcard."""
    parts = Path(pattern).parts
    first = next(k for k, part in enumerate(parts) if has_magic(part))
    return Path(*parts[:first])


def _head(file: ArchiveFile) -> bytes:
    held = b""
    try:
        for piece in read_stored(file):
            held += piece
            if len(held) >= HEAD:
                break
    except Damage:
        return held
    return held[:HEAD]


def _looked_into(path: Path) -> tuple[os.stat_result, bytes]:
    """What the system says of a file, and its beginning; that of a pipe is kept for who reads it."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return status, look_into(str(path))
        with path.open("rb") as handle:
            return status, handle.read(HEAD)
    except OSError as error:
        raise ArchiveError(f"Cannot read {path}: {error.strerror}.") from error


def _object_head(entry: Entry) -> bytes:
    return read(entry.address, 0, min(HEAD, entry.size), entry.version) if entry.size else b""


def _hash(head: bytes) -> str:
    return blake2b(head, digest_size=16).hexdigest()


def _changed(file: ArchiveFile, **changes: object) -> ArchiveFile:
    return msgspec.structs.replace(file, **changes)
