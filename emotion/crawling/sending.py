"""From the buffer to the target: frame by frame, with patience, each until it is acknowledged."""

import random
import threading
import time
from collections.abc import Callable, Sequence

from emotion.crawling.buffer import Buffer, Frame
from emotion.crawling.doubt import Doubt
from emotion.crawling.halves import Halves
from emotion.crawling.refusals import Refusals
from emotion.crawling.tally import Sent
from emotion.crawling.targets import Again, Receipt, Refused, Renamed, Target, Unwilling
from emotion.faults import crash_point

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0  # seconds
_PLACES = 10_000  # at least as many as a frame has


class Sender:
    """Sends in the thread that calls `run`; `sent` may be read from others."""

    def __init__(self, buffer: Buffer, target: Target, clock: Callable[[], float] = time.monotonic) -> None:
        self.sent = Sent()
        self._doubt = Doubt(buffer.has_delivered, clock)
        self._buffer = buffer
        self._target = target
        self._refusals = Refusals(buffer.folder)
        self._halves = Halves(buffer.folder)

    def run(self, ended: threading.Event, hurry: threading.Event) -> None:
        """Send until the buffer is empty and nothing more comes (`ended`); with `hurry`, until the target fails.

        Raises:
            EmotionError: the target takes nothing at all; what waits stays in the buffer.
        """
        while True:
            last = ended.is_set()
            frame = self._buffer.next(0.2)
            if frame is None:
                if last:
                    return
                continue
            if frame.header.records and not self._deliver(frame, hurry):
                return
            crash_point("frame-sent")
            self._buffer.acknowledge(frame.header.sequence, at_once=self._halves.are_of(frame.header.number))
            crash_point("frame-acknowledged")

    def _deliver(self, frame: Frame, hurry: threading.Event) -> bool:
        """Whether the frame arrived, but for what is refused of it; else the target failed in a `hurry`."""
        lines, number = frame.lines(), frame.header.number
        reasons = self._refused(number, 0, lines, 0, hurry)
        if reasons is None:
            return False
        self._refusals.keep(self._buffer.name, number, lines, reasons)
        self.sent.refused += len(reasons)
        return True

    def _refused(
        self, number: int, first: int, lines: Sequence[bytes], halved: int, hurry: threading.Event
    ) -> dict[int, str] | None:
        """Send what begins at the `first` place of a frame, in halves where it is refused as a whole.

        Returns why single records are refused, by their places; None where the target failed in a `hurry`.
        """
        suffix, sequence = (f"-part{halved}", number * _PLACES + first) if halved else ("", number)
        if not self._halves.hold(number, halved, first):
            try:
                return {} if self._patiently(suffix, sequence, lines, hurry) else None
            except Refused as error:
                if len(lines) == 1:
                    return {first: str(error)}
            self._halves.add(number, halved, first)
        middle, reasons = len(lines) // 2, dict[int, str]()
        for start, half in ((first, lines[:middle]), (first + middle, lines[middle:])):
            found = self._refused(number, start, half, halved + 1, hurry)
            if found is None:
                return None
            reasons |= found
        return reasons

    def _patiently(self, suffix: str, sequence: int, lines: Sequence[bytes], hurry: threading.Event) -> bool:
        """Whether the records arrived under the buffer's name with the suffix; else the target failed in a `hurry`."""
        wait = _FIRST_WAIT
        while True:
            found = self._tried(suffix, sequence, lines)
            if isinstance(found, Receipt):
                self._arrived(len(lines), found)
                return True
            self._troubled(found)
            if hurry.is_set():
                return False
            hurry.wait(wait * random.uniform(1, 1.25))
            wait = min(wait * 2, _LONGEST_WAIT)

    def _tried(self, suffix: str, sequence: int, lines: Sequence[bytes]) -> Receipt | str:
        """What became of the records, or why they are to be sent again."""
        try:
            receipt = self._target.send(f"{self._buffer.name}{suffix}", sequence, lines)
        except Unwilling as error:
            if self._doubt.is_final():
                raise error.refusal from None
            return str(error)
        except (Again, Refused, Renamed) as error:
            self._doubt.other()
            if isinstance(error, Refused):
                raise
            if isinstance(error, Renamed):
                self._buffer.rename()
            return str(error)
        self._doubt.taken()
        return receipt

    def _arrived(self, records: int, receipt: Receipt) -> None:
        sent = self.sent
        sent.records += records
        sent.labelled += receipt.labelled
        sent.dead_letters += receipt.dead_letters
        sent.deleted += receipt.deleted
        sent.skipped += receipt.skipped
        sent.trouble, sent.waiting_since = "", None

    def _troubled(self, reason: str) -> None:
        self.sent.retries += 1
        self.sent.trouble = reason
        if self.sent.waiting_since is None:
            self.sent.waiting_since = time.time()
