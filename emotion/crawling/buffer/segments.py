"""The files of a buffer: frames are appended to the newest segment, and a segment goes when all of it is done."""

import os
from collections.abc import Iterator
from io import BytesIO, FileIO
from pathlib import Path

from emotion.crawling.buffer.frames import MARK, Frame, Place, encode, places, read_frame
from emotion.errors import StoreError
from emotion.faults import crash_point
from emotion.stores.files import room_on_disk, sync_directory

_SUFFIX = ".frames"


class Segments:
    """Segments in a folder, named by their first frame."""

    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._size = size
        self._writing: FileIO | None = None
        self._newest: Path | None = None  # of the newest frame

    def are_there(self) -> bool:
        """Whether anything was ever kept that is not gone."""
        return any(self._folder.iterdir())

    def recover(self) -> Iterator[tuple[Path, Place]]:
        """All frames in order; what a kill left half written at the very end is cut off: nobody was told of it.

        Raises:
            StoreError: a segment is damaged elsewhere.
        """
        paths = sorted(self._folder.glob(f"*{_SUFFIX}"))
        for path in paths:
            end = 0
            with path.open("rb") as file:
                for place in places(file):
                    end = place.offset + place.size
                    self._newest = path
                    yield path, place
            if path.stat().st_size > end:
                if path != paths[-1] or _goes_on(path, end):
                    raise StoreError(
                        f"The buffer's segment {path} is damaged at byte {end}: move it away to go on without the "
                        "records that it still holds."
                    )
                with path.open("r+b") as file:
                    file.truncate(end)
                    os.fsync(file.fileno())
            if end == 0:  # a kill came before its first frame was whole
                path.unlink()

    def append(self, frame: Frame) -> tuple[Path, Place]:
        """Write a frame so that it outlives a power loss."""
        data = encode(frame)
        with room_on_disk(self._folder):
            file = self._file(frame.header.sequence)
            offset = file.tell()
            try:
                crash_point("buffer-append")
                _write(file, data[: len(data) // 2])
                crash_point("buffer-half")
                _write(file, data[len(data) // 2 :])
                os.fsync(file.fileno())
            except OSError:
                file.truncate(offset)  # a disk that is full holds no half frame
                file.seek(offset)
                raise
        crash_point("buffer-appended")
        self._newest = Path(str(file.name))
        return self._newest, Place(frame.header, offset, len(data))

    def read(self, path: Path, place: Place) -> Frame:
        """A frame again."""
        with path.open("rb") as file:
            file.seek(place.offset)
            frame = read_frame(file)
        if frame is None:
            raise StoreError(f"The buffer's segment {path} is damaged at byte {place.offset}.")
        return frame

    def drop(self, path: Path) -> None:
        """Remove a segment, unless it holds the newest frame, which tells where to go on."""
        if path != self._newest:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the newest segment."""
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def _file(self, sequence: int) -> FileIO:
        """The segment to append to; a new one where the last has grown large.

        Without a buffer of Python's: what a full disk refuses must not be written later, behind our back.
        """
        if self._writing is not None and self._writing.tell() < self._size:
            return self._writing
        newest = max(self._folder.glob(f"*{_SUFFIX}"), default=None)
        if self._writing is None and newest is not None and newest.stat().st_size < self._size:
            self._writing = newest.open("r+b", buffering=0)
            self._writing.seek(0, os.SEEK_END)
            return self._writing
        self.close()
        self._writing = (self._folder / f"{sequence:016d}{_SUFFIX}").open("w+b", buffering=0)
        sync_directory(self._folder)
        return self._writing


def _goes_on(path: Path, end: int) -> bool:
    """Whether whole frames stand behind what is none: a kill leaves none there."""
    content, place = path.read_bytes(), end
    while (place := content.find(MARK, place + 1)) >= 0:
        if read_frame(BytesIO(content[place:])) is not None:
            return True
    return False


def _write(file: FileIO, data: bytes) -> None:
    """All of it; a disk that is nearly full takes a part."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
