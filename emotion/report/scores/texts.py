"""Kinds of texts, and the texts that the model was sure and wrong of."""

from emotion.evaluation.result import Slice, WorstError
from emotion.report.html import Child, Html, el, joined
from emotion.report.palette import colours
from emotion.report.parts import Shade, scroll, shaded, table
from emotion.report.scores.place import (
    Place,
    Scale,
    ends,
    interval,
    measure_name,
    number,
    scale,
    whisker,
)  # fmt: skip

_WITHOUT = "#9aa0a6"  # the colour of a text whose label is none of those known


def slices(place: Place) -> Html:
    """The main measure on each kind of texts, beside the baseline's."""
    head, main = place.head, place.head.main
    kept = [one for one in head.slices if main in one.measures]
    if not kept:
        return Html("")
    whole = Slice("all texts", "", head.rows, head.measures, head.baseline.measures if head.baseline else None)
    every = [whole, *kept]
    beside = any(one.baseline for one in every)
    scaled = scale([one.measures[main] for one in every] + [(one.baseline or {}).get(main) for one in every])
    names: list[Child] = ["texts", "how many", measure_name(main), "interval", *(["baseline"] * beside), ends(scaled)]
    rows = [_slice(one, main, scaled, beside) for one in every]
    shown = scroll(table(names, rows, [None, *("n",) * (len(names) - 2), "bar"]), f"Kinds of texts of {place.title}")
    return el("div", el("h3", "Kinds of texts"), shown, class_="card wide measures")


def errors(place: Place) -> Html:
    """The surest mistakes, each with what the model looked at."""
    if not place.head.errors:
        return Html("")
    colour = colours(place.head.labels)
    quotes = [_error(one, colour.get(one.label, _WITHOUT)) for one in place.head.errors]
    about = "Of these the model was surest. The darker a word, the more the model looked at it."
    return el(
        "div",
        el("h3", "Worst errors"),
        el("p", about, class_="caption"),
        el("div", *quotes, class_="said quotes"),
        class_="wide",
    )


def _slice(one: Slice, main: str, scaled: Scale, beside: bool) -> list[Child]:
    other = (one.baseline or {}).get(main)
    said = joined(one.name, " ", el("small", one.meaning)) if one.meaning else one.name
    cells: list[Child] = [said, one.rows, number(one.measures[main].value), interval(one.measures[main])]
    cells += [number(other.value if other else None)] * beside
    return [*cells, whisker(scaled, one.measures[main], other)]


def _error(one: WorstError, colour: str) -> Html:
    words = [Shade(word.start, word.end, word.weight) for word in one.words or ()]
    sure = f"{100 * one.confidence:.1f}\u00a0% sure"
    facts = [f"said: {_listed(one.guess)}", f"is: {_listed(one.truth)}"]
    facts.append(f"{sure} that {one.label} is not there" if one.missed else f"{sure} of {one.label}")
    text = el("p", shaded(one.text, words), dir="auto")
    return el("blockquote", text, el("footer", " · ".join(facts)), style=f"--c:{colour}")


def _listed(labels: tuple[str, ...]) -> str:
    return ", ".join(labels) or "nothing"
