"""Makes the finished files beside the store: new rows by month, and finished files that lose rows."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from emotion.faults import crash_point
from emotion.stores.columns import ROW_GROUP
from emotion.stores.finish.fates import LOST, Fates
from emotion.stores.finish.layout import STAGED, Layout
from emotion.stores.finish.months import FILE_ROWS, MonthFile, MonthFiles
from emotion.stores.finish.sources import Source

MANY = 16  # small files of a month, left by as many jobs, that the next one merges
SMALL = ROW_GROUP  # a file with fewer rows
OPEN, FEWEST_OPEN = 512, 4  # files that are written at once, in all and by a thread: half of what a process may open

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
        """Stage everything that changes. A finished file of which no row goes is left as it is, unless it is merged."""
        parts = [source for source in sources if source.commit is not None]
        rewritten = self._rewritten([source for source in sources if source.commit is None])
        self._all = sum(source.rows for run in (parts, *rewritten) for source in run) or 1
        with ThreadPoolExecutor(workers, "finish") as pool:
            tasks = [pool.submit(self._rewrite, run) for run in rewritten]
            runs = split_evenly(parts, workers)
            most = max(FEWEST_OPEN, OPEN // max(1, len(runs)))
            tasks += [pool.submit(self._stage_parts, run, most) for run in runs]
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

    def _rewritten(self, finished: Sequence[Source]) -> list[list[Source]]:
        """Runs of finished files of which each becomes one: small ones that are many, and those that lose rows."""
        merged = small_files(finished)
        among = {source.path for run in merged for source in run}
        return merged + [[source] for source in finished if source.path not in among and self._loses(source)]

    def _rewrite(self, run: Sequence[Source]) -> Staged:
        """Finished files as one under the name of the first, without the rows that go.

        Of what leaves nothing under its name, zero rows and no file are staged.
        """
        months = self._layout.months
        first, *others = (months / source.path.parent.name / f"{source.path.name}{STAGED}" for source in run)
        staged = MonthFile(first)
        for source in run:
            for start, table in source.documents():
                staged.add(table.take(pa.array(self._kept(start, len(table)))))
                self._advance(len(table))
        return {first: staged.close() if staged.rows else 0} | dict.fromkeys(others, 0)

    def _stage_parts(self, parts: Sequence[Source], most: int) -> Staged:
        files = MonthFiles(self._layout.months, self._memory, most)
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


def small_files(finished: Sequence[Source]) -> list[list[Source]]:
    """Runs of at least `MANY` small files that follow each other in a month, of no more rows than a file may have."""
    runs: list[list[Source]] = []
    for _, month in groupby(finished, lambda source: source.path.parent):
        run: list[Source] = []
        for source in month:
            if source.rows >= SMALL or sum(each.rows for each in run) + source.rows > FILE_ROWS:
                runs.append(run)
                run = []
            if source.rows < SMALL:
                run.append(source)
        runs.append(run)
    return [run for run in runs if len(run) >= MANY]


def split_evenly(parts: Sequence[Source], workers: int) -> list[Sequence[Source]]:
    """Runs of consecutive parts with about as many rows each; few rows are not worth a run, and files, of their own."""
    if not parts:
        return []
    first, rows = parts[0].start, sum(part.rows for part in parts)
    runs = min(workers, max(1, rows // (FILE_ROWS // 2)))
    starts = np.array([part.start - first for part in parts])
    cuts = np.unique([0, *np.searchsorted(starts, [rows * run / runs for run in range(1, runs)]), len(parts)])
    return [parts[a:b] for a, b in pairwise(cuts.tolist())]
