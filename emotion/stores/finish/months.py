"""Rows into the files of their months, with a bound on what waits in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from emotion.stores.columns import ROW_GROUP, write_options
from emotion.stores.files import sync_file
from emotion.stores.finish.layout import STAGED
from emotion.stores.finish.sources import rows_of

FILE_ROWS = 524_288  # a file that has as many is closed at the end of its part


@dataclass(slots=True)
class MonthFile:
    """A staged file of one month; rows wait until they fill a row group."""

    path: Path
    rows: int = 0
    waiting_rows: int = 0
    waiting_bytes: int = 0
    _waiting: list[pa.Table] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds a file handle."""
        return self._writer is not None

    def add(self, table: pa.Table, write: bool = True) -> None:
        """Take rows in; unless it may not `write`, it does so once there are enough for a row group."""
        self._waiting.append(table)
        self.rows += len(table)
        self.waiting_rows += len(table)
        self.waiting_bytes += table.nbytes
        if write and self.waiting_rows >= ROW_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what waits, in row groups of equal size as near `ROW_GROUP` as can be."""
        if not self.waiting_rows:
            return
        table = pa.concat_tables(self._waiting).combine_chunks()  # makes one dictionary of many
        groups = max(1, round(len(table) / ROW_GROUP))
        self._open(table.schema).write_table(table, row_group_size=-(-len(table) // groups))
        self._waiting, self.waiting_rows, self.waiting_bytes = [], 0, 0

    def close(self) -> int:
        """Finish the file, make it survive a power loss, and give its rows by its footer."""
        self.flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        sync_file(self.path)
        return rows_of(self.path)

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Without its own copy of the schema the file gives plain strings, not the dictionaries it was made from.
            self._writer = pq.ParquetWriter(self.path, schema, store_schema=False, **write_options())
        return self._writer


class MonthFiles:
    """The files that a run of consecutive parts becomes: one a month, a further one where it has grown large.

    `memory` bounds the bytes that wait between two parts, `most` the files that are open at once.
    """

    def __init__(self, folder: Path, memory: int, most: int) -> None:
        self._folder = folder
        self._memory = memory
        self._most = most
        self._files: dict[str, MonthFile] = {}  # that which got rows longest ago first
        self._waiting = 0
        self.staged: dict[Path, int] = {}  # rows by footer

    def add(self, table: pa.Table, keep: NDArray[np.int64], key: str) -> None:
        """Take in the rows `keep` of a table; a file is named after the first part that gave rows to it."""
        for month, rows in split_months(table["created_at"], keep):
            whole = len(rows) == len(table)
            file = self._files.pop(month, None) or MonthFile(self._folder / month / f"{key}.parquet{STAGED}")
            self._files[month] = file
            self._waiting -= file.waiting_bytes
            # No other is closed for it here: what the part still has for that one would take its name again.
            file.add(table if whole else table.take(pa.array(rows)), file.is_open or len(self._open) < self._most)
            self._waiting += file.waiting_bytes

    def end_part(self) -> None:
        """Close what is full, and write out what is too much for memory."""
        for month, file in list(self._files.items()):
            if file.rows >= FILE_ROWS:
                self._close(month)
        if self._waiting > self._memory:
            self._flush_largest()

    def close(self) -> None:
        """Close all files."""
        for month in list(self._files):
            self._close(month)

    @property
    def _open(self) -> list[str]:
        return [month for month, file in self._files.items() if file.is_open]

    def _flush_largest(self) -> None:
        for month in sorted(self._files, key=lambda month: -self._files[month].waiting_bytes):
            if self._waiting <= self._memory // 2:
                return
            if month in self._files:
                self._flush(month)

    def _flush(self, month: str) -> None:
        """Write out what waits; where too many are open, that which got rows longest ago is closed for it."""
        file = self._files[month]
        if not file.is_open and len(self._open) >= self._most:
            self._close(self._open[0])
        self._waiting -= file.waiting_bytes
        file.flush()

    def _close(self, month: str) -> None:
        file = self._files.pop(month)
        self._waiting -= file.waiting_bytes
        self.staged[file.path] = file.close()


def split_months(created_at: pa.ChunkedArray, keep: NDArray[np.int64]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The rows `keep` by month directory, in their order."""
    if not len(keep):
        return
    micros = created_at.to_numpy()[keep]
    months = micros.astype("datetime64[M]").astype(np.int64)
    if (months == months[0]).all():
        yield _directory(micros[0]), keep
        return
    order = np.argsort(months, kind="stable")
    bounds = np.flatnonzero(np.diff(months[order])) + 1
    for rows in np.split(order, bounds):
        yield _directory(micros[rows[0]]), keep[rows]


def _directory(moment: np.datetime64) -> str:
    return "month=unknown" if np.isnat(moment) else f"month={np.datetime_as_string(moment, unit='M')}"
