"""`emotion calibrate`: a model made to fit labelled texts of one's own, without training it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from emotion.commands import measuring
from emotion.commands.options import Device
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.evaluation.held import Held
    from emotion.models.bundle import Bundle
    from emotion.sets.labelled import LabelledSet
    from emotion.training.recalibration.bundle import Recalibrated

EXAMPLES = """
[bold]Examples[/bold]

  emotion calibrate shipped --data mine.csv --to models/mine\n
  emotion calibrate shipped --data mine.csv --label-field mood --none-label bored --to models/mine\n
  emotion compare shipped models/mine --data others.csv
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("calibrate", epilog=EXAMPLES)(calibrate)


def calibrate(
    model: Annotated[str, typer.Argument(help="Bundle: a path, or a name.", show_default=False)],
    data: Annotated[Path, typer.Option("--data", help="Labelled file of your own texts.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="Directory for the new bundle.", show_default=False)],
    format: measuring.FormatName = None,
    text_field: measuring.TextField = None,
    label_field: measuring.LabelField = None,
    none_label: measuring.NoneLabel = None,
    thresholds: Annotated[
        str, typer.Option(help="Of several labels a text: global, for the best Jaccard, or label, for the best F1.")
    ] = "global",
    device: Device = "cpu",
) -> None:
    """Fit a model's temperatures, thresholds and where feeling begins to your own labelled texts.

    The network stays as it is; the new bundle has an id of its own, and its
    card tells what was chosen and what it brings on texts not chosen on.
    """
    from emotion.evaluation.held import Held
    from emotion.models.bundle import Bundle
    from emotion.models.description import check_place
    from emotion.models.registry import resolve
    from emotion.training.recalibration.bundle import recalibrated

    kind = _thresholds(thresholds)
    with stoppable():
        check_place(to)
        bundle = Bundle.load(resolve(model))
        named = measuring.reader([data], None, format, text_field, label_field)(data)
        (held,) = measuring.named_none([Held(named)], none_label)
        place: Any = device  # the predictor refuses others
        found = recalibrated(bundle, _as_counted(held, bundle), named.name, kind, place)
        found.bundle.save(to)
    _show(bundle, found, to)


def _as_counted(held: "Held", bundle: "Bundle") -> "LabelledSet":
    """The rows, in which the labels that mean that nothing is felt are called none."""
    from emotion.evaluation.counted import counted_name, with_counted
    from emotion.models.config import primary_head

    head = primary_head(bundle.heads)
    return with_counted(held, head).seen_by(counted_name(head)).measured.rows


def _show(before: "Bundle", found: "Recalibrated", to: Path) -> None:
    from rich.console import Console

    from emotion.commands.shown.table import table
    from emotion.commands.shown.terminal import visible
    from emotion.training.recalibration.bundle import chosen_in_words, compared
    from emotion.training.recalibration.choice import settings_of

    console = Console(highlight=False, emoji=False, markup=False)
    for line in chosen_in_words(settings_of(before), found.settings):
        console.print(visible(line))
    for line in found.settings.stayed:
        console.print(visible(f"As it was: {line}."), style="dim")
    rows = [[visible(what), f"{old:.3f}", f"{new:.3f}"] for what, old, new in compared(found.before, found.after)]
    console.print()
    console.print(table(["on texts that nothing was chosen on", "before", "after"], rows))
    console.print(f"\n{to}: model {found.bundle.id}, from {before.id}.", soft_wrap=True)


def _thresholds(value: str) -> Literal["global", "label"]:
    if value == "global":
        return "global"
    if value == "label":
        return "label"
    raise UsageError(f"--thresholds {value!r} is none of global, label.")
