"""A made-up task on which a student of a good teacher beats the same student alone: what distillation is for.

Each label has many cue words. The teacher has seen all of them labelled; the student has labels for a few of them, and
meets the others in texts that nobody labelled.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion.models.bundle import Bundle
from emotion.training.recipe import check
from emotion.training.teachers.distil import Distilling, distil
from emotion.training.teachers.soft import columns
from emotion.training.teachers.texts import find_source
from emotion.training.teachers.workers import Teachers
from emotion.training.trainer import train

LABELS = ("anger", "fear", "joy")
CUES, KNOWN = 12, 3  # words of a label, and how many of them the student sees labelled


def rows(cues: range, copies: int, seed: int) -> list[tuple[str, str]]:
    """Texts of filler words with one cue, and their labels."""
    random = np.random.default_rng(seed)
    filler = [f"word{number}" for number in range(40)]
    found = []
    for label in LABELS:
        for cue in [cue for cue in cues for _ in range(copies)]:
            words = [*random.choice(filler, 3), f"{label}{chr(97 + cue)}"]
            found.append((" ".join(words), label))
    return found


def recipe(train_on: list[str], **changes: Any) -> dict[str, Any]:
    stage = {"sets": train_on, "epochs": 16, "batch_size": 16, "patience": 16}
    return {
        "name": "student",
        "seed": 1,
        "vocabulary": {"min_count": 1},
        "model": {"embedding_dim": 16, "cell": "gru", "bidirectional": False, "hidden": 16, "pooling": ["max"]},
        "heads": [{"name": "emotion", "kind": "softmax", "labels": list(LABELS), "primary": True}],
        "sets": {
            "hard": {
                "format": "carer",
                "train": ["hard.txt"],
                "validation": ["validation.txt"],
                "test": ["test.txt"],
            }
        },
        "stages": [stage | {"optimiser": {"learning_rate": 0.05, "ema": 0.9}}],
        "select": {"hard.emotion.macro_f1": 1},
    } | changes


def write(path: Path, found: list[tuple[str, str]], labelled: bool = True) -> None:
    path.write_text("".join(f"{text};{label}\n" if labelled else f"{text}\n" for text, label in found))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("student")
    write(folder / "hard.txt", rows(range(KNOWN), 4, seed=1))
    write(folder / "many.txt", rows(range(CUES), 6, seed=2))
    write(folder / "validation.txt", rows(range(CUES), 1, seed=3))
    write(folder / "test.txt", rows(range(CUES), 2, seed=4))
    write(folder / "unlabelled.txt", rows(range(CUES), 6, seed=5), labelled=False)
    return folder


def accuracy(bundle: Bundle) -> float:
    return float(bundle.metrics["sets"]["hard"]["test"]["emotion"]["accuracy"])


def test_a_student_of_a_good_teacher_beats_one_that_learns_from_few_labels(root: Path) -> None:
    teacher = recipe(["hard"])
    teacher["sets"]["hard"]["train"] = ["many.txt"]
    made = train(check(teacher, "teacher"), root)
    made.save(root / "teacher")

    asked = Distilling(
        Teachers((str(root / "teacher"),)),
        (find_source(f"lines:{root / 'unlabelled.txt'}"),),
        root / "soft.parquet",
    )
    distil(asked)

    alone = train(check(recipe(["hard"]), "alone"), root)
    taught = recipe(["hard", "soft"])
    names = list(columns(made.heads[0]))
    taught["sets"]["soft"] = {"format": "parquet", "train": ["soft.parquet"], "columns": {"labels": names}}
    student = train(check(taught, "student"), root)

    assert accuracy(made) > 0.85
    assert accuracy(student) > accuracy(alone) + 0.25
