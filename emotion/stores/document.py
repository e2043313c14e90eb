"""The document: a tweet with what a model says of it. One definition of its fields, from which every schema is made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from emotion.prediction import Ints, Predictions
from emotion.text.emoji import emoji_in
from emotion.text.entities.entity import Finder, distinct
from emotion.tweets.tweet import Tweet

TOP_WORDS = 3  # words of a document's attention

Kind = Literal["keyword", "text", "date", "float", "bool", "byte", "long", "scores", "profile", "entity", "weight"]


class Field(NamedTuple):
    """One field: `many` for a list of values, `few` where the same values come again and again."""

    name: str
    kind: Kind
    many: bool
    few: bool
    meaning: str


FIELDS = (
    Field("tweet_id", "keyword", False, False, "id of the tweet; `x-` and a hash of its place where it has none"),
    Field("created_at", "date", False, False, "when it was written, UTC; null if unknown"),
    Field("text", "text", False, False, "full text; a retweet has its original's"),
    Field("lang", "keyword", False, True, "language as the source says it"),
    Field("user_id", "keyword", False, False, "id of the author"),
    Field("user_name", "keyword", False, False, "name of the author, without `@`"),
    Field("hashtags", "keyword", True, True, "hashtags as written, without `#`"),
    Field("mentions", "keyword", True, False, "names mentioned, without `@`"),
    Field("emoji", "keyword", True, True, "emoji of the text, in order"),
    Field("urls", "keyword", True, False, "links, expanded where the source does"),
    Field("reply_to", "keyword", False, False, "id of the tweet that it answers"),
    Field("retweet_of", "keyword", False, False, "id of the tweet that it repeats"),
    Field("words", "keyword", True, True, "normalised tokens, as the model reads them"),
    Field("entities", "entity", True, False, "named entities: kind and name"),
    Field("emotion", "keyword", False, True, "best label of the primary head"),
    Field("score", "float", False, False, "its probability"),
    Field("scores", "scores", False, False, "probability of every label"),
    Field("second", "keyword", False, True, "the runner-up"),
    Field("ambiguous", "bool", False, False, "best and second lie closer than the bundle's margin"),
    Field("felt", "bool", False, False, "whether anything is felt at all; what is not counts as `none`"),
    Field("emotions", "keyword", True, True, "labels of the profile above their thresholds"),
    Field("profile", "profile", False, False, "score of every label of the profile; null for a bundle without one"),
    Field("attention", "weight", True, True, "three words of largest weight, largest first; null without attention"),
    Field("local_hour", "byte", False, True, "hour of the day where the author is, 0 to 23; null if unknown"),
    Field("model", "keyword", False, True, "id of the bundle"),
    Field("engine", "keyword", False, True, "`exact` or `fast`"),
    Field("job", "keyword", False, True, "the job that wrote the document"),
    Field("labelled_at", "date", False, True, "first start of that job, UTC"),
    Field("source", "keyword", False, True, "file it was read from, relative to the archive, or the live source"),
    Field("line", "long", False, False, "number of its record in that file, from 1"),
)

_ARROW: dict[str, pa.DataType] = {
    "keyword": pa.string(),
    "text": pa.string(),
    "date": pa.timestamp("us", tz="UTC"),
    "float": pa.float32(),
    "bool": pa.bool_(),
    "byte": pa.int8(),
    "long": pa.int64(),
    "entity": pa.struct([("kind", pa.string()), ("name", pa.string())]),
    "weight": pa.struct([("word", pa.string()), ("weight", pa.float32())]),
}
# Microseconds of the years 1 to 9999: what every reader of Parquet can show.
_FIRST_DATE, _LAST_DATE = -62_135_596_800_000_000, 253_402_300_799_999_999
_ATTENTION_ROWS = 8192  # texts ranked at once, so that the padded matrix stays in the cache


@dataclass(frozen=True, slots=True)
class Context:
    """What all documents of a part have in common; `labelled_at` in microseconds since 1970 UTC."""

    source: str
    engine: str
    job: str
    labelled_at: int


def schema(labels: Sequence[str], profile_labels: Sequence[str]) -> pa.Schema:
    """Arrow schema of finished documents for one label set."""
    return pa.schema([(field.name, _arrow_type(field, labels, profile_labels)) for field in FIELDS])


def part_schema(labels: Sequence[str], profile_labels: Sequence[str]) -> pa.Schema:
    """Arrow schema of a part: a document, and `folded` for a retweet that stands for its original."""
    return schema(labels, profile_labels).append(pa.field("folded", pa.bool_()))


def documents(tweets: Sequence[Tweet], predicted: pa.Table, context: Context) -> pa.Table:
    """Table of `part_schema`, one row a tweet, from the tweets and their rows of `prediction_columns`."""
    of_prediction = dict(zip(predicted.column_names, predicted.columns, strict=True))
    columns = _from_tweets(tweets) | of_prediction | _from_context(context, len(tweets))
    names = [*(field.name for field in FIELDS), "folded"]
    return pa.table([columns[name] for name in names], names=names)


def prediction_columns(predictions: Predictions) -> pa.Table:
    """The fields of a document that the model gives, one row a text; `take` spreads them over tweets of equal text."""
    best, scores = predictions.best, predictions.scores
    labels = pa.array(predictions.labels, pa.string())
    words = _strings(predictions.words)
    offsets = pa.array(predictions.offsets, pa.int32())
    columns = {
        "emotion": labels.take(pa.array(best)),
        "score": pa.array(np.take_along_axis(scores, best[:, None], axis=1)[:, 0], pa.float32()),
        "scores": _struct(scores, predictions.labels),
        "second": labels.take(pa.array(predictions.second)),
        "ambiguous": pa.array(predictions.ambiguous),
        "felt": pa.array(predictions.felt),
        "emotions": _chosen(predictions.emotions, predictions.profile_labels),
        "profile": _struct(predictions.profile, predictions.profile_labels),
        "words": pa.ListArray.from_arrays(offsets, words),
        "attention": _attention(predictions, words),
        "model": pa.repeat(predictions.model, len(predictions)),
    }
    return pa.table(columns)


def entity_column(found: Iterable[Sequence[tuple[str | None, str]]]) -> pa.Array:
    """The field `entities`, one list a text, from kinds and names; it takes the place of the empty one."""
    rows = [[{"kind": kind, "name": name} for kind, name in entities] for entities in found]
    return pa.array(rows, pa.list_(_ARROW["entity"]))


def with_entities(documents: pa.Table, finder: Finder | None) -> pa.Table:
    """The documents with the entities of their texts, or as they are where nobody looks for any."""
    if finder is None:
        return documents
    found = entity_column(map(distinct, finder(documents["text"].to_pylist())))
    return documents.set_column(documents.schema.get_field_index("entities"), "entities", found)


def _arrow_type(field: Field, labels: Sequence[str], profile_labels: Sequence[str]) -> pa.DataType:
    if field.kind in ("scores", "profile"):
        return _scores_type(labels if field.kind == "scores" else profile_labels)
    return pa.list_(_ARROW[field.kind]) if field.many else _ARROW[field.kind]


def _scores_type(labels: Sequence[str]) -> pa.DataType:
    """Null where there are no labels: Parquet has no empty struct."""
    return pa.struct([(label, pa.float32()) for label in labels]) if labels else pa.null()


def _from_tweets(tweets: Sequence[Tweet]) -> dict[str, pa.Array]:
    values: dict[str, list[Any]] = {name: list(map(attrgetter(name), tweets)) for name in Tweet.__struct_fields__}
    created = _dates(values["created_at"])
    return {
        "created_at": created.cast(_ARROW["date"]),
        "local_hour": _local_hours(created, _integers(values["utc_offset"])),
        "emoji": _lists([emoji_in(text) for text in values["text"]]),
        "line": pa.array(values["line"], pa.int64()),
        "folded": pa.array(values["folded"], pa.bool_()),
        "entities": _no_lists(len(tweets), _ARROW["entity"]),
    } | {
        field.name: (_lists if field.many else _strings)(values[field.name])
        for field in FIELDS
        if field.name in values and field.kind in ("keyword", "text")
    }


def _from_context(context: Context, rows: int) -> dict[str, pa.Array]:
    return {
        "engine": pa.repeat(context.engine, rows),
        "job": pa.repeat(context.job, rows),
        "labelled_at": pa.repeat(pa.scalar(context.labelled_at, _ARROW["date"]), rows),
        "source": pa.repeat(_strings([context.source])[0], rows),
    }


def _strings(values: Sequence[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([value if value is None else _encodable(value) for value in values], pa.string())


def _encodable(text: str) -> str:
    """The text with paired surrogates joined and each lone one replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _lists(values: Sequence[Sequence[str]]) -> pa.Array:
    lengths = np.fromiter(map(len, values), np.int32, len(values))
    return pa.ListArray.from_arrays(_offsets(lengths), _strings(list(chain.from_iterable(values))))


