"""Files that appear whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson

TEMPORARY = ".tmp"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`; on leaving, it is synced and renamed to `path`.

    A crash leaves at most a file ending in `.tmp`, which `sweep` removes.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        yield temporary
        sync_file(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, before_rename: Callable[[], None] | None = None) -> None:
    """Write `data` to `path`, whole or not at all."""
    with whole(path) as temporary:
        temporary.write_bytes(data)
        if before_rename is not None:
            before_rename()


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON, whole or not at all."""
    write_whole(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def sync_directory(path: Path) -> None:
    """Make the renames in `path` survive a power loss."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left in `folder`."""
    for path in folder.glob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Make the content of `path` survive a power loss."""
    handle: BinaryIO
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
