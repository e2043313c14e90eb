"""The parts that pages are made of: sections, charts with their buttons, tables, colours, shaded texts."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from emotion.report.html import Child, Html, el, joined
from emotion.report.palette import colours, in_order

_DARKEST = 55  # per cent of the colour behind the word of most weight


class Shade(NamedTuple):
    """A stretch of a text, from character `start` to before `end`, and its weight in the model's attention."""

    start: int
    end: int
    weight: float


def section(identity: str, title: Child, about: Child, *content: Child) -> Html:
    """A section under its heading; an empty `about` is left out."""
    said = el("p", about, class_="about") if about else Html("")
    return el("section", el("h2", title, id=identity), said, *content, aria_labelledby=identity)


def choice(charts: str, views: Sequence[str]) -> Html:
    """Buttons that choose what charts show, named with spaces between; nothing where there is no choice."""
    if len(views) < 2:
        return Html("")
    buttons = [
        el("button", view, type="button", data_view=view, aria_pressed="true" if view == views[0] else "false")
        for view in views
    ]
    return el("div", *buttons, class_="choice", role="group", aria_label="What the chart shows", data_charts=charts)


def chart(name: str, description: str, size: str | None = None) -> Html:
    """Where a chart is drawn, with words for those who do not see it."""
    classes = f"chart {size}" if size else "chart"
    return el("div", class_=classes, id=name, role="img", aria_label=description)


def legend(labels: Iterable[str]) -> Html:
    """The colour of each label."""
    colour = colours(labels := list(labels))
    return el("ul", *(el("li", swatch(colour[label]), label) for label in in_order(labels)), class_="legend")


def swatch(colour: str) -> Html:
    """A small square of a colour."""
    return el("span", class_="dot", style=f"--c:{colour}", aria_hidden="true")


def table(names: Sequence[Child], rows: Iterable[Sequence[Child]], kinds: Sequence[str | None] = ()) -> Html:
    """Rows under their names; each column has a class, by default none for the first and n (numbers) for the others."""
    kinds = kinds or (None, *("n",) * (len(names) - 1))
    head = el("tr", *(el("th", name, scope="col", class_=kind) for name, kind in zip(names, kinds, strict=True)))
    body = [
        el(
            "tr",
            el("th", row[0], scope="row"),
            *(el("td", cell, class_=kind) for cell, kind in zip(row[1:], kinds[1:], strict=True)),
        )
        for row in rows
    ]
    return el("table", el("thead", head), el("tbody", *body))


def scroll(content: Html, name: str) -> Html:
    """A wide table that scrolls by itself, by keyboard too."""
    return el("div", content, class_="scroll", tabindex="0", role="region", aria_label=name)


def folded(summary: str, content: Html) -> Html:
    """A table folded away."""
    return el("details", el("summary", summary), scroll(content, summary))


def shaded(text: str, shades: Iterable[Shade]) -> Html:
    """A text with the words of the model's attention shaded by weight; of shades that overlap the first counts."""
    shades = sorted(shades)
    most = max((shade.weight for shade in shades), default=1.0) or 1.0
    parts, at = [], 0
    for start, end, weight in shades:
        if start < at or end > len(text):
            continue
        parts.append(joined(text[at:start]))
        parts.append(el("mark", text[start:end], style=f"--w:{_DARKEST * weight / most:.0f}", title=f"{weight:.2f}"))
        at = end
    return joined(*parts, text[at:])


def percent(part: int, whole: int) -> str:
    """A whole per cent, told apart from nothing and from everything."""
    share = 100 * part / whole if whole else 0
    if 0 < share < 1:
        return "<\u00a01\u00a0%"
    return ">\u00a099\u00a0%" if 99 < share < 100 else f"{share:.0f}\u00a0%"
