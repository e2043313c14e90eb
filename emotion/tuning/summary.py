"""What a search found, as tables in the terminal."""

from rich.console import Console
from rich.table import Table

from emotion.report.search.found import Found, best
from emotion.report.search.tables import UNTESTED
from emotion.report.search.written import number, size, speed
from emotion.tuning.space import written

_SHOWN = 5


def print_found(found: Found) -> None:
    """The best trials, the final, and the test."""
    console = Console()
    trials = [
        [str(one.number), number(one.quality), str(one.epochs), speed(one.speed), size(one.size), written(one.values)]
        for one in best(found.trials)[:_SHOWN]
    ]
    _print(
        console, f"Best of {len(found.trials)} trials", ["trial", "quality", "epochs", "tweets/s", "size", ""], trials
    )
    most = max((one.memory or 0 for one in found.trials), default=0)
    if most:
        console.print(f"No trial took more than {size(most)} of a GPU; --gpu says which share each may have.\n")
    final = [
        [f"{one.name}{' ★' * (one.name == found.winner)}", number(one.score), number(one.mean), number(one.std)]
        for one in sorted(found.candidates, key=lambda one: -one.score)
    ]
    _print(console, "Final, on validation", ["", "mean − std", "mean", "std"], final)
    names = list(dict.fromkeys(name for one in found.test for name in one.measures))
    tested = [[name, *(number(one.measures.get(name)) for one in found.test)] for name in names]
    _print(console, "Test", ["", *(one.name for one in found.test)], tested)
    if found.winner is not None and not tested:
        console.print(f"{UNTESTED}\n")


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
