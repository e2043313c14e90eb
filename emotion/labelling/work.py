"""The work on one split, the same in every layout: read, select, predict, write, commit."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
import pyarrow as pa

from emotion.errors import JobError
from emotion.faults import crash_point
from emotion.labelling.accounts import check_part
from emotion.labelling.manifest import Start
from emotion.labelling.memory import Memory
from emotion.labelling.options import Engine
from emotion.labelling.process import collect_between_parts
from emotion.labelling.tries import begin
from emotion.models.context.config import look_in
from emotion.prediction import Predictions
from emotion.stores.document import Context, documents, entity_column, prediction_columns
from emotion.stores.ledger import Commit, Tombstones, part_key
from emotion.stores.protocol import FIRST, Store, Turn
from emotion.text.encoder import Encoded, Encoder
from emotion.text.entities.entity import distinct
from emotion.text.entities.finders import EntityPlan
from emotion.tweets.archive import ArchiveFile
from emotion.tweets.privacy import drop_user, drop_user_of, hash_deletion, hash_ids
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.selection import Selection
from emotion.tweets.splits import Split
from emotion.tweets.tweet import DeadLetter, Part, Tweet


class Task(msgspec.Struct, frozen=True):
    """A split to label. `done` holds the parts of it that are committed already.

    `turn` holds the number of its start and of the split in that start.
    """

    file: ArchiveFile
    split: Split
    start: Start
    done: frozenset[int] = frozenset()
    turn: tuple[int, int] = (0, 0)

    @property
    def size(self) -> int:
        """Bytes to read, as stored."""
        if self.split.unit == "whole":
            return self.file.size
        units = 8 if self.split.unit == "bits" else 1
        end = self.file.size * units if self.split.end is None else self.split.end
        return (end - self.split.start) // units


@dataclass(frozen=True, slots=True)
class Plan:
    """What every worker must know; picklable.

    `bundle` is a path that all see, or an address that each fetches; `places` is the driver's EMOTION_CONTEXT, for
    workers without one.
    """

    store: Store
    bundle: str
    model: str
    engine: Engine
    selection: Selection
    read: ReadOptions
    attempt: int
    drop_user: bool = False
    hash_key: bytes | None = None
    entities: EntityPlan | None = None
    places: str = ""


class Texts(msgspec.Struct):
    """The distinct texts of a part, in the order of their first tweets, as the encoder gives them; arrays as bytes."""

    ids: bytes
    offsets: bytes
    words: list[str]

    def encoded(self) -> Encoded:
        """As the predictor takes them."""
        return Encoded(np.frombuffer(self.ids, np.int32), np.frombuffer(self.offsets, np.int64), self.words, None)


class Chosen(msgspec.Struct):
    """The records of a part that are to be predicted, and the accounts of the others."""

    key: str
    file: int
    split: int
    part: int
    last: bool
    source: str
    start: Start
    read: int
    bytes: int
    tweets: list[Tweet]
    dead_letters: list[DeadLetter]
    skipped: dict[str, int]
    deleted: int
    tombstones: Tombstones
    began: float
    no_language: int = 0
    turn: Turn = FIRST
    texts: Texts | None = None


def encode_texts(encoder: Encoder, chosen: Chosen) -> None:
    """Clean and encode the part's texts where it was read, so that who predicts need not."""
    encoded = encoder.encode(list(dict.fromkeys(tweet.text for tweet in chosen.tweets)))
    chosen.texts = Texts(encoded.ids.tobytes(), encoded.offsets.tobytes(), encoded.words)


def reading_of(task: Task) -> str:
    """What the reading of a split is called among the tries: it is there from its begin to its end."""
    return f"read-{part_key(task.split.file, task.split.index, 0)}"


def read_chosen(plan: Plan, task: Task, look: bool = True) -> Iterator[Chosen]:
    """Read the parts of a split that are not done, and choose what the job wants of each.

    With `look`, parts that were committed since the job started are done too. Who hands parts on must give the same
    ones whenever it is asked, so it does not look.
    """
    split = task.split
    ledger = plan.store.ledger

    def done(part: int) -> bool:
        return part in task.done or (look and ledger.has(part_key(split.file, split.index, part)))

    reading = reading_of(task)
    with plan.store.explained():
        times = begin(plan.store.tries, reading, task.file.name)
    parts = read_parts(task.file, split, plan.read, done)
    while True:
        began = time.perf_counter()
        part = next(parts, None)
        if part is None:
            plan.store.tries.end(reading)
            return
        yield _choose(plan, task, part, began)
        if look and times > 1:  # the part is committed, so whatever ended workers before it does so no more
            plan.store.tries.begin(reading, times := 1)
        crash_point("between-parts")
        collect_between_parts()


