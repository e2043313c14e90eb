"""The accounts of a job as a person checks them in the terminal."""

from rich.table import Table

from emotion.commands.shown.terminal import visible
from emotion.labelling.accounts import Accounts


def accounts_table(accounts: Accounts) -> Table:
    """The accounts as a person checks them: what was read, where it went, what the store holds."""
    table = Table(title="Accounts", title_justify="left", show_header=False, box=None, padding=(0, 2))
    table.add_column(justify="left")
    table.add_column(justify="right")
    lines = [("read", accounts.read), ("labelled", accounts.labelled)]
    lines += [(f"  skipped, {visible(reason)}", count) for reason, count in accounts.skipped.items()]
    lines += [("  dead letters", accounts.dead_letters), ("  delete notices", accounts.deleted)]
    lines += [("  duplicates", accounts.duplicates), ("  removed by notices", accounts.removed)]
    for name, count in lines:
        if count or not name.startswith(" "):
            table.add_row(name, f"{count:,}", style="dim" if name.startswith(" ") else None)
    table.add_row("documents", f"{accounts.documents:,}", style="bold")
    return table
