"""Arrow tables column by column, without a look at single cells: Parquet, and what other readers give as Arrow."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.errors import DataError
from emotion.sets.formats.cells import check_labels, checked_scores, scored
from emotion.sets.formats.columns import Columns
from emotion.sets.labelled import LabelledSet, Targets


def read_parquet(path: Path, columns: Columns) -> LabelledSet:
    """A text a row; only the columns that are wanted are loaded."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            check_columns(path, file.schema_arrow.names, columns)
            table = file.read(columns=list(columns.wanted))
        table.validate(full=True)
    except (pa.ArrowException, OSError, EOFError, ValueError, OverflowError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {str(error)[:300]}.") from error
    return labelled(path, table, columns)


def check_columns(where: object, names: list[str], columns: Columns) -> None:
    """Refuse a table without a wanted column, or with two of its name."""
    for name in columns.wanted:
        if names.count(name) != 1:
            known = ", ".join(map(repr, names[:20]))
            raise DataError(f"{where} has {names.count(name) or 'no'} column(s) {name!r}; it has {known}.")


def labelled(where: object, table: Any, columns: Columns) -> LabelledSet:
    """The set that a table with all wanted columns makes."""
    import pyarrow as pa

    try:
        reader = _Reader(where, table)
        texts = reader.texts(columns.text)
        if columns.labels is not None:
            return scored(columns.labels, texts, [reader.scores(label) for label in columns.labels])
        labels, targets, multi = reader.named(columns.label, columns.label_delimiter)
        return LabelledSet(labels, texts, targets, multi)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise DataError(f"{where}: {str(error)[:300]}.") from error


class _Reader:
    """Columns of one table; a DataError names the row, from 1, that cannot be used."""

    def __init__(self, where: object, table: Any) -> None:
        self._where = where
        self._table = table

    def texts(self, name: str) -> list[str]:
        """A column of strings, or of what is written as such."""
        import pyarrow as pa

        column = self._full(name)
        if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
            raise DataError(f"{self._where}: the column {name!r} holds no texts but {column.type}.")
        texts: list[str] = _strings(column).to_numpy(zero_copy_only=False).tolist()
        return texts

    def scores(self, name: str) -> Targets:
        """A column of numbers from 0 to 1."""
        import pyarrow as pa

        column = self._full(name)
        if pa.types.is_nested(column.type) or pa.types.is_temporal(column.type):
            raise DataError(f"{self._where}: the column {name!r} holds no numbers but {column.type}.")
        column = _plain(column)
        whole = pa.types.is_integer(column.type)  # which no cast must refuse for its size
        scores = (column if whole else column.cast(pa.float64())).to_numpy(zero_copy_only=False)
        return checked_scores(name, scores, self._place, lambda row: column[row].as_py())

    def named(self, name: str, delimiter: str | None) -> tuple[tuple[str, ...], Targets, bool]:
        """Labels, targets (N, L), and whether a row may carry several."""
        import pyarrow.compute as pc

        column = self._table.column(name)
        splits = delimiter is not None and not _is_list(column.type)
        if splits:
            column = pc.split_pattern(pc.fill_null(_strings(column), ""), pattern=delimiter)
        column = _combined(self._full(name, column))
        if not _is_list(column.type):
            return *self._targets(name, np.arange(len(column), dtype=np.int64), column, len(column)), False
        rows, names = pc.list_parent_indices(column).to_numpy(zero_copy_only=False), pc.list_flatten(column)
        if splits:
            names = pc.utf8_trim_whitespace(names)
            written = pc.not_equal(names, "")
            rows, names = rows[written.to_numpy(zero_copy_only=False)], names.filter(written)
        return *self._targets(name, rows, names, len(column)), True

    def _targets(self, name: str, rows: NDArray[np.int64], names: Any, count: int) -> tuple[tuple[str, ...], Targets]:
        """Labels, and targets (count, L) that are 1 where a row (M,) carries a name (M,); equal spellings are one."""
        import pyarrow as pa

        if pa.types.is_nested(names.type):
            raise DataError(f"{self._where}: the column {name!r} holds no labels but {names.type}.")
        encoded = _combined(_plain(names)).dictionary_encode()
        written = [str(value).strip() for value in encoded.dictionary.to_pylist()]
        check_labels(self._where, written)
        labels = tuple(sorted(set(written)))
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        bad = encoded.is_null().to_numpy(zero_copy_only=False)
        bad |= np.isin(codes, [code for code, label in enumerate(written) if not label])
        if bad.any():
            raise self._nothing(int(rows[bad.argmax()]), name)
        order = np.array([labels.index(label) for label in written], np.int64)
        targets = np.zeros((count, len(labels)), np.float32)
        targets[rows, order[codes.astype(np.int64)]] = 1
        return labels, targets

    def _full(self, name: str, column: Any = None) -> Any:
        """The column, which must not have a row with nothing in it."""
        column = self._table.column(name) if column is None else column
        if column.null_count:
            raise self._nothing(int(column.is_null().to_numpy().argmax()), name)
        return column

    def _nothing(self, row: int, name: str) -> DataError:
        return DataError(f"{self._place(row)}: nothing in the column {name!r}.")

    def _place(self, row: int) -> str:
        return f"{self._where}, row {row + 1}"


def _plain(column: Any) -> Any:
    """The column without dictionary."""
    import pyarrow as pa

    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _strings(column: Any) -> Any:
    import pyarrow as pa

    return _plain(column).cast(pa.large_string())


def _combined(column: Any) -> Any:
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))
