"""The archive of raw records: what `emotion label` reads, as it came in.

Files of zstd frames, appended and never changed, a new one each day (UTC) and whenever one has grown large.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from emotion.crawling.buffer import Frame, Position
from emotion.errors import UsageError
from emotion.stores.files import room_on_disk, sync_directory

FILE_BYTES = 256 << 20


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
        """Make the archive hold the newest frame as its last one."""
        if newest is not None and newest.header.position is not None:
            self.write(newest)

    def next_position(self) -> Position:
        """Where the next frame's records are to begin."""
        today = f"{self._name}-{datetime.now(UTC):%Y%m%d}"
        current = self._current
        if current is not None and current.file.startswith(today) and current.offset < self._file_bytes:
            return current
        number = len(list(self._folder.glob(f"{today}-*.jsonl.zst"))) + 1
        return Position(f"{today}-{number:04d}.jsonl.zst", 0)

    def write(self, frame: Frame) -> None:
        """Put a frame's records where its header says; again has no further effect."""
        position = frame.header.position
        assert position is not None
        path = self._folder / position.file
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
