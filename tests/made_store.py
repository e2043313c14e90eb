"""A store of made documents, for tests of what reads stores."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from emotion.prediction import Predictions
from emotion.stores.document import Context, documents, entity_column, prediction_columns, schema
from emotion.stores.ledger import Tombstones
from emotion.stores.live.batch import Labelled
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer
from emotion.tweets.tweet import DeadLetter, Tweet

LABELS = ("sadness", "joy", "love", "anger", "fear", "surprise")
PROFILE_LABELS = (
    *("anger", "anticipation", "disgust", "fear", "joy", "love"),
    *("optimism", "pessimism", "sadness", "surprise", "trust"),
)
NOON = datetime(2021, 3, 13, 12, tzinfo=UTC)
NO_STONES = Tombstones()


@dataclass(frozen=True)
class Made:
    """A tweet and what is said of it; an emotion that is not felt is given with `felt` False."""

    id: str
    text: str
    emotion: str = "joy"
    felt: bool = True
    score: float = 0.9
    at: datetime | None = NOON
    user: str | None = "otter"
    lang: str | None = "en"
    hashtags: Sequence[str] = ()
    mentions: Sequence[str] = ()
    retweet_of: str | None = None
    utc_offset: int | None = None
    profile: Sequence[str] = field(default_factory=tuple)
    entities: Sequence[tuple[str | None, str]] = ()


def make_store(root: Path, made: Sequence[Made], run: dict[str, Any] | None = None) -> Path:
    """A finished store of these documents, by month."""
    root.mkdir(parents=True, exist_ok=True)
    described = {"version": 1, "labels": list(LABELS), "profile_labels": list(PROFILE_LABELS)}
    (root / "store.json").write_text(json.dumps(described))
    months: dict[str, list[Made]] = {}
    for each in made:
        months.setdefault(f"{each.at:%Y-%m}" if each.at else "unknown", []).append(each)
    for month, members in months.items():
        (root / f"month={month}").mkdir(exist_ok=True)
        table = make_documents(members).select(schema(LABELS, PROFILE_LABELS).names)
        pq.write_table(table, root / f"month={month}" / "000000-00000-00000.parquet")
    if run is not None:
        (root / "run.json").write_text(json.dumps(run))
    return root


def add_part(root: Path, key: str, made: Sequence[Made], committed: bool = True) -> None:
    """A part of a job that has not come to its end."""
    for folder in ("parts", "commits"):
        (root / "_job" / folder).mkdir(parents=True, exist_ok=True)
    pq.write_table(make_documents(made), root / "_job" / "parts" / f"{key}.parquet")
    if committed:
        (root / "_job" / "commits" / f"{key}.json").write_text("{}")


def make_documents(made: Sequence[Made]) -> pa.Table:
    """The documents as the labelling job would write them."""
    context = Context(source="made.jsonl", engine="exact", job="job-1", labelled_at=1_600_000_000_000_000)
    tweets = [_tweet(each, line) for line, each in enumerate(made, 1)]
    predicted = prediction_columns(_predictions(made))
    predicted = predicted.append_column("entities", entity_column(each.entities for each in made))
    return documents(tweets, predicted, context)


def _tweet(made: Made, line: int) -> Tweet:
    return Tweet(
        tweet_id=made.id,
        text=made.text,
        line=line,
        created_at=int(made.at.timestamp() * 1_000_000) if made.at else None,
        lang=made.lang,
        user_id=f"id-{made.user}" if made.user else None,
        user_name=made.user,
        hashtags=list(made.hashtags),
        mentions=list(made.mentions),
        retweet_of=made.retweet_of,
        utc_offset=made.utc_offset,
    )


def _predictions(made: Sequence[Made]) -> Predictions:
    scores = np.zeros((len(made), len(LABELS)), np.float32)
    for row, each in enumerate(made):
        scores[row] = (1 - each.score) / (len(LABELS) - 1)
        scores[row, LABELS.index(each.emotion)] = each.score
    emotions = np.array([[label in each.profile for label in PROFILE_LABELS] for each in made], bool)
    words = [Tokenizer(Rules(), None).tokens(each.text) for each in made]
    lengths = [len(each) for each in words]
    weights = [np.arange(n, 0, -1).astype(np.float32) / max(n * (n + 1) / 2, 1) for n in lengths]
    return Predictions(
        labels=LABELS,
        profile_labels=PROFILE_LABELS,
        scores=scores,
        profile=emotions.astype(np.float32).reshape(len(made), len(PROFILE_LABELS)),
        emotions=emotions.reshape(len(made), len(PROFILE_LABELS)),
        ambiguous=np.array([each.score < 0.5 for each in made], bool),
        felt=np.array([each.felt for each in made], bool),
        unknown=np.zeros(len(made), np.float32),
        words=[word for each in words for word in each],
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        model="made-model",
        engine="exact",
        attention=np.concatenate([*weights, np.empty(0, np.float32)]),
    )


def made_batch(
    documents: pa.Table, stones: Tombstones = NO_STONES, letters: Sequence[DeadLetter] = (), digest: str = ""
) -> Labelled:
    """A batch of a live writer."""
    deleted = len(stones.tweets) + len(stones.users)
    read = len(documents) + len(letters) + deleted
    return Labelled(documents, list(letters), stones, read, deleted, {}, digest)
