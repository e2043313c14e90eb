"""What a search found, as tables in the terminal."""

from collections.abc import Sequence

from rich.console import Console

from emotion.commands.shown.table import print_table
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
    print_table(
        console, f"Best of {so_many(len(found.trials))}", ["trial", "quality", "epochs", "tweets/s", "size"], trials
    )
    print_table(console, "What they are", ["", *(str(one.number) for one in shown)], _values(found, shown))
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
    print_table(console, "Final, on validation", ["", "mean − std", "mean", "std", "tweets/s"], final)
    names = list(dict.fromkeys(name for one in found.test for name in one.measures))
    tested = [[name, *(number(one.measures.get(name)) for one in found.test)] for name in names]
    print_table(console, "Test", ["", *(one.name for one in found.test)], tested)
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
