"""Steps of a long command on a terminal: what is done, how far, how long."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Steps:
    """A line a step, on standard error where that is a terminal; a context manager."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        count = TextColumn("{task.completed:,.0f} texts")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), count, TimeElapsedColumn())
        hidden = not console.is_terminal
        self._shown = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=hidden)

    def __enter__(self) -> Self:
        self._shown.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shown.stop()

    def begin(self, what: str, total: int | None) -> Callable[[int], None]:
        """A step starts; what it gives is told how many texts were done."""
        task = self._shown.add_task(what, total=total)
        return lambda count: self._shown.update(task, advance=count)
