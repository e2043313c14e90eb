"""What stands first: the model in a sentence, its main numbers, and every measure beside the linear baseline."""

from collections.abc import Sequence

from emotion.evaluation.result import Baseline, Estimate, Evaluation, HeadEvaluation
from emotion.report.html import Child, Html, el, joined
from emotion.report.parts import scroll, table
from emotion.report.scores.place import (
    Place,
    difference,
    ends,
    interval,
    measure_name,
    number,
    scale,
    whisker,
)  # fmt: skip

_FIRST = 6  # numbers at the top
TASKS = {
    "single": "One label a text: the best-scored is the guess.",
    "multi": "Several labels a text: each whose score reaches its threshold is a guess.",
    "hit": "Several labels a text, one guess: right where it is one of them.",
}
COUNTED = "What stores count and charts show: a text's best emotion, or none where nothing is felt."


def header(evaluation: Evaluation, places: Sequence[Place]) -> Html:
    """Title, the first result in a sentence, the main number of each head, and a way to each of them."""
    numbers = [
        el("div", el("dt", f"{measure_name(p.head.main)}, {p.title}"), el("dd", number(p.main.value)))
        for p in places[:_FIRST]
    ]
    return el(
        "header",
        el("p", f"Evaluation of {evaluation.model.name}", class_="eyebrow"),
        el("h1", "What the model is worth"),
        el("p", _story(places[0]), class_="lede") if places else "",
        el("dl", numbers, class_="numbers") if numbers else "",
    )


def contents(entries: Sequence[tuple[str, str]]) -> Html:
    """Links to sections, by identity and title."""
    links = [el("li", el("a", title, href=f"#{identity}")) for identity, title in entries]
    return el("nav", el("ul", *links), class_="contents", aria_label="Sections")


def measures(place: Place) -> Html:
    """Every measure with its interval, beside the baseline and the difference to it."""
    head, beside = place.head, place.head.baseline
    scaled = scale([*head.measures.values(), *(beside.measures.values() if beside else ())])
    rows = [_measure(name, head, beside, whisker(scaled, one, _of(beside, name))) for name, one in _ordered(head)]
    names: list[Child] = ["measure", "model", "interval"]
    names += [*(("baseline", "difference") if beside else ()), ends(scaled)]
    kinds = [None, *("n",) * (len(names) - 2), "bar"]
    shown = scroll(table(names, rows, kinds), f"Measures of {place.title}")
    return el("div", el("h3", "Measures"), shown, _beside(beside), class_="card wide measures")


def _ordered(head: HeadEvaluation) -> list[tuple[str, Estimate]]:
    return sorted(head.measures.items(), key=lambda item: item[0] != head.main)


def _measure(name: str, head: HeadEvaluation, beside: Baseline | None, drawn: Html) -> list[Child]:
    one = head.measures[name]
    said: Child = el("strong", measure_name(name)) if name == head.main else measure_name(name)
    cells: list[Child] = [said, number(one.value), interval(one)]
    if beside is not None:
        other, apart = beside.measures.get(name), beside.differences.get(name)
        cells += [number(other.value) if other else "", difference(apart) if apart else ""]
    return [*cells, drawn]


def _of(beside: Baseline | None, name: str) -> Estimate | None:
    return beside.measures.get(name) if beside else None


def _beside(beside: Baseline | None) -> Html:
    if beside is None:
        return Html("")
    dropped = f"; {beside.dropped:,} of them left out, as they are measured on too" if beside.dropped else ""
    said = f"● the model, ○ the baseline, trained on {beside.train} ({beside.train_rows:,} texts{dropped}). "
    return el("p", said, "Bold: the interval of the difference lies on one side of 0.", class_="caption")


def _story(place: Place) -> Html:
    head, main = place.head, place.main
    around = f" ({interval(main)})" if interval(main) else ""
    first = joined(
        f"On {place.head.rows:,} texts of {place.rows.name} the head {head.head} reaches ",
        el("strong", f"{measure_name(head.main)} {number(main.value)}"),
        around,
    )
    apart = head.baseline.differences.get(head.main) if head.baseline else None
    if head.baseline is None or apart is None:
        return joined(first, ".")
    way = "above" if apart.value >= 0 else "below"
    other = head.baseline.measures[head.main]
    return joined(first, f", {number(abs(apart.value))} {way} the linear baseline ({number(other.value)}).")
