"""What each kind of word vectors is worth to one recipe, and what it costs.

    python -m benchmarks.embeddings DATA FOLDER             # goes on where it was
    python -m benchmarks.embeddings DATA FOLDER --most 1    # one training, then it ends

FOLDER keeps everything: the texts at hand that nothing is measured on, own vectors of them by `emotion embed`, each
finished training. The last lines are the table of what is there: accuracy and macro-F1 on rows that nothing was chosen
on, mean and deviation over seeds, and CPU seconds of one thread.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import torch

from emotion.cli import run as emotion
from emotion.predictor import Predictor
from emotion.sets.copies import key
from emotion.sets.datasets import SetConfig, TextsConfig, load
from emotion.training.recipe import Recipe, check
from emotion.training.trainer import train
from emotion.tweets.reader import ReadOptions
from emotion.tweets.selection import Selection
from emotion.vectors.own.texts import tweets

DIMENSION = 128
HELD_BACK = 20  # one of so many lines of Sentiment140 is measured on
MODEL = {"cell": "gru", "bidirectional": False, "hidden": 64, "pooling": ["attention", "max"], "attention_dim": 32,
         "attention_hops": 4, "embedding_dropout": 0.2, "word_dropout": 0.05, "head_dropout": 0.3}  # fmt: skip
EMOTIONS = ["sadness", "joy", "love", "anger", "fear", "surprise"]
LABELS = {"TweetEval": ["anger", "joy", "optimism", "sadness"], "CARER": EMOTIONS,
          "Sentiment140": ["negative", "positive"]}  # fmt: skip
OTHERS = (
    TextsConfig(format="semeval-ec", paths=("semeval2018_ec/E-c-En-train.txt",)),
    TextsConfig(
        format="semeval-4a",
        paths=tuple(
            f"semeval2017_4a/twitter-{part}-A.tsv"
            for part in ("2013dev", "2013test", "2013train", "2014test", "2015test", "2015train", "2016dev",
                         "2016devtest", "2016test", "2016train")
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """One training: which set, kind of vectors and seed; `rows` are drawn from the set each of `epochs`."""

    task: str
    kind: str
    seed: int
    rows: int
    epochs: int


@dataclass(frozen=True)
class Done:
    """What came of it: quality, CPU seconds of training, texts a CPU second from text to prediction."""

    work: Work
    accuracy: float
    macro_f1: float
    seconds: float
    speed: float


def sets(task: str, folder: Path) -> dict[str, SetConfig]:
    """The set that is learnt and chosen on, and `held`, which is measured on."""
    lines = {part: {label: str(folder / f"{part}-{label}.txt") for label in LABELS[task]} for part in ("train", "test")}
    split = {"validation": 0.1 if task == "TweetEval" else 0.05}
    given: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "TweetEval": (
            {"format": "tweeteval", "train": ["tweeteval_emotion/train_text.txt"], "split": split},
            {"format": "tweeteval", "test": ["tweeteval_emotion/val_text.txt"]},
        ),
        "CARER": (
            {"format": "carer", "train": ["carer/train.txt"], "validation": ["carer/val.txt"]},
            {"format": "carer", "test": ["carer/test.txt"]},
        ),
        "Sentiment140": (
            {"format": "lines", "columns": {"files": swapped(lines["train"])}, "train": [*lines["train"].values()],
             "split": split},
            {"format": "lines", "columns": {"files": swapped(lines["test"])}, "test": [*lines["test"].values()]},
        ),
    }  # fmt: skip
    return {name: SetConfig.model_validate(one) for name, one in zip(("learnt", "held"), given[task], strict=True)}


def swapped(names: dict[str, str]) -> dict[str, str]:
    return {path: name for name, path in names.items()}


def kinds(folder: Path) -> dict[str, tuple[dict[str, Any], int]]:
    """The key `vectors` of each kind, and its width."""
    own = {method: {"path": str(folder / method), "dimension": DIMENSION} for method in ("cbow", "skipgram")}
    return {
        "random": ({}, DIMENSION),
        "own CBOW": ({"tables": [own["cbow"]]}, DIMENSION),
        "own skip-gram": ({"tables": [own["skipgram"]]}, DIMENSION),
        "GloVe": ({"glove": True}, 50),
        "GloVe and own skip-gram": ({"glove": True, "tables": [own["skipgram"]]}, 50 + DIMENSION),
    }


def recipe(work: Work, folder: Path) -> Recipe:
    """The one recipe, over this set and these vectors."""
    vectors, width = kinds(folder)[work.kind]
    draws = [{"name": "learnt", "sample": work.rows}]
    stage = {"sets": draws, "epochs": work.epochs, "batch_size": 64, "optimiser": {"learning_rate": 2e-3}}
    head = {"name": "head", "kind": "softmax", "primary": True, "labels": LABELS[work.task]}
    return check(
        {
            "name": "embeddings",
            "seed": work.seed,
            "curves": 0,
            "vectors": vectors,
            "model": MODEL | {"embedding_dim": width},
            "heads": [head],
            "sets": {name: one.model_dump(mode="json") for name, one in sets(work.task, folder).items()},
            "stages": [stage],
            "select": {"learnt.head.macro_f1": 1},
        },
        "embeddings",
    )


def trained(work: Work, data: Path, folder: Path) -> Done:
    """Train and measure."""
    torch.set_num_threads(1)
    began = time.process_time()
    made = train(recipe(work, folder), data)
    seconds = time.process_time() - began
    texts = sets(work.task, folder)["held"].load(data)["test"].texts
    predict = Predictor(made)
    predict(texts)
    began = time.process_time()
    predict(texts)
    speed = len(texts) / (time.process_time() - began)
    numbers = made.metrics["sets"]["held"]["test"]["head"]
    return Done(work, numbers["accuracy"], numbers["macro_f1"], seconds, speed)


def divide(data: Path, folder: Path) -> None:
    """Sentiment140's lines: those that are learnt from, and those that are measured on."""
    for label in LABELS["Sentiment140"]:
        lines = (data / f"sentiment140/{label}.txt").read_text(encoding="utf-8").splitlines()
        for part, wanted in (("train", False), ("test", True)):
            kept = [line for number, line in enumerate(lines) if (number % HELD_BACK == 0) is wanted]
            (folder / f"{part}-{label}.txt").write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")


