"""Dead letters on disk: one JSON object a line with `file`, `line`, `reason` and `raw`."""

import base64
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from emotion.faults import crash_point
from emotion.stores.files import whole
from emotion.tweets.tweet import DeadLetter

RAW_BYTES = 10_000


def write_dead_letters(
    path: Path, source: str, letters: Iterable[DeadLetter], keep_raw: bool, check: Callable[[], None] = lambda: None
) -> int:
    """Write the letters, whole or not at all, and not at all where `check` raises; returns the lines of the file.

    With `keep_raw` False, as private jobs want it, the length stands in place of the text.
    """
    with whole(path, check) as temporary, temporary.open("wb") as file:
        for letter in letters:
            file.write(orjson.dumps(entry(source, letter, keep_raw), option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            crash_point("dead-letter")
    return count_dead_letters(path)


def count_dead_letters(path: Path) -> int:
    """How many dead letters the file holds; none where there is no file."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def entry(source: str, letter: DeadLetter, keep_raw: bool) -> dict[str, Any]:
    """A dead letter as it is kept; with `keep_raw` False, the length stands in place of the text."""
    place: dict[str, Any] = {"file": source, "line": letter.line, "reason": letter.reason}
    if not keep_raw:
        return place | {"length": len(letter.raw)}
    raw = letter.raw[:RAW_BYTES]
    try:
        return place | {"raw": _decode(raw, cut=len(letter.raw) > RAW_BYTES)}
    except UnicodeDecodeError:
        return place | {"raw": base64.b64encode(raw).decode(), "encoding": "base64"}


def _decode(raw: bytes, cut: bool) -> str:
    """Text of `raw`; where it was cut, a character cut in two at its end is dropped."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if cut and error.start >= len(raw) - 3:
            return raw[: error.start].decode()
        raise
