"""Text files line by line: only LF and CRLF end a line, so a text may hold other separators."""

from collections.abc import Iterator
from pathlib import Path

from emotion.errors import DataError


def lines(path: Path) -> Iterator[str]:
    """Lines of a UTF-8 file without their ends."""
    return (line.rstrip("\r\n") for line in ended_lines(path))


def numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1."""
    return ((number, line) for number, line in enumerate(lines(path), start=1) if line.strip())


def ended_lines(path: Path, encoding: str = "utf-8") -> Iterator[str]:
    """Lines with their ends.

    Raises:
        DataError: there is no such file, or it is not in this encoding.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="\n") as file:
        try:
            yield from file
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is not UTF-8 text: {error}.") from error
