"""An archive as if it came live: as fast as it can be read, or at the pace at which it was written."""

import threading
import time
from collections.abc import Iterator, Sequence

from emotion.errors import UsageError
from emotion.tweets.archive import find_files
from emotion.tweets.batches import Batch, Plan, batches
from emotion.tweets.files import ArchiveFile
from emotion.tweets.formats.columns import Fields
from emotion.tweets.formats.records import JsonRecords
from emotion.tweets.formats.results import Context
from emotion.tweets.live.source import Cursor, Event, Item, Quiet, decoded
from emotion.tweets.live.standard_input import raw_of
from emotion.tweets.live.statuses import deletion, status
from emotion.tweets.splits import Split
from emotion.tweets.tweet import Part, Tweet

BATCH_BYTES = 1 << 20
_BEAT = 1.0  # seconds between two signs of life while nothing is due


class Record(Cursor, frozen=True):
    """The next record to give: `number`, from 0, among the events of the `file`-th file, known by its `head`."""

    file: int = 0
    number: int = 0
    head: str = ""


class Replay:
    """The records of an archive in order. `speed` 1 keeps the pace of their times, 10 is ten times as fast, None as
    fast as possible. Records of tables and of plain texts become statuses of API v1.1.

    Raises:
        UsageError: nothing can be read.
    """

    name = "replay"
    repeats = False

    def __init__(self, paths: Sequence[str], speed: float | None = None) -> None:
        if speed is not None and speed <= 0:
            raise UsageError(f"A replay cannot run at speed {speed:g}: 1 is its own pace, 10 ten times as fast.")
        self._files = find_files(paths).files
        self._pace = None if speed is None else _Pace(speed)
        self._closed = threading.Event()

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """Records after the cursor, to the end of the archive.

        Raises:
            UsageError: the archive is another one than the cursor's.
        """
        files = self._files
        start = decoded(cursor, Record) or Record()
        if start.head and (start.file >= len(files) or files[start.file].head != start.head):
            raise UsageError(
                "The archive is not the one whose replay was begun: its files differ. Give the same paths, or another "
                "--buffer."
            )
        for place in range(start.file, len(files)):
            first = start.number if place == start.file else 0
            yield from self._file(files[place], place, first)

    def close(self) -> None:
        """End reading."""
        self._closed.set()

    def _file(self, file: ArchiveFile, place: int, first: int) -> Iterator[Item]:
        plan = Plan(file, Split(place, 0), None, Fields(), False, BATCH_BYTES)
        number, line, source = 0, 1, None
        for batch in batches(plan):
            if batch.source != source:  # the next file of a container, whose lines are its own
                line, source = 1, batch.source
            raws, records = _records(batch, line)
            line += records
            for raw in raws:
                if self._closed.is_set():
                    return
                number += 1
                if number > first:
                    yield from self._due(raw)
                    if self._closed.is_set():
                        return
                    yield Event(raw, Record(place, number, file.head).encode())

    def _due(self, raw: bytes) -> Iterator[Quiet]:
        """Wait until the record is due."""
        if self._pace is not None:
            left = self._pace.left(raw)
            while left > 0 and not self._closed.wait(min(left, _BEAT)):
                left -= _BEAT
                if left > 0:
                    yield Quiet()


def _records(batch: Batch, line: int) -> tuple[list[bytes], int]:
    """The batch as records that can stand alone, and how many of its file's records it holds."""
    if batch.raws is not None:
        return [raw for raw in map(raw_of, batch.raws) if raw.strip()], 0
    part = Part(0, batch.source)
    batch.read(part, line)
    raws = [status(tweet) for tweet in part.tweets]
    raws += [deletion(notice) for notice in part.deletions]
    return raws + [letter.raw for letter in part.dead_letters], part.read


class _Pace:
    """When records are due, by their own times; one without a time is due at once, as is one that comes late."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._parse = JsonRecords(Context("")).parse
        self._began: tuple[float, int] | None = None  # seconds of the clock, microseconds of the record

    def left(self, raw: bytes) -> float:
        """Seconds until the record is due."""
        made = self._time(raw)
        if made is None:
            return 0.0
        if self._began is None:
            self._began = time.monotonic(), made
        clock, first = self._began
        return clock + (made - first) / 1e6 / self._speed - time.monotonic()

    def _time(self, raw: bytes) -> int | None:
        result = self._parse(raw, 1)
        result = result[0] if isinstance(result, list) else result
        return result.created_at if isinstance(result, Tweet) else None
