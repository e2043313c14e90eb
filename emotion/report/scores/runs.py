"""Several models beside each other: other seeds, and sets left out of training."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from emotion.evaluation.result import Estimate, Evaluation, Model
from emotion.evaluation.seeds import HeadSeeds, Seeds, Spread
from emotion.report.html import Child, Html, el
from emotion.report.parts import scroll, section, table
from emotion.report.scores.place import Place, Scale, ends, interval, measure_name, number, places, scale, whisker

_MEASURES = ("accuracy", "jaccard", "hit", "exact", "macro_f1", "macro_precision", "macro_recall", "micro_f1")


def seeds(found: Seeds | None) -> Html:
    """Mean, standard deviation and each model, a table a head; nothing for fewer than two models."""
    if found is None or len(found.models) < 2:
        return Html("")
    about = (
        f"The same recipe from {len(found.models)} seeds: how much of a difference is chance. Lines reach from the "
        "lowest to the highest; std is that of these models, not an estimate for others."
    )
    cards = [_seeds(head, found) for head in found.heads]
    return section("seeds", "Other seeds", about, el("div", *cards, class_="cards"))


def told(metrics: Mapping[str, Any]) -> Seeds | None:
    """The seeds that a bundle tells of in its metrics, or None: also where it tells of them in some other way."""
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        found = metrics["seeds"]
        models = tuple(Model(str(run["id"]), f"seed {run['seed']}", "") for run in found["runs"])
        heads = [
            _told(metrics, name, split, head, measures, found["runs"])
            for name, splits in found["spread"].items()
            for split, by_head in splits.items()
            for head, measures in by_head.items()
            if measures
        ]
        return Seeds(models, tuple(heads))
    return None


def left_out(without: Mapping[str, Evaluation], whole: Mapping[str, Evaluation]) -> Html:
    """Each set measured by a model that never saw it, beside one that learnt from it."""
    pairs = [
        (place, _same(place, whole.get(name))) for name, evaluation in without.items() for place in places(evaluation)
    ]
    if not pairs:
        return Html("")
    scaled = scale([estimate for place, same in pairs for estimate in (place.main, same)])
    rows = [_left_out(place, same, scaled) for place, same in pairs]
    names: list[Child] = ["set left out", "texts", "measure", "trained without", "interval", "trained with"]
    names += ["baseline", ends(scaled)]
    about = (
        "Trained without the set, then measured on it: what the model is worth on texts from elsewhere. The baseline "
        "has seen nothing of the set either. ● trained without it, ○ with it."
    )
    shown = scroll(table(names, rows, (None, "n", None, *("n",) * 4, "bar")), "Sets left out")
    return section("left-out", "One set left out", about, el("div", shown, class_="card measures"))


def _seeds(head: HeadSeeds, found: Seeds) -> Html:
    beside = head.baseline or {}
    spreads = {name: head.measures[name] for name in (head.main, *_MEASURES) if name in head.measures}
    scaled = scale([*map(_around, [*spreads.values(), *head.f1.values()]), *map(Estimate, beside.values())])
    rows = [_spread(measure_name(name), one, scaled, beside.get(name)) for name, one in spreads.items()]
    rows += [_spread(f"F1 of {label}", one, scaled, None) for label, one in head.f1.items()]
    distinct = len({model.name for model in found.models}) == len(found.models)
    models = [
        el("span", model.name if distinct else f"model {at}", title=model.id)
        for at, model in enumerate(found.models, 1)
    ]
    names: list[Child] = ["measure", "mean", "std", *models, "baseline", ends(scaled)]
    split = f" ({head.split})" if head.split else ""
    title = f"{head.set}{split}: {head.head}"
    shown = scroll(table(names, rows, [None, *("n",) * (len(names) - 2), "bar"]), f"Seeds of {title}")
    return el("div", el("h3", title), shown, class_="card wide measures")


def _spread(name: str, one: Spread, scaled: Scale, beside: float | None) -> list[Child]:
    drawn = whisker(scaled, _around(one), None if beside is None else Estimate(beside))
    return [name, number(one.mean), number(one.std), *map(number, one.values), number(beside), drawn]


def _around(one: Spread) -> Estimate:
    return Estimate(one.mean, min(one.values), max(one.values))


def _told(
    metrics: Mapping[str, Any],
    name: str,
    split: str,
    head: str,
    measures: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]],
) -> HeadSeeds:
    """One head of a bundle's own account of its seeds."""
    measured = metrics.get("sets", {}).get(name, {}).get(split, {})
    spreads = {
        measure: Spread(
            float(one["mean"]),
            float(one["std"]),
            tuple(float(run["sets"][name][split][head][measure]) for run in runs),
        )
        for measure, one in measures.items()
    }
    linear = {
        key: value for key, value in measured.get("baseline", {}).get(head, {}).items() if isinstance(value, float)
    }
    rows = measured.get(head, {}).get("rows", 0)
    return HeadSeeds(name, split, head, next(iter(spreads)), rows, spreads, {}, linear or None)


def _same(place: Place, whole: Evaluation | None) -> Estimate | None:
    """The same measure of the model that learnt from the set, where it is known."""
    for other in places(whole) if whole else ():
        if (other.rows.name, other.head.head) == (place.rows.name, place.head.head):
            return other.head.measures.get(place.head.main)
    return None


def _left_out(place: Place, same: Estimate | None, scaled: Scale) -> list[Child]:
    head = place.head
    linear = head.baseline.measures[head.main].value if head.baseline else None
    cells: list[Child] = [place.title, head.rows, measure_name(head.main), number(place.main.value)]
    return [
        *cells,
        interval(place.main),
        number(same.value if same else None),
        number(linear),
        whisker(scaled, place.main, same),
    ]
