"""From a source into the buffer: batches, without repeated tweets, within the budget, and copied where asked."""

import queue
import sys
import threading
import time
from dataclasses import dataclass

import msgspec

from emotion.crawling.buffer import Buffer, Stopped
from emotion.crawling.raw import RawArchive
from emotion.crawling.recent import Recent
from emotion.crawling.tally import Taken
from emotion.errors import EmotionError, JobError
from emotion.stores.files import append_line, room_on_disk
from emotion.tweets.live.source import Event, Gap, Item, LiveSource, Quiet

_ITEMS = 1_000  # between the thread that reads the source and the one that writes the buffer
_CURSOR_SECONDS = 30.0  # after which a cursor that moved on without records is kept


@dataclass(frozen=True, slots=True)
class Batching:
    """When a frame is closed: as many records, or bytes, or after so many seconds."""

    records: int = 2000
    bytes: int = 4 << 20  # a quarter of what the API takes at once
    seconds: float = 1.0


class Intake:
    """Two threads: one asks the source, one makes frames.

    `done` is set when nothing more will come, `failed` as soon as `error` says why.
    """

    def __init__(
        self,
        source: LiveSource,
        buffer: Buffer,
        raw: RawArchive | None,
        max_posts: int | None,
        batching: Batching,
    ) -> None:
        self.done = threading.Event()
        self.failed = threading.Event()
        self.error: EmotionError | None = None
        self.heard = time.time()  # when the source last gave a sign of life
        self.taken = Taken.of(buffer.last.tally) if buffer.last else Taken()
        self._source = source
        self._buffer = buffer
        self._raw = raw
        self._max_posts = max_posts
        self._batching = batching
        self._recent = Recent() if source.repeats else None
        self._items: queue.Queue[Item | None] = queue.Queue(_ITEMS)
        self._stop = threading.Event()
        self._records: list[bytes] = []
        self._bytes = 0
        self._began: float | None = None
        self._cursor = buffer.last.cursor if buffer.last else None
        self._kept = time.monotonic()
        self._kept_cursor, self._kept_counts = self._cursor, self._counts()
        self._threads: list[threading.Thread] = []

    @property
    def spent(self) -> bool:
        """Whether nothing is left of the budget."""
        return self._max_posts is not None and self.taken.posts >= self._max_posts

    def start(self) -> None:
        """Begin; the source goes on where the buffer's newest frame says."""
        if self._raw is not None:
            self._raw.mend(self._buffer.newest())
        if self.spent:
            self.done.set()
            return
        for work, name in ((self._ask, "source"), (self._fill, "intake")):
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the source; what it gave so far is still put into the buffer. Waits for that."""
        self._stop.set()
        self._source.close()
        self.done.wait(10)

    def _ask(self) -> None:
        """The first thread. It asks for no more than the budget allows: what is read is paid for."""
        left = None if self._max_posts is None else self._max_posts - self.taken.posts
        try:
            for item in self._source.read(self._cursor, left):
                if not isinstance(item, Quiet) or item.alive:
                    self.heard = time.time()
                if not self._hand_on(item):
                    return
                if left is not None and isinstance(item, Event):
                    left -= item.posts
                    if left <= 0:
                        break
        except EmotionError as error:
            self._fail(error)
        except Exception as error:
            self._fail(_fault("The source", error))
        self._hand_on(None)

    def _hand_on(self, item: Item | None) -> bool:
        """Wait for room; whether anybody still wants it."""
        while not self.done.is_set():
            try:
                self._items.put(item, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False

    def _fill(self) -> None:
        """The second thread."""
        try:
            with room_on_disk(self._buffer.folder):
                self._take_all()
        except Stopped:
            pass  # the source gives it again: no later cursor is kept
        except EmotionError as error:
            self._fail(error)
        except OSError as error:
            self._fail(JobError(f"The buffer {self._buffer.folder} cannot be written: {error}."))
        except Exception as error:
            self._fail(_fault("The crawl", error))
        finally:
            self.done.set()
            self._source.close()

    def _fail(self, error: EmotionError) -> None:
        """The first fault is the one that is told."""
        if self.error is None:
            self.error = error
            self.failed.set()

    def _take_all(self) -> None:
        while True:
            try:
                item = self._items.get(timeout=self._patience())
            except queue.Empty:
                if self._is_due():
                    self._flush()
                if self._stop.is_set():
                    break
                continue
            if item is None:
                break
            self._take(item)
            if self._is_due():
                self._flush()
        self._flush()

    def _take(self, item: Item) -> None:
        if isinstance(item, Gap):
            self.taken.gaps += 1
            self.taken.filled += item.filled
            self._note_gap(item)
        elif isinstance(item, Event):
            self.taken.received += 1
            self.taken.posts += item.posts
            if self._recent is not None and self._recent.repeats(item.raw):
                self.taken.duplicates += 1
            else:
                self._add(item.raw)
            self._cursor = item.cursor or self._cursor
        else:
            self._cursor = item.cursor or self._cursor

    def _add(self, raw: bytes) -> None:
        """A record on one line; line breaks of JSON lie between its tokens, where blanks are as good."""
        line = raw.replace(b"\r", b" ").replace(b"\n", b" ") if b"\n" in raw or b"\r" in raw else raw
        self._records.append(line)
        self._bytes += len(line)
        if self._began is None:
            self._began = time.monotonic()

    def _is_due(self) -> bool:
        if self._began is None:
            if not self._has_moved():
                return False
            is_told = self.taken.gaps != self._kept_counts[1] and self._cursor != self._kept_cursor
            return is_told or time.monotonic() - self._kept > _CURSOR_SECONDS
        full = len(self._records) >= self._batching.records or self._bytes >= self._batching.bytes
        return full or time.monotonic() - self._began >= self._batching.seconds

    def _patience(self) -> float:
        """Seconds to wait for the next item."""
        if self._began is None:
            return 0.2
        return min(0.2, max(0.001, self._began + self._batching.seconds - time.monotonic()))

    def _flush(self) -> None:
        """Make a frame of what was gathered."""
        if not self._records and not self._has_moved():
            return
        position = self._raw.next_position() if self._raw is not None else None
        tally = self.taken.to_dict()
        frame = self._buffer.append(self._records, self._cursor, tally, position, self._stop)
        if frame is not None and self._raw is not None:
            self._raw.write(frame)
        self._records, self._bytes, self._began = [], 0, None
        self._kept, self._kept_cursor, self._kept_counts = time.monotonic(), self._cursor, self._counts()

    def _has_moved(self) -> bool:
        """Whether anything that must outlive us came without a record."""
        return self._cursor != self._kept_cursor or self._counts() != self._kept_counts

    def _counts(self) -> tuple[int, int]:
        """What was paid for, and what is missing."""
        return self.taken.posts, self.taken.gaps

    def _note_gap(self, gap: Gap) -> None:
        append_line(self._buffer.folder / "gaps.jsonl", msgspec.json.encode(gap))
        filled = "filled by search" if gap.filled else "not filled"
        print(f"gap of {gap.until - gap.since:,.0f} s, {filled}: {gap.reason}", file=sys.stderr, flush=True)


def _fault(what: str, error: Exception) -> JobError:
    return JobError(f"{what} failed ({type(error).__name__}: {error}); say the same again to go on.")
