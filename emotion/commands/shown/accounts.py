"""The accounts of a job as a person checks them in the terminal."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from emotion.commands.shown.terminal import visible
from emotion.labelling.accounts import Accounts

_MANY = 0.05  # share of skipped records from which on it is told why


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


def of_languages(accounts: Accounts, languages: Sequence[str], no_language: int) -> Iterator[str]:
    """What a person should know of a job that took the languages of its model: what that left out, and what it let in.

    Nothing where others were asked for, and `languages` are none.
    """
    reads = f"the model reads {', '.join(languages)}"
    skipped = accounts.skipped.get("language", 0)
    if languages and skipped >= max(1, _MANY * accounts.read):
        yield f"{skipped:,} of {accounts.read:,} skipped: {reads}; --lang all labels them anyway."
    if languages and no_language > accounts.labelled / 2:
        yield (
            f"{no_language:,} of {accounts.labelled:,} labelled tweets tell no language and were taken whatever theirs "
            f"is: {reads}. Where a column or key tells it, name it by --lang-field."
        )
