"""A store's Parquet files as one DuckDB view, read only: the finished months, and committed parts not finished yet."""

import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from emotion.errors import StoreError
from emotion.stores.answers import NONE, Filter
from emotion.stores.described import Described, read_described, required
from emotion.stores.files import finished_files
from emotion.stores.ledger import Ledger
from emotion.stores.protocol import EVERY
from emotion.stores.queries.checks import rules_of
from emotion.stores.queries.files import identity, is_of_time, may_open, pending_files
from emotion.stores.queries.words import Asked, asked
from emotion.stores.queries.zones import as_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from emotion.text.rules import Rules

Answer = TypeVar("Answer")
_FILES = Path("/dev/fd")  # where the system shows what a process holds open
_TIMES = 5  # that files may be exchanged while they are asked

# Extensions would be fetched from the network; in memory, DuckDB would spill into the working directory.
_CONFIG: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_AS_COUNTED = f"CASE WHEN felt THEN emotion ELSE '{NONE}' END"
# `moment` is UTC without a zone: functions of zoned times need the ICU extension and the session's zone.
_VIEW = """
    CREATE OR REPLACE VIEW documents AS
    SELECT *, make_timestamp(epoch_us(created_at)) AS moment, {counted} AS counted, {clock} AS clock FROM chosen
"""
_KNOWN = """
    SELECT DISTINCT word FROM (SELECT unnest(words) AS word FROM stored WHERE list_has_any(words, $forms))
    WHERE list_contains($forms, word)
"""


def describe(root: Path) -> Described:
    """What `store.json` says.

    Raises:
        UsageError: there is no store at `root`.
        StoreError: the store is damaged or of another version.
    """
    return required(read_described(root), root)


def is_unfinished(root: Path) -> bool:
    """Whether a job on this store has not come to its end, so that answers may change."""
    job = root / "_job"
    started = (job / "finish").exists() or bool(Ledger(job).open_keys())
    return started or ((job / "manifest.json").exists() and not (root / "run.json").exists())


class _Files(NamedTuple):
    months: list[Path]
    parts: list[Path]  # committed, and not finished yet

    def every(self) -> list[Path]:
        return [*self.months, *self.parts]


