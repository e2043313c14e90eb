"""One page about word vectors: how they were made, a map, nearest neighbours, analogies."""

from emotion.report.html import Html, el
from emotion.report.parts import chart, section, table
from emotion.report.plots import AXIS, FONT, Figure, layout, markless
from emotion.report.skeleton import assembled
from emotion.vectors.own.look import PROBES
from emotion.vectors.own.run import Made

TITLE = "Words as vectors"
_HIDDEN = {**AXIS, "showgrid": False, "showticklabels": False, "fixedrange": False}


def page(made: Made) -> str:
    """The page as text."""
    look = made.look
    sections = [_map(made)] if look.places else []
    sections.append(_neighbours(made))
    sections += [_analogies(made)] if look.analogies else []
    figures = {"map": {"words": figure(look.places)}} if look.places else {}
    return assembled(
        TITLE, _header(made), sections, el("footer", el("p", "Cosines compare directions alone.")), figures
    )


def figure(places: dict[str, tuple[float, float]]) -> Figure:
    """The map: words at their places, those of feeling in the accent's colour."""
    traces: list[Figure] = []
    for name, colour, felt in (("other words", "var(--muted)", False), ("words of feeling", "var(--accent)", True)):
        words = [word for word in places if (word in PROBES) == felt]
        traces.append(
            {
                "type": "scatter",
                "mode": "text",
                "name": name,
                "x": [places[word][0] for word in words],
                "y": [places[word][1] for word in words],
                "text": [markless(word) for word in words],
                "textfont": FONT | {"size": 13 if felt else 10, "color": colour},
                "hoverinfo": "text",
            }
        )
    return {"data": traces, "layout": layout(xaxis=_HIDDEN, yaxis=_HIDDEN, height=640)}


def _header(made: Made) -> Html:
    method = made.config.method
    kind = "CBOW" if made.config.kind == "cbow" else "Skip-gram"
    lede = (
        f"{kind}, window {method.window}, {method.dimension} dimensions, {method.epochs} passes, "
        f"{method.negative} negative samples."
    )
    numbers = {
        "texts": f"{made.texts:,}",
        "words read": f"{made.tokens:,}",
        "words with a vector": f"{len(made.own.counts):,}",
        "of the words read": f"{100 * made.coverage:.1f} %",
    }
    return el(
        "header",
        el("p", "Embeddings", class_="eyebrow"),
        el("h1", TITLE),
        el("p", lede, class_="lede"),
        el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in numbers.items()), class_="numbers"),
    )


def _map(made: Made) -> Html:
    about = "Words that are used alike lie close (t-SNE); words of feeling stand out. Distances far apart mean little."
    return section("map-of-words", "Map", about, chart("map", f"A map of {len(made.look.places)} words"))


def _neighbours(made: Made) -> Html:
    rows = [
        [word, ", ".join(f"{near.word} {near.cosine:.2f}" for near in found)]
        for word, found in made.look.neighbours.items()
    ]
    about = "The words whose vectors point the same way, with the cosine between them."
    return section("neighbours", "Nearest words", about, table(["word", "nearest"], rows, [None, None]))


def _analogies(made: Made) -> Html:
    met = sum(analogy.met for analogy in made.look.analogies)
    rows = [
        [f"{a} is to {b} as {c} is to {d}", "yes" if each.met else "no", ", ".join(each.answers)]
        for each in made.look.analogies
        for a, b, c, d in [each.words]
    ]
    about = (
        f"{met} of {len(rows)} are met: the word is among the five nearest to b - a + c. Few texts seldom meet many, "
        "and models of feeling do not need them."
    )
    return section("analogies", "Analogies", about, table(["analogy", "met", "nearest"], rows, [None, None, None]))
