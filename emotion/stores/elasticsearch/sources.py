"""Documents as an index keeps them, and back: equal after the way there and back.

A field without a value is left out. `counted` is added, of what counts are made by:

    emotion          the best label, or `none` where nothing is felt
    author           name in small letters, or the id where there is no name
    weekday, hour    0 is Monday; on the author's clock where it is known, else UTC
    text             64 bits of a hash of the text: equal texts are one example
    moment           microseconds since 1970 UTC, exact where the server's dates are cut to milliseconds
    person, …        names of the entities of each kind, where there are any
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emotion.stores.answers import KIND_OF, NONE
from emotion.stores.document import FIELDS
from emotion.stores.elasticsearch.json_text import objects

_MICROS_OF_HOUR, _MICROS_OF_DAY = 3_600_000_000, 86_400_000_000
_DATES = [field.name for field in FIELDS if field.kind == "date"]
_KINDS = list(KIND_OF.values())
_ROWS, _BYTES = 4096, 256 << 20  # documents written at once
_NAMES = [field.name for field in FIELDS]


def lines(documents: pa.Table) -> Iterator[tuple[str, bytes]]:
    """Id and `_source` (JSON) of each document; numbers are as short as float32 allows."""
    table = documents.select(_NAMES).append_column("counted", counted(documents))
    for name in _DATES:
        table = table.set_column(table.schema.get_field_index(name), name, _written(table[name]))
    for chunk in _chunks(table):
        bodies = objects(chunk.column_names, [_whole(column) for column in chunk.columns])
        yield from zip(chunk["tweet_id"].to_pylist(), bodies.cast(pa.large_binary()).to_pylist(), strict=True)


def _chunks(table: pa.Table) -> Iterator[pa.Table]:
    """The documents in tables of which several may be held at once."""
    for start in range(0, len(table), _ROWS):
        chunk = table.slice(start, _ROWS)
        if chunk.nbytes <= _BYTES or len(chunk) < 2:
            yield chunk.combine_chunks()
        else:
            yield from (chunk.slice(row, 1).combine_chunks() for row in range(len(chunk)))


def table(sources: Iterable[Mapping[str, Any]], wanted: pa.Schema) -> pa.Table:
    """The documents again, or columns of them, with the schema that is wanted."""
    rows = list(sources)
    columns = []
    for field in wanted:
        values = [row.get(field.name) for row in rows]
        if field.name in _DATES:
            columns.append(_read(values))
        else:
            columns.append(pa.array(values, field.type))
    return pa.table(columns, schema=wanted)


def counted(documents: pa.Table) -> pa.Array:
    """What counts are made by, one struct a document."""
    emotion = pc.if_else(documents["felt"], documents["emotion"], NONE)
    author = pc.coalesce(pc.utf8_lower(documents["user_name"]), documents["user_id"])
    micros = documents["created_at"].cast(pa.int64())
    weekday, hour = _clock(micros, documents["local_hour"])
    fields = {
        "emotion": emotion,
        "author": author,
        "weekday": weekday,
        "hour": hour,
        "text": pa.array([_hash(text) for text in documents["text"].to_pylist()], pa.int64()),
        "moment": micros,
        **_by_kind(_whole(documents["entities"])),
    }
    arrays = [_whole(value) for value in fields.values()]
    return pa.StructArray.from_arrays(arrays, list(fields))


def _clock(micros: pa.ChunkedArray, local_hour: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Weekday and hour of the author, whose clock is from -10 to 13 whole hours ahead of UTC; null without a date."""
    unknown = ~np.asarray(micros.is_valid())
    time = micros.fill_null(0).to_numpy()
    hour = time // _MICROS_OF_HOUR % 24
    local = local_hour.cast(pa.int64()).fill_null(-1).to_numpy()
    ahead = np.where(local < 0, 0, (local - hour + 34) % 24 - 10)
    time = time + ahead * _MICROS_OF_HOUR
    weekday = (time // _MICROS_OF_DAY + 3) % 7  # 1970 began on a Thursday
    hours = time // _MICROS_OF_HOUR % 24
    return pa.array(weekday.astype(np.int8), mask=unknown), pa.array(hours.astype(np.int8), mask=unknown)


def _by_kind(entities: pa.ListArray) -> dict[str, pa.Array]:
    """The names of each kind, a list a document; null where it has none."""
    of = pc.list_parent_indices(entities)
    kinds, names = pc.list_flatten(entities).flatten()
    return {kind: _lists(of, names, pc.equal(kinds, kind).fill_null(False), len(entities)) for kind in _KINDS}


def _lists(of: pa.Array, names: pa.Array, chosen: pa.Array, rows: int) -> pa.Array:
    many = np.bincount(of.filter(chosen).to_numpy(), minlength=rows)
    offsets = pa.array(np.concatenate(([0], np.cumsum(many))).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, names.filter(chosen), mask=pa.array(many == 0))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _whole(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _written(dates: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates as `2021-03-13T12:00:00.000000Z`."""
    return pc.replace_substring(dates.cast(pa.string()), " ", "T", max_replacements=1)


def _read(dates: Sequence[str | None]) -> pa.Array:
    return (
        pa.array([None if date is None else date.removesuffix("Z") for date in dates], pa.string())
        .cast(pa.timestamp("us"))
        .cast(pa.timestamp("us", tz="UTC"))
    )