class Documents:
    """The view `documents` of a store: each row a document, `moment` its time and `counted` its emotion.

    `moment` is UTC, `clock` what the clock of a zone shows then.
    With `everything`, `counted` is the model's best emotion even where nothing is felt. The files are those of the
    moment when it was made, until `answer` finds that a finish has put others in their place; `documents` holds those
    that may be of the time asked for. Others are not opened, but to look in all for an elongated word of a query.
    """

    def __init__(self, root: Path, described: Described, everything: bool, zone: tzinfo, name: str) -> None:
        import duckdb

        self._root = root
        self._described = described
        self._name = name
        self._counted = "emotion" if everything else _AS_COUNTED
        self.zone = zone
        self._clock = as_sql("moment", zone)
        self._failure = duckdb.Error
        self._files = _Files([], [])
        self._seen: dict[Path, tuple[int, int] | None] = {}
        self._shown: _Files | None = None
        self._asked: dict[str, Asked] = {}
        self._is_given_up = False
        self._connection = _connected()
        self._streams = ExitStack()
        self.look()

    def answer(self, ask: Callable[["Documents"], Answer], time: Filter = EVERY) -> Answer:
        """What files of one moment say: asked once more where a finish has moved rows from one to another meanwhile.

        Only files that may hold tweets of `time`, the since and until of a filter, are read.

        Raises:
            StoreError: the store cannot be read, changes faster than it can be asked, or the question was given up.
        """
        for _ in range(_TIMES):
            try:
                self._narrow(time)
                answer = ask(self)
            except StoreError:
                if self._is_given_up or not self._is_changed():
                    raise
            else:
                if not self._is_changed():
                    return answer
            self.look()
        raise StoreError(f"The store {self._name} changed again and again while it was asked; ask again.")

    def look(self) -> None:
        """Take the files that are there now."""
        parts = pending_files(self._root)  # first: a finish that falls between is seen by what it took
        self._files = _Files(finished_files(self._root), parts)
        self._seen = {path: identity(path) for path in self._files.every()}
        self._asked, self._shown = {}, None

    def give_up(self) -> None:
        """End what is asked and all that will be; for another thread. Between two steps of a question it is not heard,
        so it may be said again."""
        self._is_given_up = True
        with suppress(self._failure):  # closed meanwhile
            self._connection.interrupt()

    @cached_property
    def rules(self) -> "Rules":
        """The cleaning that the documents went through."""
        return rules_of(self._described.rules, f"{self._name}/store.json")

    def asked(self, query: str | None) -> Asked:
        """What a query asks for, in the words of these documents."""
        if not query:
            return {}
        if query not in self._asked:
            self._asked[query] = asked(query, self.rules, self._known)
        return self._asked[query]

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        if self._is_given_up:
            raise StoreError(f"The store {self._name} was asked for too long.")
        with self._explained():
            return list(self._connection.execute(sql, dict(parameters)).fetchall())

    def batches(
        self, sql: str, parameters: Mapping[str, Any], size: int, time: Filter = EVERY
    ) -> "pa.RecordBatchReader":
        """An answer of `time` as a stream of Arrow batches of at most so many rows.

        Its files are held open, as far as a process may hold so many: a finish that puts others in their place
        meanwhile changes nothing of it.
        """
        import pyarrow as pa

        with ExitStack() as opened:
            connection = opened.enter_context(_connected())
            files = opened.enter_context(ExitStack())
            wanted = self.answer(lambda documents: documents._hold(files), time)
            with self._explained():
                self._show(connection, wanted)
                found = connection.sql(sql, params=dict(parameters)).to_arrow_reader(size)
            held = opened.pop_all()
        self._streams.callback(held.close)  # of a stream that nobody reads to its end

        def rows() -> "Iterator[pa.RecordBatch]":
            with held, self._explained(pa.ArrowException, OSError):
                yield from found

        return pa.RecordBatchReader.from_batches(found.schema, rows())

    def close(self) -> None:
        """Let go of the files, of what streams hold too."""
        self._streams.close()
        self._connection.close()

    def _known(self, forms: list[str]) -> list[str]:
        with self._explained():
            self._make(self._connection, "stored", self._files)
        return [word for (word,) in self.rows(_KNOWN, {"forms": forms})]

    def _hold(self, opened: ExitStack) -> _Files:
        """Names by which the files are found although others have taken their place."""
        opened.close()
        files = self._shown
        assert files is not None
        if not _FILES.is_dir() or not may_open(len(files.every())):
            return files

        def held(path: Path) -> Path:
            return _FILES / str(opened.enter_context(path.open("rb")).fileno())

        try:
            return _Files([*map(held, files.months)], [*map(held, files.parts)])
        except OSError as error:
            raise StoreError(f"The store {self._name} could not be read: {error}.") from None

    def _narrow(self, time: Filter) -> None:
        """Let `documents` be those of the files that may hold tweets of a time."""
        files = _Files([path for path in self._files.months if is_of_time(path, time)], self._files.parts)
        if files != self._shown:
            with self._explained():
                self._show(self._connection, files)
            self._shown = files

    def _show(self, connection: "duckdb.DuckDBPyConnection", files: _Files) -> None:
        self._make(connection, "chosen", files)
        connection.execute(_VIEW.format(counted=self._counted, clock=self._clock))

    def _make(self, connection: "duckdb.DuckDBPyConnection", name: str, files: _Files) -> None:
        """Make the view of this name, of all rows of the files.

        Parts have one column more, so columns are matched by name where there are any; within one relation DuckDB would
        open each file for that, the months' too.
        """
        relations = []
        if files.months:
            relations.append(f"{name}_months")
            months = connection.from_parquet(_literals(files.months), hive_partitioning=False)
            months.create_view(relations[-1], replace=True)
        if files.parts:
            relations.append(f"{name}_parts")
            parts = connection.from_parquet(_literals(files.parts), hive_partitioning=False, union_by_name=True)
            parts.create_view(relations[-1], replace=True)
        if not relations:
            self._none(connection).create_view(name, replace=True)
            return
        every = " UNION ALL BY NAME ".join(f"SELECT * FROM {relation}" for relation in relations)  # nosec B608
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {every}")

    def _none(self, connection: "duckdb.DuckDBPyConnection") -> "duckdb.DuckDBPyRelation":
        from emotion.stores.document import schema

        of = self._described.labels, self._described.profile_labels
        return connection.from_arrow(schema(*of).empty_table())

    def _is_changed(self) -> bool:
        """Whether a finish has moved rows; parts that are new since are not asked for."""
        gone = any(seen is None or identity(path) != seen for path, seen in self._seen.items())
        return gone or finished_files(self._root) != self._files.months

    @contextmanager
    def _explained(self, *others: type[Exception]) -> Iterator[None]:
        failures: tuple[type[Exception], ...] = (self._failure, *others)
        try:
            yield
        except failures as error:
            raise StoreError(
                f"The store {self._name} could not be read: {str(error).splitlines()[0]} "
                "If a job is finishing it right now, ask again; if not, a file of it is damaged."
            ) from None


def _literals(paths: Sequence[Path]) -> list[str]:
    """The paths as DuckDB, which takes each for a pattern, finds them alone."""
    return [re.sub(r"[*?[]", r"[\g<0>]", str(path)) for path in paths]


def _connected() -> "duckdb.DuckDBPyConnection":
    import duckdb

    return duckdb.connect(":memory:", config=_CONFIG | {"temp_directory": _spill()})


def _spill() -> str:
    """A folder that DuckDB makes where it needs one; its own, as older versions take what lies there for theirs."""
    return str(Path(tempfile.gettempdir()) / f"emotion-queries-{secrets.token_hex(8)}")