def _no_lists(rows: int, kind: pa.DataType) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.nulls(0, kind))


def _offsets(lengths: NDArray[np.integer[Any]]) -> pa.Array:
    return pa.array(np.concatenate(([0], np.cumsum(lengths))).astype(np.int32))


def _integers(values: Iterable[int | None]) -> pa.Array:
    """Whole numbers; null where one does not fit into 62 bits."""
    values = list(values)
    try:
        return pa.array(values, pa.int64())
    except OverflowError:
        return pa.array([v if v is not None and abs(v) < 1 << 62 else None for v in values], pa.int64())


def _dates(values: Iterable[int | None]) -> pa.Array:
    micros = _integers(values)
    inside = pc.and_(pc.greater_equal(micros, _FIRST_DATE), pc.less_equal(micros, _LAST_DATE))
    return pc.if_else(inside, micros, pa.scalar(None, pa.int64()))


def _local_hours(created: pa.Array, utc_offset: pa.Array) -> pa.Array:
    known = pc.and_(created.is_valid(), utc_offset.is_valid()).to_numpy(zero_copy_only=False)
    seconds = created.fill_null(0).to_numpy() // 1_000_000 + utc_offset.fill_null(0).to_numpy()
    return pa.array((seconds // 3600 % 24).astype(np.int8), mask=~known)


def _struct(values: NDArray[np.float32], labels: Sequence[str]) -> pa.Array:
    """(N, L) as structs of L floats."""
    if not labels:
        return pa.nulls(len(values))
    columns = np.ascontiguousarray(values.T, np.float32)
    return pa.StructArray.from_arrays([pa.array(column) for column in columns], list(labels))


def _chosen(chosen: NDArray[np.bool_], labels: Sequence[str]) -> pa.Array:
    """(N, P) as the lists of the labels that are true."""
    names = pa.array(labels, pa.string()).take(pa.array(np.nonzero(chosen)[1]))
    return pa.ListArray.from_arrays(_offsets(chosen.sum(axis=1)), names)


def _attention(predictions: Predictions, words: pa.Array) -> pa.Array:
    """Each text's `TOP_WORDS` words of largest weight; of equal weights the earlier word first."""
    kind = pa.list_(_ARROW["weight"])
    if predictions.attention is None:
        return pa.nulls(len(predictions), kind)
    weights = np.asarray(predictions.attention, np.float32)
    top = _largest(weights, predictions.offsets)
    flat = top[top >= 0]
    pairs = pa.StructArray.from_arrays(
        [words.take(pa.array(flat)), pa.array(weights[flat])], fields=list(kind.value_type)
    )
    return pa.ListArray.from_arrays(_offsets((top >= 0).sum(axis=1)), pairs)


def _largest(weights: NDArray[np.float32], offsets: Ints) -> Ints:
    """Positions in `weights` of each text's largest, (N, TOP_WORDS), -1 where it has fewer words."""
    blocks = [
        _largest_of_block(weights, offsets[start : start + _ATTENTION_ROWS + 1])
        for start in range(0, len(offsets) - 1, _ATTENTION_ROWS)
    ]
    return np.concatenate(blocks) if blocks else np.empty((0, TOP_WORDS), np.int64)


def _largest_of_block(weights: NDArray[np.float32], offsets: Ints) -> Ints:
    starts, lengths = offsets[:-1], np.diff(offsets)
    width = max(int(lengths.max()), TOP_WORDS)
    inside = np.arange(width) < lengths[:, None]
    padded = np.full((len(starts), width), -np.inf, np.float32)
    padded[inside] = weights[offsets[0] : offsets[-1]]
    rows = np.arange(len(starts))
    top = np.full((len(starts), TOP_WORDS), -1, np.int64)
    for rank in range(TOP_WORDS):
        place = padded.argmax(axis=1)
        top[:, rank] = np.where(rank < lengths, starts + place, -1)
        padded[rows, place] = -np.inf
    return top
