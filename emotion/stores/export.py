"""Documents and tables as files for other programs: CSV, JSON lines and Parquet."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson

from emotion.errors import UsageError
from emotion.stores.files import whole

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBER = re.compile(r"[+-]\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(documents: "pa.RecordBatchReader", path: Path, limit: int | None = None) -> int:
    """Write documents, at most so many, to a file that appears whole or not at all; gives their number.

    Raises:
        UsageError: the name ends in none of .csv, .jsonl and .parquet, or its folder is missing.
    """
    writers = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
    if path.suffix not in writers:
        raise UsageError(f"{path} tells no format by its name; end it in {', '.join(writers)}.")
    if not path.parent.is_dir():
        raise UsageError(f"The folder {path.parent} does not exist; make it first.")
    chosen = documents if limit is None else _first(documents, limit)
    with whole(path) as temporary:
        return writers[path.suffix](chosen, temporary)


def csv_text(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Rows as CSV under a header of these names, formulas defused."""
    return csv_lines([names, *([row[name] for name in names] for row in rows)])


def csv_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows of cells as CSV, formulas defused."""
    file = io.StringIO(newline="")
    csv.writer(_Lines(file)).writerows([defused(cell) for cell in row] for row in rows)
    return file.getvalue()


def defused(value: Any) -> Any:
    """The value as a spreadsheet may see it: what it would take for a formula, and is no number, gets a quote."""
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


class _Lines:
    """Rows end in a line feed; the csv module, told so itself, would leave carriage returns in cells unquoted."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def _first(documents: "pa.RecordBatchReader", limit: int) -> "pa.RecordBatchReader":
    """So many of them; what comes after is not read."""
    import pyarrow as pa

    def batches() -> "Iterator[pa.RecordBatch]":
        left = limit
        for batch in documents:
            yield batch.slice(0, left)
            left -= batch.num_rows
            if left <= 0:
                return

    return pa.RecordBatchReader.from_batches(documents.schema, batches())


def _write_csv(documents: "pa.RecordBatchReader", path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(_Lines(file))
        writer.writerow(_column_names(documents.schema))
        for batch in documents:
            writer.writerows(map(defused, _cells(row, batch.schema)) for row in batch.to_pylist())
            count += batch.num_rows
    return count


def _write_jsonl(documents: "pa.RecordBatchReader", path: Path) -> int:
    count = 0
    with path.open("wb") as file:
        for batch in documents:
            for row in batch.to_pylist():
                file.write(orjson.dumps(_rounded(row), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))
            count += batch.num_rows
    return count


def _write_parquet(documents: "pa.RecordBatchReader", path: Path) -> int:
    import pyarrow.parquet as pq

    count = 0
    with pq.ParquetWriter(path, documents.schema, compression="zstd") as writer:
        for batch in documents:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _column_names(schema: "pa.Schema") -> list[str]:
    """A column for each field, and one for each label of scores and profile."""
    labels = {field.name: _labels(field.type) for field in schema}
    return [column for name, inner in labels.items() for column in ([f"{name}_{label}" for label in inner] or [name])]


def _cells(row: dict[str, Any], schema: "pa.Schema") -> list[Any]:
    cells: list[Any] = []
    for field in schema:
        value, labels = row[field.name], _labels(field.type)
        cells += [cell((value or {}).get(label)) for label in labels] if labels else [cell(value)]
    return cells


def _labels(kind: Any) -> list[str]:
    import pyarrow as pa

    return [kind.field(i).name for i in range(kind.num_fields)] if pa.types.is_struct(kind) else []


def cell(value: Any) -> Any:
    """A value as CSV has it: of several values JSON, as names hold blanks, and signs of all kinds."""
    if isinstance(value, list):
        return orjson.dumps(_rounded(value)).decode()
    if isinstance(value, float):
        return round(value, 6)
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value


def _rounded(value: Any) -> Any:
    """Stored scores are float32: six places are all they hold."""
    shapes: dict[type, Callable[[Any], Any]] = {
        float: lambda number: round(number, 6),
        dict: lambda pairs: {name: _rounded(inner) for name, inner in pairs.items()},
        list: lambda items: [_rounded(item) for item in items],
    }
    return shapes[type(value)](value) if type(value) in shapes else value
