"""How far a job is, seen from its ledger: the same for every layout, whatever happens to a worker."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from emotion.cluster.head import AWAY
from emotion.errors import StoreError
from emotion.labelling.work import Task
from emotion.stores.ledger import Counts
from emotion.stores.protocol import Ledger, silent
from emotion.threads import beside

POLL_SECONDS, LOG_SECONDS = 0.5, 60.0
REST, LONGEST_REST = 50, 30.0  # times as long as a look took: it costs 2 % of a CPU, however many commits there are
EXPANSION = {"gz": 7.0, "bz2": 9.0, "xz": 9.0, "zst": 8.0}  # of JSON, until a split has shown its own


class Watch:
    """Adds up the commits that appear in the ledger after it was made; `rest` is how long to wait between two looks."""

    def __init__(self, ledger: Ledger, tasks: Sequence[Task]) -> None:
        self._ledger = ledger
        self._seen = set(ledger.pending_keys())
        self.rest = POLL_SECONDS
        self._expected = {(t.split.file, t.split.index): _expected(t) for t in tasks}
        self._began = time.perf_counter()
        self._bytes: dict[tuple[int, int], int] = {}
        self.records = 0

    def poll(self) -> None:
        """Take in what was committed since the last call; what cannot be read is the job's to tell."""
        began = time.thread_time()
        with suppress(OSError, StoreError):
            for commit in self._ledger.unseen(self._seen):
                self._add(commit)
        self.rest = min(max(POLL_SECONDS, REST * (time.thread_time() - began)), LONGEST_REST)

    def _add(self, commit: Counts) -> None:
        split = (commit.file, commit.split)
        self.records += commit.read
        self._bytes[split] = self._bytes.get(split, 0) + commit.bytes
        if commit.last:
            self._expected[split] = self._bytes[split]

    @property
    def share(self) -> float:
        """Share of the work that is done, from 0 to 1; for compressed files an estimate."""
        expected = sum(max(size, self._bytes.get(split, 0)) for split, size in self._expected.items())
        return sum(self._bytes.values()) / expected if expected else 1.0

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / max(time.perf_counter() - self._began, 1e-9)

    def line(self) -> str:
        """One line for a log."""
        seconds = time.perf_counter() - self._began
        left = f", about {seconds / self.share - seconds:,.0f} s left" if 0 < self.share < 1 else ""
        return f"{self.records:,} records read, {self.rate:,.0f} a second, {self.share:.0%}{left}"


def shown(watch: Watch) -> AbstractContextManager[None]:
    """Show the watch while a block runs: a bar on a terminal, else a line a minute on standard error."""
    return beside(partial(_bar if sys.stderr.isatty() else _log, watch), "progress")


@contextmanager
def listing() -> Iterator[Callable[[int], None] | None]:
    """Show how many files there are so far, on a terminal: a bucket may hold a million."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("listing  {task.completed:,.0f} files"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda files: progress.update(task, completed=files)


@contextmanager
def finishing() -> Iterator[Callable[[float], None]]:
    """Show how far the store is brought in order, on a terminal; yields what to tell the share that is done."""
    if not sys.stderr.isatty():
        yield silent
        return
    columns = (SpinnerColumn(), TextColumn("finishing"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=1.0)
        yield lambda share: progress.update(bar, completed=share)


def _bar(watch: Watch, stop: threading.Event) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("labelling"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[records]:,} records  {task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=1.0, records=0, rate=0.0)
        while True:
            stopped = stop.wait(watch.rest)
            watch.poll()
            progress.update(bar, completed=watch.share, records=watch.records, rate=watch.rate)
            if stopped:
                return


def _log(watch: Watch, stop: threading.Event) -> None:
    while not stop.wait(LOG_SECONDS):
        watch.poll()
        if not AWAY.is_set():  # it would promise an end that does not come
            print(watch.line(), file=sys.stderr, flush=True)


def _expected(task: Task) -> float:
    return task.size * EXPANSION.get(task.file.compression or "", 1.0)