def at_hand(data: Path, folder: Path) -> Iterator[str]:
    """Every text that may be learnt from, each once: none of them is a copy of one that is measured or chosen on."""
    named = {f"{task} {part}": one for task in LABELS for part, one in sets(task, folder).items()}
    loaded = load(named, OTHERS, data)
    measured = (rows.texts for splits in loaded.sets.values() for split, rows in splits.items() if split != "train")
    seen = {key(text) for texts in measured for text in texts}
    streamed = tweets([str(data / "tweets/ia_stream_grab")], Selection(frozenset({"en"})), ReadOptions(retweets="fold"))
    for text in (*loaded.texts(), *streamed):
        if (mark := key(text)) not in seen:
            seen.add(mark)
            yield text


def own_vectors(data: Path, folder: Path) -> None:
    """What is not there yet of the texts and the vectors of them."""
    texts = folder / "texts.jsonl"
    if not texts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        divide(data, folder)
        fresh = texts.with_suffix(".part")
        fresh.write_bytes(b"".join(orjson.dumps({"text": text}) + b"\n" for text in at_hand(data, folder)))
        fresh.rename(texts)
    for method in ("cbow", "skipgram"):
        to = folder / method
        if not (to / "embed.json").exists():
            asked = ["--method", method, "--dimension", str(DIMENSION), "--lang", "all"]
            if status := emotion(["embed", str(texts), "--to", str(to), *asked]):
                raise SystemExit(status)


def finished(folder: Path) -> list[Done]:
    """The trainings that were kept; the line that a kill cut is none."""
    path, found = folder / "trainings.jsonl", []
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        if line.endswith(b"\n"):
            kept = orjson.loads(line)
            found.append(Done(**kept | {"work": Work(**kept["work"])}))
    return found


def keep(done: Done, folder: Path) -> None:
    with (folder / "trainings.jsonl").open("ab") as file:
        if file.tell() and not (folder / "trainings.jsonl").read_bytes().endswith(b"\n"):
            file.write(b"\n")
        file.write(orjson.dumps(asdict(done)) + b"\n")


def table(found: list[Done]) -> Iterator[str]:
    """A row for each set and kind of vectors."""
    yield "| set | vectors | seeds | accuracy | macro-F1 | CPU seconds of training | texts a CPU second |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for task, kind in dict.fromkeys((done.work.task, done.work.kind) for done in found):
        rows = [done for done in found if (done.work.task, done.work.kind) == (task, kind)]
        scores = np.array([[done.accuracy, done.macro_f1] for done in rows])
        quality = [f"{m:.4f} ± {d:.4f}" for m, d in zip(scores.mean(axis=0), scores.std(axis=0), strict=True)]
        costs = [np.mean([getattr(done, name) for done in rows]) for name in ("seconds", "speed")]
        yield f"| {task} | {kind} | {len(rows)} | {' | '.join(quality)} | {costs[0]:.0f} | {costs[1]:,.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=4000, help="most rows of a set that an epoch learns from")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--most", type=int, help="trainings of this call")
    parser.add_argument("--at-once", type=int, default=1, help="trainings beside each other")
    asked = parser.parse_args()
    data, folder = asked.data.resolve(), asked.folder.resolve()
    own_vectors(data, folder)
    wanted = [
        Work(task, kind, seed, asked.rows, asked.epochs)
        for task in LABELS
        for seed in range(1, asked.seeds + 1)
        for kind in kinds(folder)
    ]
    there = {done.work for done in finished(folder)}
    left = [work for work in wanted if work not in there]
    with ProcessPoolExecutor(asked.at_once, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(trained, work, data, folder) for work in left[: asked.most]]):
            keep(done.result(), folder)
            print(f"{done.result().work}", file=sys.stderr, flush=True)
    found = [done for done in finished(folder) if done.work in wanted]
    print("\n".join(table(found)), f"\n{len(found)} of {len(wanted)} trainings are finished.")


if __name__ == "__main__":
    main()
