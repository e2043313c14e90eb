"""Elasticsearch for Ray datasets of your own: a sink that writes as the labelling job does, and a source.

    dataset.write_datasink(ElasticsearchSink("http://localhost:9200/tweets", labels, profile_labels))
    ray.data.read_datasource(ElasticsearchSource("http://localhost:9200/tweets"))

The job itself does not use them: `labelling/work.py` writes through `stores/protocol.py`.

Delivery: each id is in the index once, the one of a later write over that of an earlier one. Ray runs a task again
whose worker died; that has no further effect where the task's blocks are the same again, as those of a file are.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from ray.data import Datasink, Datasource
from ray.data.block import BlockAccessor, BlockMetadata
from ray.data.datasource import ReadTask, WriteResult

from emotion.errors import StoreError, UsageError
from emotion.labelling.manifest import check_ended, decode
from emotion.stores.document import part_schema, schema
from emotion.stores.elasticsearch.address import Address, address
from emotion.stores.elasticsearch.connect import explained
from emotion.stores.elasticsearch.generations import readable
from emotion.stores.elasticsearch.ledger import SINK, SINK_FILES
from emotion.stores.elasticsearch.paging import count, open_point_in_time, pages
from emotion.stores.elasticsearch.queries.index import describe
from emotion.stores.elasticsearch.session import session
from emotion.stores.elasticsearch.sources import table
from emotion.stores.elasticsearch.store import ElasticsearchStore
from emotion.stores.ledger import Commit, part_key
from emotion.stores.protocol import Held, Totals, Turn

if TYPE_CHECKING:
    from ray.data._internal.execution.interfaces import TaskContext
    from ray.data.block import Block

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """What one task wrote: documents, and those that the server refused."""

    documents: int
    dead_letters: int


class ElasticsearchSink(Datasink[Taken]):
    """Writes rows of the document's schema behind an alias; `totals` holds what the store came to afterwards.

    A write that failed is written again as a whole: what it left behind is not counted, and written over.
    """

    def __init__(self, target: str, labels: Sequence[str], profile_labels: Sequence[str] = ()) -> None:
        self._store = ElasticsearchStore(address(target))
        self._labels = (tuple(labels), tuple(profile_labels))
        self._write = 0
        self._leases: ExitStack | None = None
        self._held: Held | None = None
        self.totals: Totals | None = None

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_leases": None, "_held": None}

    def on_write_start(self, schema: pa.Schema | None = None) -> None:
        """Hold the store, and make it where there is none; a JobError where a job on it was cut short."""
        self._leases = ExitStack()
        try:
            with self._store.explained():
                self._held = self._begin(self._leases)
        except BaseException:
            self._release()
            raise

    def _begin(self, leases: ExitStack) -> Held:
        store = self._store
        store.recover()
        held = leases.enter_context(store.hold())
        check_ended(store)
        store.open(*self._labels)
        last, manifest = store.companion.get(SINK) or {"writes": 0}, store.manifest()
        self._write = max(last["writes"] + 1, len(decode(manifest).starts) if manifest else 0)
        store.sweep()
        self._note(complete=False)
        return held

    def _note(self, complete: bool) -> None:
        self._store.companion.put(SINK, {"kind": SINK, "writes": self._write, "complete": complete})

    def write(self, blocks: "Iterable[Block]", ctx: "TaskContext") -> Taken:
        """Write the blocks of a task, each as a part."""
        file, documents, letters = self._write * SINK_FILES + ctx.task_idx, 0, 0
        with self._store.explained():
            for part, (rows, last) in enumerate(_with_last(documents_of(block, self._labels) for block in blocks)):
                key, turn = part_key(file, 0, part), Turn(self._write, ctx.task_idx, part)
                written = self._store.write(key, self._store.name, rows, [], turn)
                counts = (len(rows), written.documents, written.dead_letters, 0)
                self._store.commit(Commit(key, self._store.name, file, 0, part, last, *counts))
                documents += written.documents
                letters += written.dead_letters
        return Taken(documents, letters)

    def on_write_complete(self, write_result: WriteResult[Taken]) -> None:
        """Check the accounts and show the documents behind the alias."""
        store = self._store
        try:
            with store.explained():
                assert self._held is not None
                self.totals = store.finish(workers=1, check=self._held.check)
                self._note(complete=True)
        finally:
            self._release()

    def on_write_failed(self, error: Exception) -> None:
        """Let go of the store."""
        self._release()

    def _release(self) -> None:
        if self._leases is not None:
            self._leases.close()
            self._leases = self._held = None


class ElasticsearchSource(Datasource):
    """Reads the documents behind an alias as they were at one moment, in slices, one a read task.

    `query` is one of Elasticsearch's own, such as `{"term": {"lang": "en"}}`.
    """

    def __init__(self, target: str, query: dict[str, Any] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Ray's own
        self._address = address(target)
        self._query = query or {"match_all": {}}
        with explained(self._address):
            index = readable(session(self._address))
            if index is None:
                raise UsageError(f"There is no store at {target}.")
            self._index, self._rows = index, count(session(self._address), index, self._query)
        kept = describe(session(self._address).client, self._address, self._index)
        self._labels = kept.labels, kept.profile_labels

    def estimate_inmemory_data_size(self) -> int:
        """About a kilobyte a document."""
        return self._rows << 10

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[ReadTask]:
        """A slice a task, all of one point in time, which the server keeps for an hour after each page."""
        with explained(self._address):
            pit = open_point_in_time(session(self._address), self._index)
        slices = max(1, min(parallelism, self._rows // _PAGE))
        size = BlockMetadata(
            num_rows=None,  # Ray takes a number for the answer to `count`, and this one is an estimate
            size_bytes=max(1, self._rows // slices) << 10,
            input_files=None,
            exec_stats=None,
        )
        return [
            ReadTask(_reader(self._address, pit, self._query, (n, slices), self._labels), size) for n in range(slices)
        ]


def documents_of(block: "Block", labels: tuple[Sequence[str], Sequence[str]]) -> pa.Table:
    """A block as a table of `part_schema`.

    Raises:
        StoreError: it lacks a field, or holds another kind of value in it.
    """
    rows, wanted = BlockAccessor.for_block(block).to_arrow(), part_schema(*labels)
    if "folded" not in rows.column_names:
        rows = rows.append_column("folded", pa.array([False] * len(rows), pa.bool_()))
    missing = [name for name in wanted.names if name not in rows.column_names]
    if missing and len(rows):
        raise StoreError(
            f"The rows lack {', '.join(missing)}: the sink takes documents as `emotion export` gives them."
        )
    try:
        return rows.select(wanted.names).cast(wanted) if len(rows) else wanted.empty_table()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError, TypeError) as error:
        raise StoreError(f"The rows are no documents of this store: {str(error).splitlines()[0]}") from None


def _with_last(tables: Iterator[pa.Table]) -> Iterator[tuple[pa.Table, bool]]:
    """Each table with whether it is the last, one held back."""
    held = next(tables, None)
    for following in tables:
        yield held, False
        held = following
    if held is not None:
        yield held, True


def _reader(
    where: Address,
    pit: str,
    query: dict[str, Any],
    slice: tuple[int, int],
    labels: tuple[Sequence[str], Sequence[str]],
) -> Any:
    cut = {"id": slice[0], "max": slice[1]} if slice[1] > 1 else None

    def read() -> Iterator[pa.Table]:
        with explained(where):
            for hits in pages(session(where), pit, query, [{"_shard_doc": "asc"}], _PAGE, slice=cut):
                yield table([hit["_source"] for hit in hits], schema(*labels))

    return read
