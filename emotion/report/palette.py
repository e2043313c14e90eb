"""One colour an emotion, wherever it is shown; told apart by colour-blind eyes too (after Okabe and Ito 2008)."""

from collections.abc import Iterable
from typing import Any

from emotion.stores.answers import NONE

_COLOURS = {
    "joy": "#e6a700",
    "love": "#e48bbf",
    "surprise": "#56b4e9",
    "sadness": "#0072b2",
    "fear": "#009e73",
    "anger": "#d55e00",
    "disgust": "#7a5195",
    "anticipation": "#e98b2a",
    "trust": "#7fb53c",
    "optimism": "#c7b42c",
    "pessimism": "#6b7f99",
    "positive": "#009e73",
    "negative": "#d55e00",
    NONE: "#9aa0a6",
}
_OTHERS = ("#0072b2", "#d55e00", "#009e73", "#e48bbf", "#e6a700", "#56b4e9", "#7a5195", "#7fb53c")


def colours(labels: Iterable[str]) -> dict[str, str]:
    """A colour for each label; labels of one's own take what is left of the colours in turn."""
    labels = list(labels)
    taken = {_COLOURS[label] for label in labels if label in _COLOURS}
    free = [colour for colour in _OTHERS if colour not in taken] or list(_OTHERS)
    unknown = [label for label in labels if label not in _COLOURS]
    own = {label: free[position % len(free)] for position, label in enumerate(unknown)}
    return {label: _COLOURS.get(label) or own[label] for label in labels}


def in_order(labels: Iterable[str]) -> list[str]:
    """Labels from bright to dark as charts stack them, labels of one's own after those, none last."""
    known = list(_COLOURS)
    return sorted(labels, key=lambda label: (label == NONE, known.index(label) if label in known else len(known)))


def described() -> dict[str, Any]:
    """The palette for a page that chooses colours itself: those known in their order, those for labels of one's own."""
    return {"known": dict(_COLOURS), "others": list(_OTHERS), "none": NONE}
