"""The card of a teacher, written from its numbers alone."""

from collections.abc import Sequence

from emotion.evaluation.metrics import Numbers
from emotion.training.outcome.card import BASELINE, MEASURES, measure_cells
from emotion.training.outcome.in_words import of_heads


def card(numbers: Numbers) -> str:
    """Markdown for people: what it was made of, and what it is worth."""
    recipe, made = numbers["recipe"], numbers["made"]
    heads = [f"- Head `{head['name']}` ({head['kind']}): {', '.join(head['labels'])}." for head in recipe["heads"]]
    sections = [
        f"# {recipe['name']}",
        f"A transformer ({recipe['base']}) fine-tuned with seed {recipe['seed']} in {made['seconds']} s with Python "
        f"{made['python']} and PyTorch {made['torch']}, as a teacher: too slow to label an archive, it scores texts "
        "that a small model learns from.",
        "\n".join(heads),
        "## Data\n\n" + _data(numbers),
        "## Scores\n\n" + _scores(numbers),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in recipe["limits"]) if recipe["limits"] else "",
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def _data(numbers: Numbers) -> str:
    splits = ("train", "validation", "test")
    rows = [
        [name, *(str(found["rows"].get(split, "")) for split in splits), str(found["dropped"]), found["source"]]
        for name, found in numbers["sets"].items()
    ]
    return _table(["set", *splits, "dropped", "source"], rows)


def _scores(numbers: Numbers) -> str:
    rows = []
    for name, split, head, measured in of_heads(numbers["sets"]):
        rows.append([name, split, head, str(measured["rows"]), *measure_cells(measured)])
        if linear := numbers["sets"][name][split].get("baseline", {}).get(head):
            rows.append([name, split, f"baseline beside {head}", str(linear["rows"]), *measure_cells(linear)])
    return _table(["set", "split", "head", "texts", *MEASURES.values()], rows) + f"\n\n{BASELINE}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
