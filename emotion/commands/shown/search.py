"""A search in the terminal: the best so far, what runs now, what ended last; elsewhere a line a trial."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from emotion.report.search.found import Trial
from emotion.report.search.written import number, so_many, speed, values
from emotion.tuning.listener import Listener

_ENDED = 6  # trials shown after their end


class ConsoleListener(Listener):
    """Standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._task: TaskID | None = None
        self._name = "trials"
        self._running: dict[int, Mapping[str, Any]] = {}
        self._ended: list[Trial] = []
        self._best: Trial | None = None
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._live = Live(
            console=self._console,
            get_renderable=self._view,
            transient=True,
            refresh_per_second=4,
            redirect_stdout=False,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def round(self, name: str, total: int | None, done: int, best: Trial | None) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(name, total=total, completed=done)
        self._name, self._running, self._ended, self._best = name, {}, [], best
        if done:
            self.note(f"{name}: going on, {done} of {total or 'many'} are done")

    def epoch(self, number: int, result: Mapping[str, Any]) -> None:
        self._running[number] = result

    def settled(self, trial: Trial) -> None:
        self._running.pop(trial.number, None)
        self._ended.append(trial)
        if trial.quality is not None and (self._best is None or trial.quality > (self._best.quality or 0.0)):
            self._best = trial
        if self._task is not None:
            self._progress.advance(self._task)
        if not self._console.is_terminal:
            best = (
                "" if self._best is None else f"; best so far {number(self._best.quality)}, trial {self._best.number}"
            )
            self.note(f"{self._name.removesuffix('s')} {trial.number}: {said(trial)}{best}")

    def note(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _view(self) -> RenderableType:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in ("trial", "epochs", "quality", "tweets/s", ""):
            table.add_column(name, justify="left" if not name else "right", no_wrap=True)
        for trial in self._ended[-_ENDED:]:
            table.add_row(*_cells(trial), style="dim")
        for at, result in sorted(self._running.items()):
            table.add_row(str(at), str(result["epochs"]), number(result["quality"]), "", "running")
        best: list[RenderableType] = []
        if self._best is not None:
            best = [Text(f"best: trial {self._best.number}, {number(self._best.quality)}, {values(self._best.values)}")]
        return Group(table, *best, self._progress)


def said(trial: Trial) -> str:
    """A trial in one line."""
    epochs = so_many(trial.epochs, "epoch")
    parts = [trial.status, number(trial.quality), epochs, values(trial.values), trial.reason]
    return ", ".join(part for part in parts if part)


def _cells(trial: Trial) -> list[str]:
    reason = trial.reason or values(trial.values)
    return [
        str(trial.number),
        str(trial.epochs),
        number(trial.quality),
        speed(trial.speed),
        f"{trial.status}: {reason}"[:100],
    ]
