"""`emotion predict`: what a model says of texts, for a person to read or, with --json, for a program."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import Device, Engine, Model
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.commands.texts import Given
    from emotion.prediction import Predictions
    from emotion.predictor import Predictor

EXAMPLES = """
[bold]Examples[/bold]

  emotion predict "I can't believe it!"\n
  emotion predict tweets.txt --json\n
  emotion predict posts.csv --field body --attention\n
  emotion predict posts.csv --field body --csv --keep > answers.csv\n
  tail -f tweets.txt | emotion predict -\n
  zcat posts.jsonl.gz | emotion predict - --field body
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("predict", epilog=EXAMPLES)(predict)


def predict(
    source: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="A text; or a file, one text a line, or CSV, TSV, JSONL or Parquet; or - for standard input, one text "
            "a line, with --field one JSON object.",
            show_default=False,
        ),
    ],
    model: Model = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: a header, and a row an answer.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Print the record of each text beside its answer, with --json or --csv.")
    ] = False,
    text: Annotated[bool, typer.Option("--text", help="Take TEXT as a text even where a file has this name.")] = False,
    attention: Annotated[bool, typer.Option("--attention", help="Show which words the model looked at.")] = False,
    field: Annotated[
        str | None, typer.Option(help="Field that holds the text. [dim]Default: text[/dim]", show_default=False)
    ] = None,
    engine: Engine = "exact",
    device: Device = "cpu",
) -> None:
    """Predict the emotion of one text or of many, one answer a text and in their order.

    Each answer from a file has the line of its text: the number of the record,
    from 1, in tables of the row below the header. Blank lines of JSON hold no text.
    """
    from emotion.commands.texts import find

    _check(json, csv, keep, attention)
    blocks, is_alone = find(source, text, field, keep)
    show = _output(is_alone, json, csv, keep, attention)
    predictor = None
    for block in blocks:
        predictor = predictor or _loaded(model, engine, device)
        show(block, predictor([given.text for given in block], explain=attention))


def _check(json: bool, csv: bool, keep: bool, attention: bool) -> None:
    if json and csv:
        raise UsageError("--json and --csv are two forms of the same answers; leave out either.")
    if keep and not (json or csv):
        raise UsageError("--keep is for programs: say --json or --csv, too.")
    if csv and attention:
        raise UsageError("--attention has no place in a row of --csv; take --json.")


def _output(
    is_alone: bool, json: bool, csv: bool, keep: bool, attention: bool
) -> "Callable[[Sequence[Given], Predictions], None]":
    from emotion.commands.answers import Csv, JsonLines

    if json or csv:
        return (JsonLines if json else Csv)(numbered=not is_alone, keep=keep)
    return _Shown(is_alone, attention)


def _loaded(model: str | None, engine: Any, device: Any) -> "Predictor":
    from emotion.predictor import Predictor

    return Predictor.load(model, device=device, engine=engine)


class _Shown:
    """Prints predictions for a person: one text in full, many with a line each."""

    def __init__(self, is_alone: bool, attention: bool) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, emoji=False)
        self._is_alone = is_alone
        self._attention = attention
        self._has_said = False

    def __call__(self, block: "Sequence[Given]", predictions: "Predictions") -> None:
        from emotion.commands.shown.predictions import in_full, line

        if self._attention and predictions.attention is None and not self._has_said:
            print("This model has no attention to show.", file=sys.stderr)
            self._has_said = True
        rows = zip((given.text for given in block), predictions.rows(), strict=True)
        if self._is_alone:
            for text, row in rows:
                self._console.print(in_full(text, row))
            return
        width = max(map(len, (*predictions.labels, "none")))
        for text, row in rows:
            if self._console.is_terminal:
                self._console.print(line(text, row, width), no_wrap=True, overflow="ellipsis")
            else:
                self._console.print(line(text, row, width), soft_wrap=True)
