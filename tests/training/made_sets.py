"""Small made-up sets and recipes that the tests of this room share."""

from pathlib import Path
from typing import Any

FEELINGS = {
    "joy": ("happy", "sunshine", "smile"),
    "anger": ("furious", "hate", "rage"),
    "fear": ("scared", "ghost", "dread"),
}


def texts(label: str, count: int, word: str = "text") -> list[str]:
    """Texts of a label that all differ, each with one word that tells the label."""
    cues = FEELINGS[label]
    return [f"{word} {i} so {cues[i % len(cues)]} today" for i in range(count)]


def write_single(path: Path, count: int, word: str) -> None:
    """A set in the format text;label, `count` rows a label."""
    rows = [f"{text};{label}" for label in FEELINGS for text in texts(label, count, word)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_several(path: Path, count: int, word: str) -> None:
    """A set in the format of SemEval E-c; its label `calm` goes with joy, and `none` of the rows is without labels."""
    rows = ["\t".join(("ID", "Tweet", "anger", "calm", "fear", "joy"))]
    for label in FEELINGS:
        flags = [label == "anger", label == "joy", label == "fear", label == "joy"]
        for text in texts(label, count, word):
            rows.append("\t".join((f"id{len(rows)}", text, *(str(int(flag)) for flag in flags))))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_sets(root: Path) -> None:
    """Both sets with their splits; no text stands in two of them."""
    for split, count in (("train", 12), ("validation", 4), ("test", 4)):
        write_single(root / f"single-{split}.txt", count, f"{split} alpha")
        write_several(root / f"several-{split}.txt", count, f"{split} beta")


def recipe(**changes: Any) -> dict[str, Any]:
    """A recipe over the sets of `write_sets` that trains in a second."""
    split = {split: [f"single-{split}.txt"] for split in ("train", "validation", "test")}
    document: dict[str, Any] = {
        "name": "tiny",
        "seed": 3,
        "vocabulary": {"min_count": 1, "max_size": 100},
        "model": {"embedding_dim": 8, "cell": "gru", "hidden": 8, "attention_dim": 8, "attention_hops": 2},
        "heads": [
            {"name": "emotion", "kind": "softmax", "labels": ["anger", "fear", "joy"], "primary": True},
            {"name": "profile", "kind": "sigmoid", "labels": ["anger", "calm", "fear", "joy"]},
        ],
        "sets": {
            "single": {"format": "carer", **split},
            "several": {
                "format": "semeval-ec",
                "train": ["several-train.txt"],
                "validation": ["several-validation.txt"],
            },
        },
        "stages": [{"sets": ["single", "several"], "epochs": 12, "batch_size": 8, "patience": 12}],
        "select": {"single.emotion.macro_f1": 1, "several.profile.jaccard": 1},
    }
    document["stages"][0]["optimiser"] = {"learning_rate": 0.02, "ema": 0.8}
    return document | changes
