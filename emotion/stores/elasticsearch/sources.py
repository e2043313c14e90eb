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
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from emotion.stores.answers import KIND_OF, NONE
from emotion.stores.document import FIELDS, schema

_MICROS_OF_HOUR, _MICROS_OF_DAY = 3_600_000_000, 86_400_000_000
_DATES = [field.name for field in FIELDS if field.kind == "date"]
_KINDS = list(KIND_OF.values())
_ROWS = 4096  # documents taken apart at once
_NAMES = [field.name for field in FIELDS]


def lines(documents: pa.Table) -> Iterator[tuple[str, bytes]]:
    """Id and `_source` (JSON) of each document; numbers are as short as float32 allows."""
    table = documents.select(_NAMES).append_column("counted", counted(documents))
    for name in _DATES:
        table = table.set_column(table.schema.get_field_index(name), name, _written(table[name]))
    for start in range(0, len(table), _ROWS):
        chunk = table.slice(start, _ROWS).combine_chunks()
        columns = [_values(_whole(column)) for column in chunk.columns]
        for row in zip(*columns, strict=True):
            present = {name: value for name, value in zip(chunk.column_names, row, strict=True) if value is not None}
            yield present["tweet_id"], orjson.dumps(present, option=orjson.OPT_SERIALIZE_NUMPY)


def table(sources: Iterable[Mapping[str, Any]], labels: Sequence[str], profile_labels: Sequence[str]) -> pa.Table:
    """The documents again, with `document.schema`."""
    wanted = schema(labels, profile_labels)
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
        **_by_kind(documents["entities"].to_pylist()),
    }
    arrays = [_whole(value) for value in fields.values()]
    return pa.StructArray.from_arrays(arrays, list(fields))


def _clock(micros: pa.ChunkedArray, local_hour: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Weekday and hour of the author, whose clock is from -12 to 11 whole hours ahead of UTC; null without a date."""
    unknown = ~np.asarray(micros.is_valid())
    time = micros.fill_null(0).to_numpy()
    hour = time // _MICROS_OF_HOUR % 24
    local = local_hour.cast(pa.int64()).fill_null(-1).to_numpy()
    ahead = np.where(local < 0, 0, (local - hour + 36) % 24 - 12)
    time = time + ahead * _MICROS_OF_HOUR
    weekday = (time // _MICROS_OF_DAY + 3) % 7  # 1970 began on a Thursday
    hours = time // _MICROS_OF_HOUR % 24
    return pa.array(weekday.astype(np.int8), mask=unknown), pa.array(hours.astype(np.int8), mask=unknown)


def _by_kind(entities: Sequence[Sequence[Mapping[str, str | None]] | None]) -> dict[str, pa.Array]:
    names = {
        kind: [[e["name"] for e in held or () if e["kind"] == kind] or None for held in entities] for kind in _KINDS
    }
    return {kind: pa.array(held, pa.list_(pa.string())) for kind, held in names.items()}


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _whole(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _written(dates: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates as `2021-03-13T12:00:00.000000Z`."""
    return pc.strftime(dates, format="%Y-%m-%dT%H:%M:%SZ")


def _read(dates: Sequence[str | None]) -> pa.Array:
    return (
        pa.array([None if date is None else date.removesuffix("Z") for date in dates], pa.string())
        .cast(pa.timestamp("us"))
        .cast(pa.timestamp("us", tz="UTC"))
    )


def _values(array: pa.Array) -> list[Any]:
    """An array as a list of what JSON holds, column by column: many times as fast as `to_pylist` on nested arrays."""
    kind = array.type
    if pa.types.is_struct(kind):
        values: list[Any] = _objects(array)
    elif pa.types.is_list(kind):
        inner, offsets = _values(array.values), array.offsets.to_pylist()
        values = [inner[start:end] for start, end in pairwise(offsets)]
    elif pa.types.is_float32(kind) and not array.null_count:
        values = list(array.to_numpy())
    else:
        return list(array.to_pylist())
    if array.null_count:
        return [value if there else None for value, there in zip(values, array.is_valid().to_pylist(), strict=True)]
    return values


def _objects(array: pa.StructArray) -> list[dict[str, Any]]:
    """Structs as dicts of the fields that have a value."""
    names = [field.name for field in array.type]
    fields = [_values(field) for field in array.flatten()]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*fields, strict=True)]
    if any(field.null_count for field in array.flatten()):
        return [{name: value for name, value in row.items() if value is not None} for row in rows]
    return rows
