"""Predictions as a person reads them in the terminal."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from rich.text import Text

from emotion.commands.shown.terminal import drawn, visible
from emotion.report.palette import colours
from emotion.stores.answers import NONE

_BAR = 30  # columns of a full bar
_SHORT_BAR = 10
_EIGHTHS = " ▏▎▍▌▋▊▉"
_WORDS = 5  # of the attention, named


def in_full(text: str, row: Mapping[str, Any]) -> Text:
    """One prediction: the text, what is felt, a bar for each label, the profile, and what made it."""
    parts = [_text(text, row), _headline(row), _bars(row["scores"]), *_profile(row), *_attention(row), _made(row)]
    return Text("\n\n").join(parts)


def line(text: str, row: Mapping[str, Any], width: int) -> Text:
    """One prediction on one line, its label in `width` columns; what is not felt counts as none."""
    if not row["felt"]:
        blank = " " * (len("0.00 ") + _SHORT_BAR + 2)
        return Text().append(NONE.ljust(width + 2) + blank, "dim").append(_text(text, row))
    style = colours(row["scores"])[row["emotion"]]
    shown = Text().append(visible(row["emotion"]).ljust(width + 2), f"bold {style}")
    shown.append(f"{row['score']:.2f} ", "dim")
    shown.append(_bar(row["score"], _SHORT_BAR).ljust(_SHORT_BAR + 2), style)
    return shown.append(_text(text, row))


def _headline(row: Mapping[str, Any]) -> Text:
    colour = colours(row["scores"])
    best, second = (Text(visible(row[key]), style=f"bold {colour[row[key]]}") for key in ("emotion", "second"))
    if not row["felt"]:
        return Text.assemble("Nothing much is felt; ", best, " comes nearest.")
    return Text.assemble(best, " or ", second, ", too close to tell.") if row["ambiguous"] else best


def _bars(scores: Mapping[str, float]) -> Text:
    colour, width = colours(scores), max(map(len, scores))
    lines = [
        Text.assemble(visible(label).ljust(width + 2), f"{100 * score:3.0f} %  ", (_bar(score, _BAR), colour[label]))
        for label, score in sorted(scores.items(), key=lambda item: -item[1])
    ]
    return Text("\n").join(lines)


def _profile(row: Mapping[str, Any]) -> list[Text]:
    """All labels of the profile, those above their thresholds bold."""
    profile = sorted(row["profile"].items(), key=lambda item: -item[1])
    labels = [
        Text(f"{visible(label)} {score:.2f}", style="bold" if label in row["emotions"] else "dim")
        for label, score in profile
    ]
    return [Text.assemble("Profile: ", Text("  ").join(labels))] if labels else []


def _attention(row: Mapping[str, Any]) -> list[Text]:
    words = sorted(row.get("attention") or (), key=lambda word: -word["weight"])[:_WORDS]
    named = "  ".join(f"{visible(word['word'])} {100 * word['weight']:.0f} %" for word in words)
    return [Text(f"Looked at: {named}")] if named else []


def _made(row: Mapping[str, Any]) -> Text:
    return Text(
        f"{100 * row['unknown']:.0f} % of the words unknown; model {row['model']}, {row['engine']}.", style="dim"
    )


def _text(text: str, row: Mapping[str, Any]) -> Text:
    """The visible text, where attention is known with the words that got most of it marked."""
    places = groupby(row.get("attention") or (), key=lambda word: (word["start"], word["end"]))
    weights = [(start, end, sum(word["weight"] for word in words)) for (start, end), words in places]
    most = max((weight for _, _, weight in weights), default=0)
    shown, at = Text(), 0
    for start, end, weight in weights:
        if start >= at:
            style = "bold reverse" if weight > most * 2 / 3 else "underline" if weight > most / 3 else ""
            shown.append(visible(text[at:start])).append(visible(text[start:end]), style)
            at = end
    return shown.append(visible(text[at:]))


def _bar(share: float, columns: int) -> str:
    whole, part = divmod(round(share * columns * 8), 8)
    return drawn("█" * whole + _EIGHTHS[part].strip())
