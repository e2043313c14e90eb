"""Opens a new file with the compression that its name asks for; compressed bytes depend on the content alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def create(path: Path) -> Iterator[IO[bytes]]:
    """A writable binary file at `path`, its folder made; .gz, .bz2, .xz and .zst are compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, _packed(raw, path.suffix) as file:
        yield file


def write(path: Path, content: bytes) -> None:
    """Write a whole file."""
    with create(path) as file:
        file.write(content)


def _packed(raw: IO[bytes], suffix: str) -> Any:
    if suffix == ".gz":
        import gzip

        return gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0)
    if suffix == ".bz2":
        import bz2

        return bz2.BZ2File(raw, "wb")
    if suffix == ".xz":
        import lzma

        return lzma.LZMAFile(raw, "wb")
    if suffix == ".zst":
        from emotion.zstd import ZstdFile

        return ZstdFile(raw, "wb")
    return raw
