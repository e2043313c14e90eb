"""What each kind of word vectors is worth to one recipe: `python -m benchmarks.embeddings DATA CBOW SKIPGRAM`.

CBOW and SKIPGRAM are folders of `emotion embed`, below DATA or absolute. Prints a row for each set and kind: quality on
rows that nothing was chosen on, mean and deviation over seeds, and CPU seconds on one thread.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emotion.models.bundle import Bundle
from emotion.predictor import Predictor
from emotion.sets.datasets import SetConfig
from emotion.training.recipe import Recipe, check
from emotion.training.trainer import train

DIMENSION = 128
EMOTIONS = ["sadness", "joy", "love", "anger", "fear", "surprise"]
MODEL = {
    "bidirectional": True, "hidden": 32, "pooling": ["attention", "max"], "attention_dim": 32, "attention_hops": 4,
    "embedding_dropout": 0.2, "word_dropout": 0.05, "head_dropout": 0.3,
}  # fmt: skip


def tasks(rows: int) -> dict[str, dict[str, Any]]:
    """Sets, head, and by what the epoch is chosen; `measured` is set, split and head."""
    split = {"validation": 0.1}
    mood = {"format": "lines", "split": split}
    return {
        "CARER": {
            "sets": {
                "carer": {"format": "carer", "train": ["carer/train.txt"], "validation": ["carer/val.txt"],
                          "test": ["carer/test.txt"]},
            },
            "labels": EMOTIONS,
            "draws": [{"name": "carer", "sample": rows}],
            "select": "carer",
            "measured": "carer",
        },
        "TweetEval": {
            "sets": {
                "tweeteval": {"format": "tweeteval", "train": ["tweeteval_emotion/train_text.txt"], "split": split},
                "held": {"format": "tweeteval", "test": ["tweeteval_emotion/val_text.txt"]},
            },
            "labels": ["anger", "joy", "optimism", "sadness"],
            "draws": ["tweeteval"],
            "select": "tweeteval",
            "measured": "held",
        },
        "Sentiment140": {
            "sets": {
                **{
                    name: mood | {"columns": {"label": name}, "train": [f"sentiment140/{name}.txt"]}
                    for name in ("negative", "positive")
                },
                "semeval": {"format": "semeval-4a", "validation": ["semeval2017_4a/twitter-2015test-A.tsv"],
                            "only": ["negative", "positive"]},
                "hand": {"format": "csv", "test": ["sentiment140/testdata.manual.2009.06.14.6col.csv"],
                         "columns": {"label": "polarity", "names": {"0": "negative", "2": "neutral", "4": "positive"}},
                         "only": ["negative", "positive"]},
            },
            "labels": ["negative", "positive"],
            "draws": [{"name": name, "sample": rows // 2} for name in ("negative", "positive")],
            "select": "semeval",
            "measured": "hand",
        },
    }  # fmt: skip


def kinds(cbow: str, skipgram: str) -> dict[str, tuple[dict[str, Any], int]]:
    """The key `vectors` of each kind, and its width."""
    tables = [{"path": path, "dimension": DIMENSION} for path in (cbow, skipgram)]
    return {
        "random": ({}, DIMENSION),
        "own CBOW": ({"tables": tables[:1]}, DIMENSION),
        "own skip-gram": ({"tables": tables[1:]}, DIMENSION),
        "GloVe": ({"glove": True}, 50),
        "GloVe and own skip-gram": ({"glove": True, "tables": tables[1:]}, 50 + DIMENSION),
    }


def recipe(task: dict[str, Any], vectors: dict[str, Any], width: int, epochs: int, seed: int) -> Recipe:
    """The one recipe, over these sets and vectors."""
    stage = {"sets": task["draws"], "epochs": epochs, "batch_size": 64, "optimiser": {"learning_rate": 2e-3}}
    return check(
        {
            "name": "embeddings",
            "seed": seed,
            "curves": 0,
            "vectors": vectors,
            "model": MODEL | {"embedding_dim": width},
            "heads": [{"name": "head", "kind": "softmax", "primary": True, "labels": task["labels"]}],
            "sets": task["sets"],
            "stages": [stage],
            "select": {f"{task['select']}.head.macro_f1": 1},
        },
        "embeddings",
    )


def measured(made: Bundle, task: dict[str, Any], data: Path) -> tuple[float, float, float]:
    """Accuracy, macro-F1, and texts a CPU second from text to prediction."""
    numbers = made.metrics["sets"][task["measured"]]["test"]["head"]
    texts = task_texts(task, data)
    predict = Predictor(made)
    predict(texts)
    began = time.process_time()
    predict(texts)
    return numbers["accuracy"], numbers["macro_f1"], len(texts) / (time.process_time() - began)


def task_texts(task: dict[str, Any], data: Path) -> list[str]:
    """The texts that are measured on."""
    return SetConfig.model_validate(task["sets"][task["measured"]]).load(data)["test"].texts


def runs(given: argparse.Namespace) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    """Set, kind and numbers of each training, seed after seed."""
    for seed in range(1, given.seeds + 1):
        for name, task in tasks(given.rows).items():
            for kind, (vectors, width) in kinds(given.cbow, given.skipgram).items():
                began = time.process_time()
                made = train(recipe(task, vectors, width, given.epochs, seed), given.data)
                seconds = time.process_time() - began
                yield name, kind, (*measured(made, task, given.data), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("cbow")
    parser.add_argument("skipgram")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=8000, help="training rows an epoch")
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for name, kind, numbers in runs(given):
        found.setdefault((name, kind), []).append(numbers)
        print(name, kind, *(f"{number:.4f}" for number in numbers), flush=True)
    print("\n| set | vectors | accuracy | macro-F1 | texts a CPU second | CPU seconds of training |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (name, kind), rows in found.items():
        mean, deviation = np.mean(rows, axis=0), np.std(rows, axis=0)
        cells = [f"{mean[place]:.4f} ± {deviation[place]:.4f}" for place in (0, 1)]
        print(f"| {name} | {kind} | {' | '.join(cells)} | {mean[2]:,.0f} | {mean[3]:.0f} |")


if __name__ == "__main__":
    main()
