"""A bounded queue of frames on disk that one thread fills and another one empties."""

import threading
import time
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple, Self

import filelock

from emotion.crawling.buffer.frames import Frame, Header, Place, Position, compress
from emotion.crawling.buffer.kept import kept_for, new_name
from emotion.crawling.buffer.segments import Segments
from emotion.errors import StoreError, UsageError
from emotion.stores.files import sweep

Policy = Literal["wait", "drop-oldest", "drop-newest"]
SEGMENT_BYTES = 16 << 20
_EPOCH = 1_767_225_600  # 2026, in seconds since 1970
_NUMBERS_A_SECOND = 1 << 15  # more than frames can be kept; with them numbers stay below 10**14 for 90 years
_KEEP_SECONDS = 1.0  # between two notes of what is done; what a kill forgets of them is sent again, without effect


class _Waiting(NamedTuple):
    path: Path
    place: Place


class Stopped(Exception):
    """A frame was not kept, as there was no room when the crawl was ended: its source is to be asked for it again."""


class Buffer:
    """Frames that wait to be sent, at most `limit` bytes of them, in a folder that one crawler uses at a time.

    A frame that `append` has returned from is there after a kill or a power loss, with the cursor and the tally that
    belong to it. Frames leave in order, each once it is acknowledged; after a kill the last ones may come again, with
    the same number and content. A folder that is an old copy, from a backup say, gives no number again that was given
    after it was made: each opening begins at a number that tells the time.
    """

    def __init__(self, folder: Path, source: str, target: str, limit: int, policy: Policy = "wait") -> None:
        self.folder = folder
        self.policy = policy
        self._limit = limit
        self._source = source
        self._first = int((time.time() - _EPOCH) * _NUMBERS_A_SECOND)
        self._segments = Segments(folder / "segments", min(SEGMENT_BYTES, max(limit // 8, 1)))
        self._room = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._held: int | None = None  # the frame that is being sent
        self._newest: _Waiting | None = None
        self._frames: Counter[Path] = Counter()  # that wait, by segment
        self._bytes = self._records = 0
        self._noted = 0.0
        self._is_closed = False
        self._lock = _alone(folder)
        sweep(folder)
        self._kept = kept_for(folder, source, target, is_used=self._segments.are_there())
        self._recover()

    @property
    def name(self) -> str:
        """The name under which targets know what comes from here; another buffer has another one."""
        return self._kept.name

    @property
    def has_delivered(self) -> bool:
        """Whether the target was found once, and is none that was misspelt."""
        return self._kept.delivered

    @property
    def last(self) -> Header | None:
        """The header of the newest frame, whether it waits, is done, or was dropped."""
        refused = self._kept.refused
        if refused is not None and refused.sequence >= self._following():
            return refused
        return self._newest.place.header if self._newest else None

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._bytes

    @property
    def records(self) -> int:
        """Records that wait."""
        return self._records

    @property
    def dropped(self) -> int:
        """Records that were dropped since the buffer was made."""
        return self._kept.dropped

    def append(
        self,
        records: list[bytes],
        cursor: str | None,
        tally: dict[str, int],
        position: Position | None,
        stop: threading.Event,
    ) -> Frame | None:
        """Add a frame; None where it was dropped.

        Raises:
            Stopped: `stop` was set while there was no room, or the buffer is closed.
        """
        body = compress(records)
        with self._room:
            if self._is_closed:
                raise Stopped
            number = max(self._batch() + 1, self._first) if records else self._batch()
            header = Header(self._following(), len(records), cursor, tally, position, number)
            if not self._make_room(len(body), header, stop):
                return None
            frame, before = Frame(header, body), self._newest
            self._newest = _Waiting(*self._segments.append(frame))
            self._add(self._newest)
            if before is not None and before.path not in self._frames:
                self._segments.drop(before.path)  # it was done already, and stayed as the newest one
            self._room.notify_all()
        return frame

    def next(self, timeout: float) -> Frame | None:
        """The oldest frame that waits, or None when none came in so many seconds. It stays until acknowledged."""
        with self._room:
            if not self._waiting and not self._room.wait_for(lambda: bool(self._waiting), timeout):
                return None
            path, place = self._waiting[0]
            self._held = place.header.sequence
            return self._segments.read(path, place)

    def acknowledge(self, sequence: int, at_once: bool = False) -> None:
        """The frame is done with, and all before it; noted within a second, or `at_once`."""
        with self._room:
            self._held = None
            while self._waiting and self._waiting[0].place.header.sequence <= sequence:
                self._kept.delivered |= self._waiting[0].place.header.records > 0
                self._forget(self._waiting.popleft())
            self._kept.done = max(self._kept.done, sequence)
            if at_once or time.monotonic() - self._noted > _KEEP_SECONDS:
                with suppress(StoreError):  # a full disk keeps nothing from being sent; `close` tells it
                    self._note()
            self._room.notify_all()

    def rename(self) -> None:
        """Take another name: by ours the target knows what another crawler sent, who had a copy of this buffer."""
        with self._room:
            self._kept.name = new_name(self._source)
            self._note()

    def newest(self) -> Frame | None:
        """The newest frame, whether it waits or not."""
        return self._segments.read(*self._newest) if self._newest else None

    def close(self) -> None:
        """Note what is done, and let another crawler in."""
        with self._room:
            self._is_closed = True
            try:
                self._note()
            finally:
                self._segments.close()
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _following(self) -> int:
        """The number of the next frame."""
        return max(self._newest.place.header.sequence if self._newest else 0, self._kept.done) + 1

    def _batch(self) -> int:
        """The number of the newest frame that has records."""
        newest = self._newest.place.header if self._newest else None
        return newest.number if newest and newest.sequence >= self._kept.done else self._kept.done

    def _make_room(self, size: int, header: Header, stop: threading.Event) -> bool:
        """Whether there is room, in the end, for a frame of that size."""
        while self._bytes + size > self._limit and self._waiting:
            if self.policy == "drop-newest":
                self._kept.dropped += header.records
                self._kept.refused = header
                self._note()
                return False
            if self.policy == "drop-oldest" and self._drop_oldest():
                continue
            if stop.is_set():
                raise Stopped
            self._room.wait(0.1)
        return True

    def _drop_oldest(self) -> bool:
        """Drop the oldest frame that is not being sent."""
        place = 1 if self._waiting[0].place.header.sequence == self._held else 0
        if place >= len(self._waiting):
            return False
        one = self._waiting[place]
        del self._waiting[place]
        self._kept.drop(one.place.header)
        self._note()
        self._forget(one)
        return True

    def _add(self, one: _Waiting) -> None:
        self._waiting.append(one)
        self._frames[one.path] += 1
        self._bytes += one.place.size
        self._records += one.place.header.records

    def _forget(self, one: _Waiting) -> None:
        """Take a frame out of the account, and its segment away where it was the last one of it."""
        self._bytes -= one.place.size
        self._records -= one.place.header.records
        self._frames[one.path] -= 1
        if not self._frames[one.path]:
            del self._frames[one.path]
            self._segments.drop(one.path)

    def _recover(self) -> None:
        seen = []
        for path, place in self._segments.recover():
            self._newest = _Waiting(path, place)
            seen.append(path)
            if self._kept.waits(place.header.sequence):
                self._add(self._newest)
        for path in dict.fromkeys(seen):
            if path not in self._frames:
                self._segments.drop(path)

    def _note(self) -> None:
        self._noted = time.monotonic()
        self._kept.write(self.folder)


def _alone(folder: Path) -> filelock.BaseFileLock:
    """The buffer's lock, held.

    Raises:
        UsageError: another crawler holds it.
    """
    lock = filelock.FileLock(folder / "buffer.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UsageError(
            f"Another crawler uses the buffer {folder}: end it first, or give this one another --buffer."
        ) from None
    return lock