def _choose(plan: Plan, task: Task, part: Part, began: float) -> Chosen:
    skipped = Counter(part.skipped)
    tweets = []
    for tweet in part.tweets:
        reason = plan.selection.reason(tweet)
        if reason is None:
            tweets.append(tweet)
        else:
            skipped[reason] += 1
    deletions = part.deletions
    if plan.drop_user:
        tweets = [drop_user(tweet) for tweet in tweets]
        deletions = [drop_user_of(deletion) for deletion in deletions]
    if plan.hash_key is not None:
        tweets = [hash_ids(tweet, plan.hash_key, names=not plan.drop_user) for tweet in tweets]
        deletions = [hash_deletion(deletion, plan.hash_key) for deletion in deletions]
    split = task.split
    return Chosen(
        key=part_key(split.file, split.index, part.index),
        file=split.file,
        split=split.index,
        part=part.index,
        last=part.last,
        source=part.source,
        start=task.start,
        read=part.read,
        bytes=part.bytes,
        tweets=tweets,
        dead_letters=part.dead_letters,
        skipped=dict(sorted(skipped.items())),
        deleted=len(deletions),
        tombstones=Tombstones(
            tweets=[d.tweet_id for d in deletions if d.tweet_id is not None],
            users=[] if plan.drop_user else [d.user_id for d in deletions if d.tweet_id is None and d.user_id],
        ),
        began=began,
        no_language=sum(tweet.lang is None for tweet in tweets),
        turn=Turn(*task.turn, part.index),
    )


def check_model(plan: Plan, found: str) -> None:
    """The bundle must still be the one that the job began with.

    Raises:
        JobError: another lies in its place.
    """
    if found != plan.model:
        raise JobError(
            f"The model at {plan.bundle} is {found}, but this job labels with {plan.model}: it was replaced meanwhile, "
            "or differs between machines. Put the old one back, or label everything anew with --restart."
        )


class Labeller:
    """Predicts, writes and commits what was chosen; one a worker, with the model loaded once."""

    def __init__(self, plan: Plan, device: Literal["cpu", "cuda"] = "cpu") -> None:
        from emotion.predictor import Predictor

        self._plan = plan
        look_in(plan.places)
        self._predictor = Predictor.load(plan.bundle, device=device, engine=plan.engine)
        check_model(plan, self._predictor.bundle.id)
        self._finder = plan.entities.finder() if plan.entities else None
        self._remembered = Memory(lambda texts: self._columns(texts, self._predictor(texts)))

    def label(self, chosen: Chosen) -> Commit:
        """Label one part and commit it."""
        with self._plan.store.explained():
            return self._label(chosen)

    def _label(self, chosen: Chosen) -> Commit:
        plan = self._plan
        begin(plan.store.tries, chosen.key, chosen.source)
        context = Context(chosen.source, plan.engine, chosen.start.job, chosen.start.started)
        table = documents(chosen.tweets, self._predicted(chosen), context)
        if table.num_rows != len(chosen.tweets):
            raise JobError(f"{len(chosen.tweets)} tweets of {chosen.source} gave {table.num_rows} documents.")
        written = plan.store.write(chosen.key, chosen.source, table, chosen.dead_letters, chosen.turn)
        commit = Commit(
            key=chosen.key,
            source=chosen.source,
            file=chosen.file,
            split=chosen.split,
            part=chosen.part,
            last=chosen.last,
            read=chosen.read,
            labelled=written.documents,
            dead_letters=written.dead_letters,
            deleted=chosen.deleted,
            skipped=chosen.skipped,
            bytes=chosen.bytes,
            seconds=time.perf_counter() - chosen.began,
            attempt=plan.attempt,
            tombstones=chosen.tombstones,
            no_language=chosen.no_language,
        )
        check_part(commit)
        plan.store.commit(commit)
        plan.store.tries.end(chosen.key)
        return commit

    def _predicted(self, chosen: Chosen) -> pa.Table:
        from emotion.models.batches import repeat

        texts = [tweet.text for tweet in chosen.tweets]
        if chosen.texts is None:
            return self._remembered(texts)
        encoded, numbers = chosen.texts.encoded(), {text: n for n, text in enumerate(dict.fromkeys(texts))}

        def predict(new: Sequence[str]) -> pa.Table:
            wanted = repeat(encoded, np.array([numbers[text] for text in new], np.int64))
            return self._columns(new, self._predictor.predict_encoded(wanted))

        return self._remembered(texts, predict)

    def _columns(self, texts: Sequence[str], predictions: Predictions) -> pa.Table:
        """The columns of distinct texts: what the model says, and the entities where they are asked for."""
        columns = prediction_columns(predictions)
        if self._finder is None:
            return columns
        return columns.append_column("entities", entity_column(map(distinct, self._finder(texts))))
