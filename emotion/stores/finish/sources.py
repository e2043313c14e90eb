"""The Parquet files that a finish reads: finished ones first, then the parts, in manifest order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emotion.errors import JobError
from emotion.stores.columns import dictionary_columns
from emotion.stores.finish.layout import Layout
from emotion.stores.ledger import Counts


@dataclass(frozen=True, slots=True)
class Source:
    """One file; its rows have the numbers from `start` on among all rows. `commit` is None for a finished file."""

    path: Path
    start: int
    rows: int
    commit: Counts | None = None

    @property
    def span(self) -> slice:
        """Its rows among all rows."""
        return slice(self.start, self.start + self.rows)

    def groups(self, columns: Sequence[str]) -> Iterator[tuple[int, pa.Table]]:
        """These columns, one row group after the other, with the number of its first row."""
        yield from self._read(pq.ParquetFile(self.path, pre_buffer=False), list(columns))

    def documents(self) -> Iterator[tuple[int, pa.Table]]:
        """All columns, like `groups`; what repeats itself stays a dictionary."""
        yield from self._read(pq.ParquetFile(self.path, pre_buffer=False, read_dictionary=dictionary_columns()), None)

    def _read(self, file: pq.ParquetFile, columns: list[str] | None) -> Iterator[tuple[int, pa.Table]]:
        start = self.start
        with file, readable(self.path):
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=columns, use_threads=False)
                yield start, table
                start += len(table)


def find_sources(layout: Layout, commits: Sequence[Counts]) -> list[Source]:
    """All sources; a JobError where a part is missing or holds other than its commit says."""
    sources: list[Source] = []
    start = 0
    for path in layout.finished():
        sources.append(Source(path, start, rows_of(path)))
        start += sources[-1].rows
    for commit in commits:
        path = layout.part(commit.key)
        rows = _committed_rows(path, commit)
        if rows:
            sources.append(Source(path, start, rows, commit))
            start += rows
    return sources


def rows_of(path: Path) -> int:
    """Rows by the file's footer."""
    with readable(path):
        return int(pq.read_metadata(path).num_rows)


def _committed_rows(path: Path, commit: Counts) -> int:
    rows = rows_of(path) if path.exists() else 0
    if rows != commit.labelled:
        found = f"holds {rows}" if path.exists() else "is missing"
        raise JobError(
            f"The part {commit.key} ({commit.source}) was committed with {commit.labelled} documents,"
            f" but {path} {found}."
            f" Remove _job/commits/{commit.key}.json and run the job again: the part is labelled anew."
        )
    return rows


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what Arrow says of a damaged file into a sentence."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise JobError(f"The file {path} cannot be read: {str(error).splitlines()[0]}") from error
