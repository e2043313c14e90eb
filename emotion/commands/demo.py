"""`emotion demo`: the whole of it on a sample archive made here, in a minute."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

MARK = ".made-by-emotion-demo"
EXAMPLES = """
[bold]Examples[/bold]

  emotion demo\n
  emotion demo --to /tmp/look --tweets 50000
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", epilog=EXAMPLES)(demo)


def demo(
    to: Annotated[Path, typer.Option(help="Directory to make; one that an earlier demo made is replaced.")] = Path(
        "demo"
    ),
    tweets: Annotated[int, typer.Option(min=100, help="About how many tweets.")] = 6000,
    ray: Annotated[str, typer.Option(help="local, off, auto, or the address of a cluster.")] = "local",
) -> None:
    """Make a sample archive of synthetic tweets, label it on Ray, and show what was felt."""
    from rich.console import Console

    from emotion.commands.query import show_summary
    from emotion.commands.shown.accounts import accounts_table
    from emotion.labelling.job import label
    from emotion.labelling.options import LabelOptions
    from emotion.report.page import write_report
    from emotion.tweets.sample import write_sample

    console = Console()
    _make_room(to)
    archive, store, report = to / "archive", to / "store", to / "report.html"
    console.print(f"[bold]1.[/bold] Writing a sample archive of synthetic tweets to {archive}")
    write_sample(archive, tweets=tweets)
    for path in sorted(p for p in archive.rglob("*") if p.is_file()):
        console.print(f"   {path.relative_to(archive)}  [dim]{path.stat().st_size:,} bytes[/dim]")
    console.print("[bold]2.[/bold] Labelling it" + ("" if ray == "off" else " on Ray"))
    run = label(LabelOptions(archives=(str(archive),), to=str(store), ray=ray))
    console.print(accounts_table(run.accounts))
    console.print("[bold]3.[/bold] What was felt")
    show_summary(str(store), console)
    write_report(str(store), report)
    _show_next(console, archive, store, report)


def _make_room(to: Path) -> None:
    if to.exists():
        if not (to / MARK).exists():
            raise UsageError(f"{to} exists and no demo made it; name another directory with --to.")
        shutil.rmtree(to)
    to.mkdir(parents=True)
    (to / MARK).touch()


def _show_next(console: "Console", archive: Path, store: Path, report: Path) -> None:
    lines: tuple[tuple[str, str], ...] = (
        ("the page with charts", str(report)),
        ("the archive", str(archive)),
        ("the store (Parquet)", str(store)),
        ("what could not be read", str(store / "dead_letters.jsonl")),
        ("search it", f'emotion search {store} "storm" --emotion fear'),
        ("over time", f"emotion timeline {store}"),
        ("hashtags by emotion", f"emotion top {store} hashtags --by emotion"),
        ("one text", 'emotion predict "I can\'t believe it!"'),
        ("your own archive", "emotion label YOUR_ARCHIVE --to YOUR_STORE"),
    )
    console.print("\n[bold]Where everything is, and what to try next[/bold]")
    activate = Path(sys.executable).with_name("activate")
    if activate.exists() and not shutil.which("emotion"):
        lines = (("first, in this shell", f". {activate}"), *lines)
    for what, where in lines:
        console.print(f"  {what:<24} {where}", markup=False, highlight=False, soft_wrap=True)
