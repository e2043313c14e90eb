"""`emotion models`: the registry of chosen models."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import DataRoot
from emotion.commands.shown.terminal import visible

if TYPE_CHECKING:
    from emotion.models.registry import Entry, Registry

EXAMPLES = """
[bold]Examples[/bold]

  emotion models list\n
  emotion models add runs/search/winner --name carer-3\n
  emotion models add shipped --name shipped-1\n
  emotion models promote carer-3 --to production\n
  emotion models promote --undo --to production\n
  emotion models diff production carer-3\n
  emotion models expect runs/mine --texts last-week.jsonl\n
  emotion label archive/ --to store --model production\n
"""

Model = Annotated[
    str, typer.Argument(help="What --model takes: a path, a name or an alias, shipped, s3://…", show_default=False)
]
Place = Annotated[
    Path | None,
    typer.Option("--registry", envvar="EMOTION_MODELS", help="Folder of the registry.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=_ABOUT, epilog=EXAMPLES)
    commands: dict[str, Callable[..., None]] = {
        "list": names,
        "show": show,
        "add": add,
        "promote": promote,
        "diff": diff,
        "expect": expect,
    }
    for name, command in commands.items():
        group.command(name)(command)
    app.add_typer(group, name="models", epilog=EXAMPLES)


_ABOUT = (
    "Models that were chosen: their names, aliases and origin. Wherever --model is asked for, a name or alias will do."
)


def names(registry: Place = None, json: Json = False) -> None:
    """Names with their models, and what each alias stands for."""
    book = _registry(registry).read()
    if json:
        _print_json(book)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("name", "model", "added", "recipe", "aliases"):
        table.add_column(column)
    for entry in book.entries.values():
        aliases = ", ".join(alias for alias, found in book.aliases.items() if found.name == entry.name)
        table.add_row(entry.name, entry.id, entry.added[:10], visible(str(entry.lineage.get("recipe", ""))), aliases)
    Console(markup=False).print(
        table if book.entries else "No model is registered yet: emotion models add MODEL --name NAME."
    )


def show(
    model: Model,
    registry: Place = None,
    json: Json = False,
) -> None:
    """One model: its origin, what it is worth, and where it lies."""
    from emotion.models.description import read_description, read_metrics

    entry, place = _registry(registry).described(model)
    worth = _worth(read_metrics(place))
    if json:
        _print_json({"name": entry.name, "id": entry.id, "path": str(place), "lineage": entry.lineage, "worth": worth})
        return
    added = f", added {entry.added}" if entry.added else ""
    typer.echo(f"{entry.name}: model {entry.id}{added}, in {place}")
    labels = read_description(place).settings.label_sets[0]
    typer.echo(f"labels: {', '.join(labels)}")
    for name, value in (_flat(entry.lineage) | worth).items():
        typer.echo(f"  {name:<52} {value:.4f}" if isinstance(value, float) else f"  {name:<52} {value}")


def add(
    model: Model,
    name: Annotated[str, typer.Option("--name", help="What it shall be called.", show_default=False)],
    registry: Place = None,
) -> None:
    """Copy a model into the registry under a name: then it stays, whatever becomes of the original.

    The shipped model changes with the version of emotion; pin it before an upgrade.
    """
    from emotion.models.bundle import Bundle
    from emotion.models.registry import resolve

    store = _registry(registry)
    Bundle.load(resolve(model, store))  # damage is refused here, not by whoever uses it
    entry = store.add(model, name)
    typer.echo(f"{entry.name} is model {entry.id}.")


def promote(
    model: Annotated[str | None, typer.Argument(help="A name, or an alias for its name.", show_default=False)] = None,
    alias: Annotated[str, typer.Option("--to", help="The alias.")] = "production",
    undo: Annotated[bool, typer.Option("--undo", help="Take the last promotion back.")] = False,
    registry: Place = None,
) -> None:
    """Let an alias stand for a model; `--undo` lets it stand for what it stood for before."""
    from emotion.errors import UsageError

    if undo == (model is not None):
        raise UsageError("Name a model to promote, or say --undo without one.")
    store = _registry(registry)
    if model is None:
        now = store.undo(alias)
        typer.echo(f"{alias} is {now} again." if now else f"{alias} stands for nothing any more.")
        return
    before = store.promote(model, alias)
    name = store.read().aliases[alias].name
    typer.echo(f"{alias} is {name}{f', before that {before}' if before and before != name else ''}.")


def diff(
    first: Model,
    second: Model,
    registry: Place = None,
    json: Json = False,
) -> None:
    """Where two models differ: recipe, origin, and what was measured."""
    store = _registry(registry)
    one, other = (_all(*store.described(model)) for model in (first, second))
    differing = {
        name: (one.get(name), other.get(name))
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    }
    if json:
        _print_json({name: list(pair) for name, pair in differing.items()})
        return
    if not differing:
        typer.echo(f"{first} and {second} are the same model.")
    for name, pair in differing.items():
        typer.echo(f"{name}: {' -> '.join(_said(value) for value in pair)}")


def expect(
    model: Model,
    texts: Annotated[
        list[Path] | None,
        typer.Option(help="File of texts, as `emotion predict` reads them. [dim]Default: those of validation[/dim]"),
    ] = None,
    field: Annotated[str | None, typer.Option(help="Field of the text, in CSV, JSONL and Parquet.")] = None,
    data_root: DataRoot = Path(),
    registry: Place = None,
) -> None:
    """Keep in a bundle what texts usually look like to it, which the API compares with those of today (drift).

    Training keeps this already; say it for a bundle made before, or to compare
    with texts of your own. The model and its id stay. What is not yours to
    change, the shipped model or one in a bucket, is added to the registry first.
    """
    from emotion.commands.stopping import stoppable
    from emotion.commands.texts import file_texts
    from emotion.errors import UsageError
    from emotion.evaluation.observed import observe
    from emotion.models.bundle import Bundle
    from emotion.models.description import check_place
    from emotion.predictor import Predictor
    from emotion.training.outcome.expected import keeping, said, validation_texts

    with stoppable():
        bundle = _own(model, _registry(registry))
        found = Bundle.load(bundle)
        check_place(bundle)
        if field is not None and not texts:
            raise UsageError(f"--field {field!r} names a field of files; name them with --texts.")
        given = [text for path in texts or () for text in file_texts(path, field)]
        if texts and not given:
            raise UsageError(f"There are no texts in {', '.join(map(str, texts))}.")
        observed = observe(Predictor(found), given or validation_texts(found, data_root))
        keeping(found, observed).save(bundle)
    typer.echo(f"{bundle}: model {found.id} keeps {said(observed)}.")


def _own(model: str, store: "Registry") -> Path:
    """Where a bundle lies that may be written to."""
    from emotion.errors import UsageError
    from emotion.models.registry import SHIPPED, resolve
    from emotion.objects.address import is_remote

    path = resolve(model, store)
    if is_remote(model) or path.resolve() == SHIPPED.resolve():
        raise UsageError(
            f"{model} is not changed where it lies. Add it to the registry first, "
            f"emotion models add {model} --name NAME, and say NAME."
        )
    return path


def _registry(folder: Path | None) -> "Registry":
    from emotion.models.registry import Registry

    return Registry(folder)


def _all(entry: "Entry", place: Path) -> dict[str, Any]:
    """Everything that two models may differ in, by dotted name."""
    from emotion.models.description import mapping, read_metrics

    metrics = read_metrics(place)
    recipe, search = mapping(metrics.get("recipe")), mapping(metrics.get("search"))
    recipe = {name: value for name, value in recipe.items() if name not in ("limits", "license")}
    return {"model": entry.id} | _flat({"recipe": recipe, "search": search}) | _worth(metrics)


def _worth(metrics: dict[str, Any]) -> dict[str, float]:
    """The measures of each head on each held-out split, `set.split.head.measure`."""
    from emotion.models.description import mapping

    return {
        f"{name}.{split}.{head}.{measure}": value
        for name, found in mapping(metrics.get("sets")).items()
        for split in ("validation", "test")
        for head, measures in mapping(mapping(found).get(split)).items()
        for measure, value in mapping(measures).items()
        if isinstance(value, float)
    }


def _flat(document: dict[str, Any], above: str = "") -> dict[str, Any]:
    """`{"a": {"b": 1}}` is `{"a.b": 1}`; lists stay what they are."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= _flat(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": value}
    return found


def _said(value: Any) -> str:
    return "nothing" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)


def _print_json(value: Any) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())
