"""What a model is worth, in words that need no knowledge of measures."""

from collections.abc import Iterator, Mapping
from typing import Any

from emotion.evaluation.metrics import Numbers
from emotion.stores.answers import SHARES

WEAK = 0.5  # F1 below which a label is named as weak
CLOSING = (
    "- All this was counted on texts like those named here. Texts of another time, topic or language are harder: read "
    "some of your own beside what the model says before you rely on it.",
    f"- {SHARES} About a single text, or a single person, the model says little.",
)


def plain_words(numbers: Numbers) -> str:
    """A list: how often each head is right, which labels it is weak at, and how far its scores can be trusted."""
    lines = []
    for name, found in numbers["sets"].items():
        split = "test" if found.get("test") else "validation"
        heads = {head: measures for head, measures in found.get(split, {}).items() if head != "baseline"}
        for head, measures in heads.items():
            lines += _worth(name, head, measures, found[split].get("baseline", {}).get(head, {}))
    return "\n".join([*lines, *CLOSING]) if lines else ""


def of_heads(sets: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Numbers]]:
    """Set, split, head, and its numbers."""
    for name, found in sets.items():
        for split in ("validation", "test"):
            for head, numbers in found.get(split, {}).items():
                if head != "baseline":
                    yield name, split, head, numbers


def called(head: str) -> str:
    """How a card names a head."""
    return f"head `{head}`"


def _worth(name: str, head: str, measures: Numbers, baseline: Numbers) -> list[str]:
    """A head on a set: one sentence or two."""
    said = _right(name, head, measures, baseline)
    said += _weak(measures.get("labels", {})) if "accuracy" in measures or "jaccard" in measures else ""
    if "ece" in measures:
        said += f" Its scores miss the share that is right by {100 * measures['ece']:.0f} points of 100 on average."
    return [f"- {said}"]


def _right(name: str, head: str, measures: Numbers, baseline: Numbers) -> str:
    if "accuracy" in measures:
        beside = f", counting words alone for {_of_100(baseline['accuracy'])}" if "accuracy" in baseline else ""
        return (
            f"Of 100 texts like those of `{name}`, `{head}` is right for about {_of_100(measures['accuracy'])}{beside}."
        )
    if "jaccard" in measures:
        beside = f" (counting words alone: {baseline['jaccard']:.0%})" if "jaccard" in baseline else ""
        return (
            f"On texts like those of `{name}`, which may have several labels, those that `{head}` gives and those that "
            f"people gave overlap by {measures['jaccard']:.0%}{beside}."
        )
    beside = f", counting words alone to {_of_100(baseline['hit'])}" if "hit" in baseline else ""
    return (
        f"Of 100 texts like those of `{name}` that carry a label it knows, the label that `{head}` puts first is one "
        f"that people gave to {_of_100(measures['hit'])}"
        f"{beside}."
    )


def _weak(labels: Numbers) -> str:
    """Labels that are seldom found or seldom rightly given."""
    weak = {label: one for label, one in labels.items() if one["f1"] < WEAK}
    found = [f"{_of_100(one['recall'])} that are {label}" for label, one in weak.items()]
    return f" Weak: of 100 texts each, it finds {', '.join(found)}." if found else ""


def _of_100(share: float) -> str:
    return f"{100 * share:.0f}"
