"""What people see at the command line: progress on standard error, numbers as tables on standard output."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from emotion.commands.shown.epochs import Epochs
from emotion.commands.shown.table import print_table
from emotion.evaluation.metrics import Numbers
from emotion.training.outcome.card import MEASURES, label_cells, measure_cells
from emotion.training.outcome.in_words import of_heads
from emotion.training.watcher import Watcher

_AROUND = 12  # lines of the terminal that are not rows of epochs: header, bar, what was there before


class ConsoleWatcher(Watcher):
    """Standard error: on a terminal a table of epochs over a bar with rate and time left, else a line an epoch.

    `measures` are the columns of epochs, `set.head.measure`; without any, all that an epoch tells.
    """

    def __init__(self, measures: Sequence[str] = ()) -> None:
        self._console = Console(stderr=True)
        self._epochs = Epochs(measures)
        self._progress = Progress(*_columns(), console=self._console)
        self._live = Live(
            console=self._console,
            get_renderable=self._view,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._keep()

    def begin(self, task: str, total: int) -> None:
        self._epochs.begin()
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(task, total=total, left=self._epochs.left())

    def advance(self) -> None:
        if self._task is not None:
            self._progress.advance(self._task)

    def note(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def stage(self, number: int, count: int, epochs: int) -> None:
        self._keep()
        self._epochs.stage(number, count, epochs)

    def epoch(self, record: Mapping[str, Any]) -> None:
        self._epochs.add(record)
        if not self._console.is_terminal:
            self.note(self._epochs.line())

    def _keep(self) -> None:
        """Leave the whole table of a stage that is over in the terminal."""
        table = self._epochs.table()
        if table is not None and self._console.is_terminal:
            self._console.print(table)

    def _view(self) -> RenderableType:
        """What moves: as many epochs as there is room for, and the bar."""
        table = self._epochs.table(last=max(3, self._console.height - _AROUND))
        return Group(*([table] if table is not None else []), self._progress)


class _Rate(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} steps/s" if task.speed else "", style="dim")


def _columns() -> list[ProgressColumn]:
    left = TextColumn("{task.fields[left]}", style="dim")
    return [TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(), left]


def print_numbers(title: str, numbers: Numbers) -> None:
    """The measures of each head, then of each label."""
    console = Console()
    header = ["model", "texts", *MEASURES.values()]
    heads = {head: found for head, found in numbers.items() if head != "baseline"}
    rows = []
    for head, found in heads.items():
        rows.append([head, f"{found['rows']:,}", *measure_cells(found)])
        if linear := numbers.get("baseline", {}).get(head):
            rows.append([f"baseline beside {head}", f"{linear['rows']:,}", *measure_cells(linear)])
    print_table(console, title, header, rows)
    for head, found in heads.items():
        if "labels" in found:
            print_table(console, head, ["label", "precision", "recall", "F1", "texts"], label_cells(found))


def print_seeds(seeds: Numbers) -> None:
    """The seeds with their scores on validation, the one kept marked; then each head on each split with all of them."""
    console = Console()
    names = [f"{run['seed']}{' ★' * (run['seed'] == seeds['kept'])}" for run in seeds["runs"]]
    scores = [[name, f"{run['select']:.4f}", run["id"]] for name, run in zip(names, seeds["runs"], strict=True)]
    print_table(console, "Seeds; ★ is kept, the best on validation", ["seed", "select", "model"], scores)
    for name, split, head, spread in of_heads(seeds["spread"]):
        found = [run["sets"][name][split][head] for run in seeds["runs"]]
        rows = [[seed, *measure_cells(one)] for seed, one in zip(names, found, strict=True)]
        rows += [[said, *measure_cells(_each(spread, key))] for said, key in (("mean", "mean"), ("deviation", "std"))]
        print_table(console, f"{name}, {split}, {head}", ["seed", *MEASURES.values()], rows)


def _each(spread: Numbers, key: str) -> Numbers:
    return {measure: found[key] for measure, found in spread.items()}
