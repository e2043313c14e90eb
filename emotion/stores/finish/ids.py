"""Which rows go: ids are compared in buckets on disk, one of them in memory at a time."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

IDS = pa.schema([("tweet_id", pa.string()), ("row", pa.int64())])
GONE, TOMBSTONE = -1, -2  # rows of ids that are in no file: taken out by an earlier finish, named by a notice

_BUCKET_ROWS = 262_144
_MOST_BUCKETS = 512  # open files; beyond 134 million ids, each bucket grows
_TAIL = 10  # characters of an id that decide its bucket


class Buckets:
    """Ids cut by a hash into files in `folder`; equal ids meet in one bucket, in the order in which they were added."""

    def __init__(self, folder: Path, expected: int) -> None:
        count = min(_MOST_BUCKETS, max(1, math.ceil(expected / _BUCKET_ROWS)))
        folder.mkdir(parents=True)
        self._paths = [folder / f"{number:03d}.arrow" for number in range(count)]
        self._open = ExitStack()
        self._writers = [self._open.enter_context(pa.ipc.new_stream(str(path), IDS)) for path in self._paths]
        self._held: list[pa.Table] = []
        self._held_rows = 0

    def add(self, ids: pa.ChunkedArray, rows: NDArray[np.int64]) -> None:
        """Add ids with the numbers of their rows, or `GONE` or `TOMBSTONE`."""
        if not len(rows):
            return  # an empty table takes kilobytes, and most parts have no notices
        self._held.append(pa.table([ids, pa.array(rows)], schema=IDS))
        self._held_rows += len(rows)
        if self._held_rows >= _BUCKET_ROWS:
            self._scatter()

    def tables(self) -> Iterator[pa.Table]:
        """The buckets, once everything has been added."""
        self._scatter()
        self._open.close()
        for path in self._paths:
            with pa.memory_map(str(path)) as file:
                yield pa.ipc.open_stream(file).read_all()

    def __enter__(self) -> "Buckets":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _scatter(self) -> None:
        if not self._held_rows:
            return
        table = pa.concat_tables(self._held).combine_chunks()
        self._held, self._held_rows = [], 0
        bucket = bucket_of(table["tweet_id"].chunk(0), len(self._paths))
        table = table.take(pa.array(np.argsort(bucket, kind="stable")))
        bounds = np.concatenate(([0], np.cumsum(np.bincount(bucket, minlength=len(self._paths))))).tolist()
        for writer, start, end in zip(self._writers, bounds[:-1], bounds[1:], strict=True):
            if end > start:
                writer.write_table(table.slice(start, end - start))


def bucket_of(ids: pa.StringArray, count: int) -> NDArray[np.int16]:
    """Bucket of each id, (N,), by a hash of its last characters."""
    if count == 1 or not len(ids):
        return np.zeros(len(ids), np.int16)
    _, offsets, data = ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1].astype(np.int64)
    text = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    code = np.zeros(len(ids), np.uint64)
    for back in range(1, _TAIL + 1):
        place = np.maximum(ends[1:] - back, np.minimum(ends[:-1], len(text) - 1))
        code = code * np.uint64(257) + text[place]
    code[ends[1:] == ends[:-1]] = 0  # an empty id has no character of its own
    mixed = (code * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return (mixed % np.uint64(count)).astype(np.int16)
