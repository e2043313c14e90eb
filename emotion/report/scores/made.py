"""What the model is and what it was made from, as its bundle tells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emotion.evaluation.result import Evaluation
from emotion.models.description import mapping
from emotion.report.html import Child, Html, el
from emotion.report.parts import folded, scroll, section, table

_SPLITS = ("train", "validation", "test")


def made(evaluation: Evaluation, metrics: Mapping[str, Any]) -> Html:
    """Facts of the model, its data, and its recipe folded away."""
    recipe = mapping(metrics.get("recipe"))
    facts = [el("div", el("dt", name), el("dd", value)) for name, value in _facts(evaluation, metrics) if value]
    settings = [[name, value] for name, value in _settings(recipe)]
    parts = [
        el("dl", *facts, class_="facts card"),
        _data(metrics),
        folded("The recipe", table(("key", "value"), settings, (None, None))) if settings else Html(""),
    ]
    return section("made", "The model and its data", "", *parts)


def _facts(evaluation: Evaluation, metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    model, recipe, made = evaluation.model, mapping(metrics.get("recipe")), mapping(metrics.get("made"))
    network = mapping(recipe.get("model"))
    yield "model", f"{model.name}, id {model.id}" if model.name != model.id else model.id
    yield "languages", ", ".join(model.languages)
    yield "engine", model.engine
    yield "parameters", f"{model.parameters:,}" if model.parameters else ""
    yield "words", f"{metrics['words']:,}" if isinstance(metrics.get("words"), int) else ""
    if network:
        ways = "two directions" if network.get("bidirectional") else "one direction"
        sizes = f"{network.get('layers')} × {network.get('hidden')} units, {ways}"
        yield "network", f"{str(network.get('cell')).upper()}, {sizes}, pooled by {_listed(network.get('pooling'))}"
    yield "seed", str(recipe.get("seed", ""))
    yield "trained in", f"{made['seconds']:,} s" if isinstance(made.get("seconds"), int) else ""
    yield "made with", ", ".join(f"{name} {made[name]}" for name in ("python", "torch") if name in made)


def _data(metrics: Mapping[str, Any]) -> Html:
    """A row a set: its rows by split, what was dropped, where it is from."""
    sets = {name: mapping(found) for name, found in mapping(metrics.get("sets")).items()}
    if not sets:
        return Html("")
    rows: list[list[Child]] = []
    for name, found in sets.items():
        counts = mapping(found.get("rows"))
        cells = [counts.get(split, "") for split in _SPLITS]
        rows.append([name, *cells, found.get("dropped", ""), str(found.get("source", ""))])
    shown = table(("set", *_SPLITS, "dropped", "source"), rows, (None, *("n",) * 4, None))
    said = "Dropped: texts left out of training, as a validation or test split of any set holds them too."
    return el("div", scroll(shown, "Sets"), el("p", said, class_="caption"), class_="card")


def _settings(value: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Every setting of a recipe by its dotted name."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _settings(each, f"{above}.{key}" if above else str(key))
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for at, each in enumerate(value):
            yield from _settings(each, f"{above}.{at}")
    elif value is not None:
        yield above, _listed(value) if isinstance(value, list) else str(value)


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
