"""Makes the finished files beside the store: new rows by month, and finished files that lose rows."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from emotion.faults import crash_point
from emotion.stores.finish.fates import LOST, Fates
from emotion.stores.finish.layout import STAGED, Layout
from emotion.stores.finish.months import FILE_ROWS, MonthFile, MonthFiles
from emotion.stores.finish.sources import Source

Staged = dict[Path, int]  # staged files, with their rows by footer


class Stager:
    """Stages files in threads; `bases` holds the records read before each (file, split)."""

    def __init__(
        self,
        layout: Layout,
        fates: Fates,
        bases: dict[tuple[int, int], int],
        memory: int,
        progress: Callable[[float], None],
    ) -> None:
        self._layout = layout
        self._fates = fates
        self._bases = bases
        self._memory = memory
        self._progress = progress
        self._done = 0
        self._all = 1
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def stage(self, sources: Sequence[Source], workers: int) -> Staged:
        """Stage everything that changes. A finished file of which no row goes is left as it is."""
        parts = [source for source in sources if source.commit is not None]
        losing = [source for source in sources if source.commit is None and self._loses(source)]
        self._all = sum(source.rows for source in (*parts, *losing)) or 1
        with ThreadPoolExecutor(workers, "finish") as pool:
            tasks = [pool.submit(self._rewrite, source) for source in losing]
            tasks += [pool.submit(self._stage_parts, run) for run in split_evenly(parts, workers)]
            return self._results(tasks)

    def _results(self, tasks: Sequence[Future[Staged]]) -> Staged:
        """What the tasks gave; where one failed, or the user has had enough, the others end soon."""
        try:
            ended, _ = wait(tasks, return_when=FIRST_EXCEPTION)
            staged = [task.result() for task in ended]
        except BaseException:
            self._stopped.set()
            for task in tasks:
                task.cancel()
            raise
        return {path: rows for each in staged for path, rows in each.items()}

    def _loses(self, source: Source) -> bool:
        return bool((self._fates[source.span] & LOST).any())

    def _rewrite(self, source: Source) -> Staged:
        """A finished file without the rows that go; staged empty (zero rows, no file) where all go."""
        staged = MonthFile(self._layout.months / source.path.parent.name / f"{source.path.name}{STAGED}")
        for start, table in source.documents():
            staged.add(table.take(pa.array(self._kept(start, len(table)))))
            self._advance(len(table))
        return {staged.path: staged.close() if staged.rows else 0}

    def _stage_parts(self, parts: Sequence[Source]) -> Staged:
        files = MonthFiles(self._layout.months, self._memory)
        for part in parts:
            self._stage_part(part, files)
            files.end_part()
            crash_point("finish-part")
            if self._stopped.is_set():
                break
        files.close()
        return files.staged

    def _stage_part(self, part: Source, files: MonthFiles) -> None:
        assert part.commit is not None
        base = self._bases[part.commit.file, part.commit.split]
        for start, table in part.documents():
            lines = pa.array(table["line"].to_numpy() + base)
            place = table.schema.get_field_index("line")
            table = table.set_column(place, table.schema.field(place), lines).drop_columns(["folded"])
            files.add(table, self._kept(start, len(table)), part.commit.key)
            self._advance(len(table))

    def _kept(self, start: int, rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.flatnonzero(self._fates[start : start + rows] & LOST == 0).astype(np.int64, copy=False)

    def _advance(self, rows: int) -> None:
        with self._lock:
            self._done += rows
            self._progress(self._done / self._all)


def split_evenly(parts: Sequence[Source], workers: int) -> list[Sequence[Source]]:
    """Runs of consecutive parts with about as many rows each; few rows are not worth a run, and files, of their own."""
    if not parts:
        return []
    first, rows = parts[0].start, sum(part.rows for part in parts)
    runs = min(workers, max(1, rows // (FILE_ROWS // 2)))
    starts = np.array([part.start - first for part in parts])
    cuts = np.unique([0, *np.searchsorted(starts, [rows * run / runs for run in range(1, runs)]), len(parts)])
    return [parts[a:b] for a, b in pairwise(cuts.tolist())]
