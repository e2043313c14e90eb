"""Soft labels as Parquet: a text a row, a column `HEAD.LABEL` for each score, and in the metadata who gave them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.errors import DataError
from emotion.models.config import HeadConfig
from emotion.sets.labelled import Targets
from emotion.stores.files import whole
from emotion.training.teachers.pool import TEXT

if TYPE_CHECKING:
    import pyarrow as pa

FACTS = b"emotion.distil"
ROWS = 1 << 16  # of a row group


def columns(head: HeadConfig) -> tuple[str, ...]:
    """The columns of a head, one a label."""
    return tuple(f"{head.name}.{label}" for label in head.labels)


def schema(heads: Sequence[HeadConfig], facts: Mapping[str, Any] | None = None) -> "pa.Schema":
    """Columns of a file of soft labels, with facts about it."""
    import pyarrow as pa

    names = [name for head in heads for name in columns(head)]
    found = pa.schema([(TEXT, pa.string()), *((name, pa.float32()) for name in names)])
    return found if facts is None else found.with_metadata({FACTS: json.dumps(facts).encode()})


def write_scores(path: Path, texts: list[str], heads: Sequence[HeadConfig], scores: Mapping[str, Targets]) -> None:
    """Write scores (N, L) by head beside their texts, whole or not at all."""
    import pyarrow as pa
    from pyarrow import parquet

    table = [pa.array(texts, pa.string())]
    table += [pa.array(column) for head in heads for column in scores[head.name].T]
    with whole(path) as temporary:
        parquet.write_table(pa.table(table, schema=schema(heads)), temporary, compression="zstd")


def merge(parts: Iterable[Path], to: Path, heads: Sequence[HeadConfig], facts: Mapping[str, Any]) -> None:
    """Join files of soft labels in their order, in row groups of `ROWS`; the result appears whole or not at all."""
    from pyarrow import parquet

    described = schema(heads, facts)
    with whole(to) as temporary, parquet.ParquetWriter(temporary, described, compression="zstd") as writer:
        for table in _groups(parts):
            writer.write_table(table.cast(described), row_group_size=ROWS)


def read_facts(path: Path) -> dict[str, Any]:
    """Who gave the labels of a file, to which texts; DataError where it does not say so."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        metadata = parquet.read_schema(path).metadata or {}
        return dict(json.loads(metadata[FACTS]))
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise DataError(f"{path} is no file of soft labels made by emotion distil: {str(error)[:200]}.") from None


def _groups(parts: Iterable[Path]) -> Iterator["pa.Table"]:
    """Tables of `ROWS` rows, and the rest."""
    import pyarrow as pa
    from pyarrow import parquet

    held: list[pa.Table] = []
    for part in parts:
        held.append(parquet.read_table(part))
        while sum(map(len, held)) >= ROWS:
            table = pa.concat_tables(held)
            yield table.slice(0, ROWS)
            held = [table.slice(ROWS)]
    if sum(map(len, held)):
        yield pa.concat_tables(held)
