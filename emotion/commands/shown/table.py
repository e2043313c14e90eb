"""The table that most views are made of."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell = str | Text


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]], left: int = 1, wrap: bool = False) -> Table:
    """A table whose first columns are aligned left; columns that no row fills are left out.

    The others hold numbers, which keep to one line where room is short, unless they may `wrap`.
    """
    filled = [column for column in range(len(header)) if any(len(row[column]) for row in rows)]
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_header=any(header))
    for column in filled:
        made.add_column(
            header[column],
            justify="left" if column < left else "right",
            no_wrap=column >= left and not wrap,
            overflow="fold" if wrap else "ellipsis",
        )
    for row in rows:
        made.add_row(*(row[column] for column in filled))
    return made


def print_table(console: Console, title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """A table under its title, and a blank line; nothing where it has no rows."""
    if not rows:
        return
    console.print(title, style="bold", markup=False, highlight=False, soft_wrap=True)
    console.print(table(header, rows, wrap=True))
    console.print()
