"""The fate of every row: kept, a duplicate, or removed by a tombstone."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from emotion.stores.finish.accounts import read_tombstones
from emotion.stores.finish.ids import GONE, TOMBSTONE, Buckets
from emotion.stores.finish.layout import Layout
from emotion.stores.finish.sources import Source, readable
from emotion.stores.ledger import Counts, Tombstones

Fates = NDArray[np.uint8]  # one a row, over all sources

FOLDED, OF_USER = 1, 2  # known from the row alone
DUPLICATE, REMOVED = 4, 8
LOST = DUPLICATE | REMOVED

_TOMBSTONES = pa.schema([("tweet_id", pa.string()), ("user_id", pa.string())])
_REMOVED = pa.schema([("tweet_id", pa.string())])


def decide(layout: Layout, sources: Sequence[Source], commits: Sequence[Counts]) -> Fates:
    """The fate of every row, in a file of the staging; stages all tombstones and removed ids so far beside it.

    Of each id the first row in the order of `sources` is kept, unless a notice names the id, or the author of any of
    its copies. An id that an earlier finish removed has had its first row already.
    """
    rows = sum(source.rows for source in sources)
    fates = unknown(layout.staging / "fates", rows)
    graves = _Graves(layout)
    expected = rows + graves.known + sum(commit.deleted for commit in commits)
    with Buckets(layout.staging / "ids", expected) as buckets:
        users = graves.fill(buckets, read_tombstones(layout.ledger, commits))
        for source in sources:
            _scan(source, users, buckets, fates)
        graves.write((judge(bucket, fates) for bucket in buckets.tables()), users)
    return fates


def unknown(path: Path, rows: int) -> Fates:
    """Room for the fates of so many rows, in a file of that name."""
    with path.open("wb") as file:  # a sparse file would end the process where the disk is full
        os.posix_fallocate(file.fileno(), 0, max(rows, 1))
    return np.memmap(path, np.uint8, "r+", shape=(max(rows, 1),))


def _scan(source: Source, users: pa.Array, buckets: Buckets, fates: Fates) -> None:
    """Note what a row itself tells, and hand its id on."""
    columns = ["tweet_id"] + ["user_id"] * bool(len(users)) + ["folded"] * (source.commit is not None)
    for start, table in source.groups(columns):
        fate = fates[start : start + len(table)]
        if source.commit is not None:
            fate[_true(table["folded"])] |= FOLDED
        if len(users):
            fate[_true(pc.is_in(table["user_id"], value_set=users))] |= OF_USER
        buckets.add(table["tweet_id"], np.arange(start, start + len(table), dtype=np.int64))


def judge(bucket: pa.Table, fates: Fates) -> tuple[pa.Array, pa.Array]:
    """Set the fates of a bucket's rows; returns the ids that notices name, and those taken out so far."""
    ids = bucket["tweet_id"].combine_chunks()
    row = bucket["row"].to_numpy()
    named = ids.filter(pa.array(row == TOMBSTONE)).unique()
    ids, row = ids.filter(pa.array(row != TOMBSTONE)), row[row != TOMBSTONE]
    encoded = ids.dictionary_encode()  # codes are given in the order of first appearance
    codes = encoded.indices.to_numpy().astype(np.int64)
    first = codes > np.maximum.accumulate(np.concatenate(([-1], codes)))[:-1]
    is_row = row >= 0
    doomed = _true(pc.is_in(encoded.dictionary, value_set=named))
    doomed[codes[is_row][fates[row[is_row]] & OF_USER > 0]] = True
    removed = is_row & first & doomed[codes]
    fates[row[is_row & ~first]] |= DUPLICATE
    fates[row[removed]] |= REMOVED
    return named, ids.filter(pa.array((row == GONE) | removed))


def _true(values: pa.ChunkedArray | pa.Array) -> NDArray[np.bool_]:
    """True where the value is; null is false."""
    return np.array(pc.fill_null(values, False), dtype=np.bool_)


class _Graves:
    """Tombstones and removed ids of earlier jobs, and what becomes of them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.known = _count(layout.tombstones) + _count(layout.removed)

    def fill(self, buckets: Buckets, tombstones: Iterable[Tombstones]) -> pa.Array:
        """Put removed ids and tombstones into the buckets; returns the users of which all tweets go."""
        users = []
        for batch in _batches(self._layout.removed):
            buckets.add(pa.chunked_array([batch["tweet_id"]]), np.full(len(batch), GONE))
        for batch in _batches(self._layout.tombstones):
            users.append(batch["user_id"].drop_null())
            tweets = batch["tweet_id"].drop_null()
            buckets.add(pa.chunked_array([tweets]), np.full(len(tweets), TOMBSTONE))
        for each in tombstones:
            if each.users:
                users.append(pa.array(each.users, pa.string()))
            tweets = pa.chunked_array([each.tweets], pa.string())
            buckets.add(tweets, np.full(len(tweets), TOMBSTONE))
        return pc.unique(pa.chunked_array(users, pa.string()))

    def write(self, judged: Iterator[tuple[pa.Array, pa.Array]], users: pa.Array) -> None:
        """Stage the next tombstones and removed ids."""
        layout = self._layout
        with (
            pa.ipc.new_file(str(layout.staged(layout.tombstones)), _TOMBSTONES) as stones,
            pa.ipc.new_file(str(layout.staged(layout.removed)), _REMOVED) as gone,
        ):
            stones.write_batch(_batch(_TOMBSTONES, pa.nulls(len(users), pa.string()), users))
            for named, removed in judged:
                stones.write_batch(_batch(_TOMBSTONES, named, pa.nulls(len(named), pa.string())))
                gone.write_batch(_batch(_REMOVED, removed))


def _batch(schema: pa.Schema, *columns: pa.Array) -> pa.RecordBatch:
    return pa.record_batch(list(columns), schema=schema)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    if not path.exists():
        return
    with readable(path), pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def _count(path: Path) -> int:
    return sum(len(batch) for batch in _batches(path))


def count_removed(path: Path) -> int:
    """Ids taken out of the store by tombstones, by the file that names them."""
    return _count(path)
