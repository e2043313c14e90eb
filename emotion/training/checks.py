"""Faults of a recipe that no key shows by itself: names that nothing has, and values that do not go together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from emotion.models.config import Felt, felt_head
from emotion.training.stage import CONTEXT, EMBEDDING, PARTS
from emotion.vectors.config import GLOVE_DIMENSION

if TYPE_CHECKING:
    from emotion.training.recipe import Recipe


def dangling(document: Mapping[str, Any]) -> list[str]:
    """Names of sets and heads that the document uses and does not define; looks at whatever has the right shape."""
    sets = _names(document.get("sets"))
    heads = _names(document.get("heads")) + _names(document.get("auxiliary"))
    faults = [f"{place}: there is no set {name!r}" for place, name in _used_sets(document) if str(name) not in sets]
    for name in _names(document.get("select")):
        parts = str(name).split(".")
        if len(parts) != 3 or parts[0] not in sets or parts[1] not in heads:
            faults.append(f"select.{name}: expected set.head.measure with a set and a head of this recipe")
    return faults + [
        f"{place}: there is no head {name!r}" for place, name in _used_heads(document) if str(name) not in heads
    ]


def _used_sets(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for number, stage in enumerate(_items(document.get("stages"))):
        for name in _items(stage.get("sets")) if isinstance(stage, dict) else []:
            yield f"stages.{number}.sets", name.get("name") if isinstance(name, dict) else name
    felt = document.get("felt")
    if isinstance(felt, dict):
        yield from ((f"felt.{key}", felt[key]) for key in ("emotional", "neutral") if key in felt)
    if isinstance(document.get("teach"), dict):
        yield from (("teach", name) for name in document["teach"])


def _used_heads(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, config in document["sets"].items() if isinstance(document.get("sets"), dict) else ():
        wanted = _items(config.get("heads")) if isinstance(config, dict) else []
        yield from ((f"sets.{name}.heads", head) for head in wanted)
    if isinstance(document.get("losses"), dict):
        yield from (("losses", head) for head in document["losses"])
    for name, heads in document["teach"].items() if isinstance(document.get("teach"), dict) else ():
        yield from ((f"teach.{name}", head) for head in (heads if isinstance(heads, dict) else ()))


def mismatches(recipe: "Recipe") -> list[str]:
    """What only shows once every value is known to be right by itself."""
    return [
        *_vectors(recipe),
        *_heads(recipe),
        *_missing_splits(recipe),
        *_felt(recipe),
        *_parts(recipe),
        *_teaching(recipe),
        *_losses(recipe),
    ]


def _vectors(recipe: "Recipe") -> Iterator[str]:
    width = recipe.vectors.dimension
    if width not in (0, recipe.model.embedding_dim):
        said = f"{recipe.model.embedding_dim}, but the vectors make {width} (GloVe {GLOVE_DIMENSION})"
        yield f"model.embedding_dim: {said}"
    if recipe.vectors.frozen and not width:
        yield "vectors.frozen: there are no vectors to hold still"
    if recipe.model.context is not None:
        yield "model.context: files are named under context, which describes them here"
    if not recipe.model.embedding_dim and recipe.context is None and recipe.start is None:
        yield "model.embedding_dim: 0 leaves nothing to read without context"
    if recipe.context is not None and recipe.start is not None:
        yield "context: the bundle that start names brings its own"
    if width and recipe.start is not None:
        yield "vectors: the bundle that start names brings its own"


def _heads(recipe: "Recipe") -> Iterator[str]:
    if sum(head.primary for head in recipe.heads) != 1:
        yield "heads: exactly one head must be primary"
    names = [head.name for head in recipe.all_heads]
    if recipe.start is None:
        drawn = {draw.name for stage in recipe.stages for draw in stage.draws if draw.name in recipe.sets}
        taught = {head for name in drawn for head in recipe.taught(name)}
        yield from (f"heads: no stage teaches {head!r}" for head in names if head not in taught)
    if recipe.felt is not None and recipe.felt.head not in {None, *(head.name for head in recipe.heads)}:
        yield f"felt.head: there is no head {recipe.felt.head!r} in heads"
    yield from (f"heads: the name {name!r} stands twice" for name in sorted({n for n in names if names.count(n) > 1}))
    yield from (
        f"heads: {name!r} is also what a part of the network is called" for name in names if name in (*PARTS, CONTEXT)
    )


def _missing_splits(recipe: "Recipe") -> list[str]:
    faults = [
        f"stages.{number}.sets: the set {draw.name!r} has no train split"
        for number, stage in enumerate(recipe.stages)
        for draw in stage.draws
        if draw.name in recipe.sets and not recipe.sets[draw.name].train
    ]
    measured = {f"select.{path}": path.split(".")[0] for path in recipe.select}
    if recipe.felt is not None:
        measured |= {"felt.emotional": recipe.felt.emotional, "felt.neutral": recipe.felt.neutral}
    known = [(place, name) for place, name in measured.items() if name in recipe.sets]
    return faults + [
        f"{place}: the set {name!r} has no validation split"
        for place, name in known
        if not recipe.sets[name].has("validation")
    ]


def _felt(recipe: "Recipe") -> Iterator[str]:
    """Sets of `felt` that its head is not measured on."""
    known = {None, *(head.name for head in recipe.heads)}
    if recipe.felt is None or recipe.felt.head not in known or not any(head.primary for head in recipe.heads):
        return
    head = felt_head(recipe.heads, Felt(head=recipe.felt.head)).name
    for place, name in (("emotional", recipe.felt.emotional), ("neutral", recipe.felt.neutral)):
        if name in recipe.sets and head not in recipe.taught(name):
            yield f"felt.{place}: sets.{name}.heads does not name the head {head!r}, which decides felt"


def _parts(recipe: "Recipe") -> Iterator[str]:
    tuned = {CONTEXT} if recipe.context is not None and recipe.context.trained else set()
    known = {*PARTS, *tuned, *(head.name for head in recipe.all_heads)}
    for number, stage in enumerate(recipe.stages):
        place = f"stages.{number}"
        used = [(f"{place}.freeze", part) for part in stage.freeze]
        used += [(f"{place}.optimiser.rates", part) for part in stage.optimiser.rates]
        yield from (
            f"{where}: {part!r} is none of {', '.join(sorted(known))}" for where, part in used if part not in known
        )
        if set(PARTS) <= set(stage.freeze):
            yield f"{place}.freeze: nothing is left to learn"
        still = set(stage.freeze) | ({EMBEDDING} if stage.optimiser.embedding_rate == 0 else set())
        moved = still & set(stage.optimiser.rates)
        yield from (f"{place}.optimiser.rates: {part!r} is frozen" for part in sorted(moved))


def _teaching(recipe: "Recipe") -> Iterator[str]:
    kinds = {head.name: head.kind for head in recipe.all_heads}
    labels = {head.name: set(head.labels) for head in recipe.all_heads}
    for name, heads in recipe.teach.items():
        for head, teach in heads.items():
            place = f"teach.{name}.{head}"
            if name in recipe.sets and head not in recipe.taught(name):
                yield f"{place}: sets.{name}.heads does not name this head"
            if head in labels and (lost := sorted(set(teach.map.values()) - labels[head])):
                yield f"{place}.map: {', '.join(map(repr, lost))} is no label of this head"
            if kinds.get(head) != "sigmoid" and (teach.labels != "all" or teach.empty):
                yield f"{place}: labels and empty are for sigmoid heads, this one is {kinds.get(head)}"


def _losses(recipe: "Recipe") -> Iterator[str]:
    heads = {head.name: head for head in recipe.all_heads}
    for name, loss in recipe.losses.items():
        if (head := heads.get(name)) is None:
            continue
        if loss.asymmetric is not None and head.kind == "softmax":
            yield f"losses.{name}.asymmetric: for sigmoid and binary heads, this one is softmax"
        given = set(loss.weights) if isinstance(loss.weights, dict) else set()
        yield from (
            f"losses.{name}.weights: {label!r} is no label of it" for label in given if label not in head.labels
        )


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [str(name) for name in value]
    return [str(item["name"]) for item in _items(value) if isinstance(item, dict) and "name" in item]


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else []
