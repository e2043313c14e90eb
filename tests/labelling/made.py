"""What the labelling tests make: a tiny bundle, archives, and what a finished store holds."""

import json
import os
import signal
from collections.abc import Iterable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import torch

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.models.bundle import Bundle
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig, ModelConfig
from emotion.stores.opening import open_queries
from emotion.text.rules import Rules
from emotion.text.vocabulary import Vocabulary

WORDS = (
    *("good", "bad", "day", "rain", "sun", "love", "hate", "news", "today"),
    *("happy", "sad", "angry", "coffee", "train", "late", "again", "never"),
)
EMOTIONS = ("sadness", "joy", "love", "anger", "fear", "surprise")
PROFILE = ("anger", "fear", "joy", "trust")
OF_A_RUN = {"job", "labelled_at"}  # differ between two stores that are equal


def write_bundle(folder: Path, seed: int = 0) -> Path:
    """A bundle with random weights: it means nothing, but decides each text in its own way."""
    torch.manual_seed(seed)
    config = ModelConfig(embedding_dim=8, cell="gru", bidirectional=False, hidden=8, attention_dim=4, attention_hops=2)
    heads = (
        HeadConfig(name="emotion", kind="softmax", labels=EMOTIONS, primary=True),
        HeadConfig(name="profile", kind="sigmoid", labels=PROFILE),
    )
    vocabulary = Vocabulary.build([WORDS])
    weights = Classifier(config, heads, len(vocabulary)).state_dict()
    Bundle(config, heads, Rules(), vocabulary, weights).save(folder)
    return folder


def tweet(number: int, text: str | None = None, **more: Any) -> dict[str, Any]:
    """An API v1.1 status; ten an hour from 2017-01-26 16:00 on."""
    hour, minute = divmod(number % 300, 10)
    record = {
        "id_str": str(824_648_090_535_604_224 + number),
        "created_at": f"Thu Jan {26 + hour // 24} {hour % 24:02d}:{minute:02d}:00 +0000 2017",
        "text": text or " ".join(WORDS[(number * k) % len(WORDS)] for k in range(1, 4 + number % 9)),
        "lang": "en",
        "user": {"id_str": str(number % 7), "screen_name": f"user{number % 7}"},
    }
    return record | more


def delete(number: int) -> dict[str, Any]:
    """A delete notice for `tweet(number)`."""
    return {"delete": {"status": {"id_str": str(824_648_090_535_604_224 + number), "user_id_str": str(number % 7)}}}


def write_lines(path: Path, records: Iterable[dict[str, Any] | str]) -> Path:
    """JSON lines; a string stands as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))
    return path


def write_archive(folder: Path) -> Path:
    """Three files with a bit of everything: 300 tweets, 5 twice, 3 deleted, 2 broken lines, 4 in French, 1 blank."""
    french = [tweet(1000 + n, lang="fr") for n in range(4)]
    write_lines(folder / "a.jsonl", [*(tweet(n) for n in range(150)), '{"broken": ', delete(7), *french])
    write_lines(folder / "b.jsonl", [*(tweet(n) for n in range(145, 250)), "", delete(8), "not json"])
    write_lines(folder / "c.jsonl", [*(tweet(n) for n in range(250, 300)), delete(251), delete(5000)])
    return folder


def rows(store: Path) -> list[dict[str, Any]]:
    """All documents of a finished store by id, without what differs between two equal stores."""
    files = sorted(store.rglob("*.parquet"))
    documents = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
    kept = [{k: v for k, v in row.items() if k not in OF_A_RUN} for row in documents]
    return sorted(kept, key=lambda row: str(row["tweet_id"]))


def rows_answered(store: str) -> list[dict[str, Any]]:
    """The same of any store, as its queries answer."""
    with open_queries(store) as queries:
        documents = queries.documents().read_all().to_pylist()
    kept = [{k: v for k, v in row.items() if k not in OF_A_RUN} for row in documents]
    return sorted(kept, key=lambda row: str(row["tweet_id"]))


def assert_equal_stores(one: Path, other: Path) -> None:
    """The same documents, scores within 1e-5, and the same accounts and dead letters."""
    assert_equal_rows(rows(one), rows(other))
    assert _accounts(one) == _accounts(other)
    assert _letters(one) == _letters(other)


def assert_equal_rows(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    """The same documents, scores within 1e-5."""
    assert [_exact(row) for row in left] == [_exact(row) for row in right]
    for a, b in zip(left, right, strict=True):
        assert all(abs(a["scores"][k] - b["scores"][k]) <= 1e-5 for k in a["scores"])
        assert all(abs(a["profile"][k] - b["profile"][k]) <= 1e-5 for k in a["profile"])


def leftovers(store: Path) -> list[str]:
    """Files that a finished store must not hold."""
    work = [p for p in store.rglob("*") if p.is_file() and (p.name.endswith(".tmp") or p.suffix == ".parquet")]
    inside = [p for p in work if p.name.endswith(".tmp") or "_job" in p.parts]
    return sorted(str(p.relative_to(store)) for p in inside + list((store / "_job" / "finish").glob("*")))


def label_and_die(options: LabelOptions, crash: str) -> bool:
    """Label in another process that kills itself at the named point; whether it did."""
    forks = get_context("forkserver")
    forks.set_forkserver_preload(["tests.labelling.made", "emotion.predictor"])  # torch is imported once for all
    process = forks.Process(target=_label_with_crash, args=(options, crash, dict(os.environ)))
    process.start()
    process.join(120)
    return process.exitcode == -signal.SIGKILL


def _label_with_crash(options: LabelOptions, crash: str, environment: dict[str, str]) -> None:
    os.environ |= environment | {"EMOTION_CRASH": crash}
    label(options)


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in {"score", "scores", "profile", "attention"}}


def _accounts(store: Path) -> dict[str, Any]:
    run = json.loads((store / "run.json").read_text())
    return {k: v for k, v in run.items() if k != "seconds"}


def _letters(store: Path) -> list[str]:
    path = store / "dead_letters.jsonl"
    return path.read_text().splitlines() if path.exists() else []
