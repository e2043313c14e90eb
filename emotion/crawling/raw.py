"""The archive of raw records: what `emotion label` reads, as it came in.

Files of zstd frames, appended and never changed, a new one each day (UTC) and whenever one has grown large.
"""

import glob
import os
from datetime import UTC, datetime
from pathlib import Path

from emotion.crawling.buffer import Frame, Position
from emotion.errors import UsageError
from emotion.stores.files import room_on_disk, sync_directory

FILE_BYTES = 256 << 20
_SUFFIX, _DIGITS = ".jsonl.zst", 6


class RawArchive:
    """Appends the records of frames, each once: where a frame's begin is told in the frame itself.

    A kill between a frame and its copy here is mended by `mend` with the buffer's newest frame.
    """

    def __init__(self, folder: Path, name: str, file_bytes: int = FILE_BYTES) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"The folder {folder} (--keep-raw) cannot be made: {error.strerror}.") from None
        self._folder = folder
        self._name = name
        self._file_bytes = file_bytes
        self._current: Position | None = None

    def mend(self, newest: Frame | None) -> None:
        """Make the archive hold the newest frame as its last one, unless its file was moved away."""
        if newest is not None and newest.header.position is not None:
            position = newest.header.position
            self._current = position
            if position.offset == 0 or self._path(position).exists():
                self.write(newest)

    def next_position(self) -> Position:
        """Where the next frame's records are to begin."""
        today = f"{self._name}-{datetime.now(UTC):%Y%m%d}"
        current = self._current
        is_todays = current is not None and current.file.startswith(today)
        if current is not None and is_todays and current.offset < self._file_bytes and self._path(current).exists():
            return current
        names = [path.name for path in self._folder.glob(f"{glob.escape(today)}-*{_SUFFIX}")]
        names += [current.file] if current is not None and is_todays else []
        number = max((int(name.removesuffix(_SUFFIX)[-_DIGITS:]) for name in names), default=0) + 1
        return Position(f"{today}-{number:0{_DIGITS}d}{_SUFFIX}", 0)

    def write(self, frame: Frame) -> None:
        """Put a frame's records where its header says; again has no further effect."""
        position = frame.header.position
        assert position is not None
        path = self._path(position)
        new = not path.exists()
        with room_on_disk(self._folder), path.open("ab" if new else "r+b") as file:
            file.truncate(position.offset)
            file.seek(position.offset)
            file.write(frame.body)
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_directory(self._folder)
        self._current = Position(position.file, position.offset + len(frame.body))

    def _path(self, position: Position) -> Path:
        return self._folder / position.file
