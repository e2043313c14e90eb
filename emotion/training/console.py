"""What people see at the command line: progress on standard error, numbers as tables on standard output."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from emotion.evaluation.metrics import Numbers
from emotion.training.card import MEASURES, label_cells, measure_cells


class ConsoleWatcher:
    """Notes as lines on standard error, and a bar with the time left where that is a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(console=self._console, transient=True, disable=not self._console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, task: str, total: int) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(task, total=total)

    def advance(self) -> None:
        if self._task is not None:
            self._progress.advance(self._task)

    def note(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_numbers(title: str, numbers: Numbers) -> None:
    """The measures of each head, then of each label."""
    console = Console()
    header = ["model", "texts", *MEASURES.values()]
    rows = [[head, f"{found['rows']:,}", *measure_cells(found)] for head, found in numbers.items()]
    _print(console, title, header, rows)
    for head, found in numbers.items():
        if head != "baseline" and "labels" in found:
            _print(console, head, ["label", "precision", "recall", "F1", "texts"], label_cells(found))


def _print(console: Console, title: str, header: list[str], rows: list[list[str]]) -> None:
    """A table under its title; columns that no row fills are left out."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    filled = [column for column in range(len(header)) if any(row[column] for row in rows)]
    for column in filled:
        table.add_column(header[column], justify="left" if column == 0 else "right")
    for row in rows:
        table.add_row(*(row[column] for column in filled))
    console.print(title, style="bold", markup=False, highlight=False, soft_wrap=True)
    console.print(table)
    console.print()
