"""The files of a store in a directory: which a question reads, and whether they are the same still."""

import re
import resource
from datetime import UTC, datetime
from pathlib import Path

from emotion.stores.answers import Filter
from emotion.stores.ledger import Ledger

_OTHERS = 500  # files that a process may need beside those of the store


def pending_files(root: Path) -> list[Path]:
    """Parts that are committed and not finished yet."""
    ledger = Ledger(root / "_job")
    parts = (ledger.parts / f"{key}.parquet" for key in ledger.open_keys())
    return [part for part in parts if part.exists()]


def is_of_time(path: Path, filter: Filter) -> bool:
    """Whether a file may hold tweets of a filter's time: one of a month by its folder, a part always."""
    if filter.since is None and filter.until is None:
        return True
    if path.parent.name == "month=unknown":
        return False
    named = re.fullmatch(r"month=(\d{4})-(\d\d)", path.parent.name)
    if named is None:
        return True
    month = (int(named[1]), int(named[2]))
    is_over = filter.since is not None and month < _parts(filter.since)[:2]
    is_later = filter.until is not None and (*month, 1, 0, 0, 0, 0) >= _parts(filter.until)
    return not is_over and not is_later


def _parts(time: datetime) -> tuple[int, ...]:
    time = time.astimezone(UTC)
    return (time.year, time.month, time.day, time.hour, time.minute, time.second, time.microsecond)


def may_open(many: int) -> bool:
    """Whether the process may hold so many files open, and DuckDB as many again, beside all others; sees to it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * many + _OTHERS
    if soft == resource.RLIM_INFINITY or wanted <= soft:
        return True
    if hard != resource.RLIM_INFINITY and wanted > hard:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return True


def identity(path: Path) -> tuple[int, int] | None:
    """Another where the file is another; None where it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
