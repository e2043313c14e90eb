"""`emotion summary --run`: the accounts of a store as its last job left them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emotion.commands.query_options import for_programs
from emotion.errors import StoreError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from emotion.stores.protocol import Queries

_NAMED = 5  # files left aside, by name


def show_run(queries: "Queries", json: bool, csv: bool) -> None:
    """Print `run.json` for people or for programs.

    Raises:
        StoreError: no job on the store has come to its end.
    """
    if queries.run is None:
        raise StoreError(f"The store {queries.name} has no accounts yet: no job on it has come to its end.")
    if not for_programs(queries.run, _rows(queries.run), ("name", "value"), json, csv):
        from emotion.commands.shown.store import show

        show(_view(queries.run))


def _rows(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a number, those of `skipped` as `skipped.reason`, and one for each file left aside."""
    rows = []
    for name, value in run.items():
        if isinstance(value, dict):
            rows += [{"name": f"{name}.{key}", "value": each} for key, each in value.items()]
        else:
            rows += [{"name": name, "value": each} for each in (value if isinstance(value, list) else [value])]
    return rows


def _view(run: Mapping[str, Any]) -> "RenderableType":
    import msgspec
    from rich.console import Group
    from rich.text import Text

    from emotion.commands.shown.accounts import accounts_table
    from emotion.commands.shown.terminal import visible
    from emotion.labelling.accounts import Accounts

    lines: list[RenderableType] = [accounts_table(msgspec.convert(run, Accounts))]
    if {"seconds", "model", "engine"} <= run.keys():
        made = f"The last job took {run['seconds']:,.1f} s, by model {run['model']} ({run['engine']})."
        lines += [Text(visible(made))]
    if aside := run.get("left_aside"):
        more = f" and {len(aside) - _NAMED:,} more" if len(aside) > _NAMED else ""
        lines += [Text(visible(f"Left aside, as no archive of tweets: {', '.join(aside[:_NAMED])}{more}."))]
    return Group(*lines)
