"""A store's Parquet files as one DuckDB view, read only: the finished months, and committed parts not finished yet."""

import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.errors import StoreError
from emotion.stores.answers import NONE
from emotion.stores.described import Described, read_described, required
from emotion.stores.files import finished_files
from emotion.stores.ledger import Ledger

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Extensions would be fetched from the network; in memory, DuckDB would spill into the working directory.
_CONFIG: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_AS_COUNTED = f"CASE WHEN felt THEN emotion ELSE '{NONE}' END"
# `moment` is UTC without a zone: functions of zoned times need the ICU extension and the session's zone.
_VIEW = """
    CREATE VIEW documents AS
    SELECT *, make_timestamp(epoch_us(created_at)) AS moment, {counted} AS counted FROM stored
"""


def describe(root: Path) -> Described:
    """What `store.json` says.

    Raises:
        UsageError: there is no store at `root`.
        StoreError: the store is damaged or of another version.
    """
    return required(read_described(root), root)


def pending_files(root: Path) -> list[Path]:
    """Parts that are committed and not finished yet."""
    ledger = Ledger(root / "_job")
    parts = (ledger.parts / f"{key}.parquet" for key in ledger.open_keys())
    return [part for part in parts if part.exists()]


def is_unfinished(root: Path) -> bool:
    """Whether a job on this store has not come to its end, so that answers may change."""
    job = root / "_job"
    started = (job / "finish").exists() or bool(Ledger(job).open_keys())
    return started or ((job / "manifest.json").exists() and not (root / "run.json").exists())


class Documents:
    """The view `documents` of a store: each row a document, `moment` its time and `counted` its emotion.

    With `everything`, `counted` is the model's best emotion even where nothing is felt.
    """

    def __init__(self, root: Path, everything: bool, name: str) -> None:
        import duckdb

        self._name = name
        self._failure = duckdb.Error
        self._connection = duckdb.connect(":memory:", config=_CONFIG | {"temp_directory": _spill()})
        try:
            with self._explained():
                _stored(self._connection, root)
                self._connection.execute(_VIEW.format(counted="emotion" if everything else _AS_COUNTED))
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        with self._explained():
            return list(self._connection.execute(sql, dict(parameters)).fetchall())

    def batches(self, sql: str, parameters: Mapping[str, Any], size: int) -> "pa.RecordBatchReader":
        """An answer as a stream of Arrow batches of at most so many rows."""
        with self._explained():
            return self._connection.sql(sql, params=dict(parameters)).to_arrow_reader(size)

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._failure as error:
            raise StoreError(
                f"The store {self._name} could not be read: {str(error).splitlines()[0]} "
                "If a job is finishing it right now, ask again; if not, a file of it is damaged."
            ) from None


def _stored(connection: "duckdb.DuckDBPyConnection", root: Path) -> None:
    parts = pending_files(root)
    paths = [_literal(path) for path in (*finished_files(root), *parts)]
    if paths:
        # Parts have one column more, so columns are matched by name where there are any.
        stored = connection.from_parquet(paths, hive_partitioning=False, union_by_name=bool(parts))
    else:
        from emotion.stores.document import schema

        described = describe(root)
        stored = connection.from_arrow(schema(described.labels, described.profile_labels).empty_table())
    stored.create_view("stored")


def _literal(path: Path) -> str:
    """The path as DuckDB, which takes each for a pattern, finds it alone."""
    return re.sub(r"[*?[]", r"[\g<0>]", str(path))


def _spill() -> str:
    """A folder that DuckDB makes where it needs one; its own, as older versions take what lies there for theirs."""
    return str(Path(tempfile.gettempdir()) / f"emotion-queries-{secrets.token_hex(8)}")
