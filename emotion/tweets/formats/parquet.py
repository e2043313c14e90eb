"""Parquet: a tweet a row, by the names of its columns; batches of rows are stretches of their own.

Documents of a store, as its files and exports hold them, are the tweets that they were made of.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import msgspec

from emotion.tweets.damage import Damage, is_transient
from emotion.tweets.formats.columns import Columns, Fields, find_columns, row_tweet
from emotion.tweets.formats.documents import COLUMNS, is_stored, tweets
from emotion.tweets.formats.results import Result

ROW_BYTES = 512  # what a row is taken to be when rows a part are counted out


class ParquetRows:
    """Rows of a file in batches; only columns that fields are read from are loaded.

    With `fold`, retweets of a store stand for their originals; tables tell too little of theirs.
    """

    def __init__(self, handle: IO[bytes], fields: Fields, fold: bool = False) -> None:
        import pyarrow.parquet as pq

        with _damage("not Parquet"):
            self._file: Any = pq.ParquetFile(handle)
            names = self._file.schema_arrow.names
            self._stored = not fields.given and is_stored(self._file.schema_arrow)
        self._fold = fold
        if self._stored:
            self._names = [name for name in names if name in COLUMNS]
            return
        found = find_columns(names, fields)
        used = found.used()
        self._names = [names[place] for place in used]
        self._columns = Columns(
            *(None if place is None else used.index(place) for place in msgspec.structs.astuple(found))
        )

    def batches(self, rows: int) -> Iterator[Any]:
        """Record batches of `rows` rows; the last of a row group may be shorter."""
        with _damage("decompression failed"):
            batches = self._file.iter_batches(batch_size=rows, columns=self._names, use_threads=False)
        while True:
            with _damage("decompression failed"):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def read(self, batch: Any, line: int) -> Iterator[Result]:
        """Results of a batch whose first row is record `line`."""
        if self._stored:
            yield from tweets(dict(zip(self._names, map(_values, batch.columns), strict=True)), line, self._fold)
            return
        columns = [_values(column) for column in batch.columns] or [[None] * batch.num_rows]
        for k, row in enumerate(zip(*columns, strict=True)):
            yield row_tweet(row, self._columns, lambda row=row: repr(row).encode(), line + k)  # type: ignore[misc]


@contextmanager
def _damage(what: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (OSError, EOFError, ValueError, OverflowError, pa.ArrowException) as error:
        if is_transient(error):
            raise
        raise Damage(f"{what}: {error}") from error


def _values(column: Any) -> list[Any]:
    """A column as Python's values, None for one that has none; bytes are texts, times no finer than microseconds."""
    import pyarrow as pa

    if any(is_kind(column.type) for is_kind in (pa.types.is_binary, pa.types.is_large_binary)):
        return [_text(cell) for cell in column.to_pylist()]
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, LookupError, pa.ArrowException):
        return [_value(cell) for cell in column]


def _value(cell: Any) -> Any:
    """None for a time outside the years 1 to 9999 and for a text that is not UTF-8."""
    import pyarrow as pa

    try:
        return cell.as_py()
    except (ValueError, OverflowError, LookupError, pa.ArrowException):
        return None


def _text(cell: bytes | None) -> str | None:
    """Texts of a file that does not call them so; None for what is not UTF-8."""
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None
