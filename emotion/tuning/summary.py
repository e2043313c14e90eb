"""What a search found, as tables in the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from emotion.report.search.found import Found, Trial, best
from emotion.report.search.tables import UNTESTED
from emotion.report.search.written import number, short, size, so_many, speed, value

_SHOWN = 5


def print_found(found: Found) -> None:
    """The best trials, the final, and the test."""
    console = Console()
    shown = best(found.trials)[:_SHOWN]
    trials = [
        [str(one.number), number(one.quality), str(one.epochs), speed(one.speed), size(one.size)] for one in shown
    ]
    _print(console, f"Best of {so_many(len(found.trials))}", ["trial", "quality", "epochs", "tweets/s", "size"], trials)
    _print(console, "What they are", ["", *(str(one.number) for one in shown)], _values(found, shown))
    most = max((one.memory or 0 for one in found.trials), default=0)
    if most:
        console.print(f"No trial took more than {size(most)} of a GPU; --gpu says which share each may have.\n")
    final = [
        [
            f"{one.name}{' ★' * (one.name == found.winner)}",
            *(number(one.score), number(one.mean), number(one.std), speed(one.speed)),
        ]
        for one in sorted(found.candidates, key=lambda one: -one.score)
    ]
    _print(console, "Final, on validation", ["", "mean − std", "mean", "std", "tweets/s"], final)
    names = list(dict.fromkeys(name for one in found.test for name in one.measures))
    tested = [[name, *(number(one.measures.get(name)) for one in found.test)] for name in names]
    _print(console, "Test", ["", *(one.name for one in found.test)], tested)
    if found.winner is not None and not tested:
        console.print(f"{UNTESTED}\n")


def _values(found: Found, trials: Sequence[Trial]) -> list[list[str]]:
    """A row for each parameter that any of the trials has."""
    names = short(found.parameters)
    return [
        [names[name], *(value(one.values[name]) if name in one.values else "" for one in trials)]
        for name in found.parameters
        if any(name in one.values for one in trials)
    ]


def _print(console: Console, title: str, header: list[str], rows: list[list[str]]) -> None:
    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for place, name in enumerate(header):
        table.add_column(name, justify="left" if place in (0, len(header) - 1) and not name else "right")
    for row in rows:
        table.add_row(*row)
    console.print(title, style="bold", markup=False, highlight=False)
    console.print(table)
    console.print()
