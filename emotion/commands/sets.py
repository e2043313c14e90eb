"""`emotion sets`: what labelled sets are like, before a model is trained on them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from emotion.commands.options import DataRoot
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.sets.facts import Facts
    from emotion.sets.formats import Columns
    from emotion.sets.labelled import LabelledSet

EXAMPLES = """
[bold]Examples[/bold]

  emotion sets configs/shipped.yaml --data-root ~/data\n
  emotion sets carer/train.txt carer/test.txt\n
  emotion sets posts.csv --text-field body --label-field feeling --json\n
  emotion sets dair-ai/emotion:train --format huggingface
"""
RECIPES = (".yaml", ".yml")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sets", epilog=EXAMPLES)(sets)


def sets(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE.yaml|FILE...", help="A recipe, or labelled files, a set each.", show_default=False
        ),
    ],
    data_root: DataRoot = Path(),
    format: Annotated[str | None, typer.Option(help="Format of the files. [dim]Default: looked at[/dim]")] = None,
    text_field: Annotated[str | None, typer.Option(help="Column that holds the text. [dim]Default: text[/dim]")] = None,
    label_field: Annotated[
        str | None,
        typer.Option(
            help="Column that holds the label, or several of scores, separated by commas. [dim]Default: label[/dim]"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Report on labelled sets: balance, lengths, copies, contradictions and leaks.

    Nothing is changed, and rows that leak between splits are still counted.
    """
    if len(sources) == 1 and Path(sources[0]).suffix.lower() in RECIPES and format is None:
        if text_field is not None or label_field is not None:
            raise UsageError(f"{sources[0]} says its columns itself; leave out --text-field and --label-field.")
        found = _of_recipe(Path(sources[0]), data_root)
    else:
        found = _of_files(sources, _format(format), _columns(text_field or "text", label_field or "label"))
    _show(found, json)


def _columns(text: str, labels: str) -> "Columns":
    from emotion.sets.formats import Columns

    several = tuple(labels.split(","))
    return Columns(text=text, label=several[0], labels=several if len(several) > 1 else None)


def _of_recipe(path: Path, root: Path) -> "Facts":
    from emotion.sets.sources import read_sources

    recipe = read_sources(path)
    found = {name: config.load(root).items() for name, config in recipe.sets.items()}
    return _facts({name: {str(split): rows for split, rows in splits} for name, splits in found.items()}, recipe.rules)


def _of_files(paths: list[str], kind: Any, columns: "Columns") -> "Facts":
    from emotion.sets.formats import detect, read
    from emotion.text.rules import Rules

    if recipes := [path for path in paths if Path(path).suffix.lower() in RECIPES]:
        raise UsageError(f"{recipes[0]} is a recipe; name it alone, without --format.")
    names = list(dict.fromkeys(paths))
    return _facts({name: {"all": read(name, kind or detect(Path(name)), columns)} for name in names}, Rules())


def _facts(found: dict[str, dict[str, "LabelledSet"]], rules: Any) -> "Facts":
    from emotion.sets.facts import facts
    from emotion.text.tokens import Tokenizer

    return facts(found, Tokenizer(rules, None).tokens, rules.max_tokens)


def _format(name: str | None) -> Any:
    from emotion.sets.formats import Format

    if name is not None and name not in get_args(Format):
        raise UsageError(f"--format {name!r} is none of {', '.join(get_args(Format))}.")
    return name


def _show(found: "Facts", json: bool) -> None:
    if json:
        import orjson

        typer.echo(orjson.dumps(found.to_dict()).decode())
        return
    from emotion.commands.shown.sets import view
    from emotion.commands.shown.store import show

    show(view(found))
