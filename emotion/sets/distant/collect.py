"""Through an archive once: what carries a keyword is judged and offered to the sample, the rest is counted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from emotion.errors import JobError, UsageError
from emotion.sets.distant.keywords import Keywords
from emotion.sets.distant.marks import Filter, Mark, look, without, without_retweet
from emotion.sets.distant.sample import Row, Sample
from emotion.tweets.archive import ArchiveFile
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.selection import Selection
from emotion.tweets.splits import plan_splits
from emotion.tweets.tweet import Part, Tweet

Watch = Callable[[ArchiveFile, Part, int], None]
"""Told after each part: its file, the part, and how many rows are kept by now."""


@dataclass(frozen=True, slots=True)
class DistantOptions:
    """What is collected and how.

    `per_label` bounds the rows of a label. `anywhere` takes keywords that stand before the last word, `links` tweets
    with links. `several` says what becomes of tweets with keywords of several labels. `min_words` counts words besides
    users, links and hashtags. Texts that share the part `alike` of their pieces are copies; with 1 only equal ones.
    """

    per_label: int = 20_000
    anywhere: bool = False
    links: bool = False
    several: Literal["drop", "keep"] = "drop"
    min_words: int = 5
    alike: float = 0.7
    seed: int = 0
    selection: Selection = field(default_factory=lambda: Selection(frozenset({"en"})))
    read: ReadOptions = field(default_factory=ReadOptions)

    def __post_init__(self) -> None:
        if self.per_label < 1 or self.min_words < 1:
            raise UsageError("So many rows a label, and so many words a text: at least 1 of each.")
        if not 0.5 <= self.alike <= 1:
            raise UsageError(f"Texts are told to be alike from a share of 0.5 to 1, not {self.alike}.")

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        own = {name: getattr(self, name) for name in self.__slots__ if name not in ("selection", "read")}
        languages = sorted(self.selection.languages) if self.selection.languages is not None else "all"
        times = {"since": self.selection.since, "until": self.selection.until}
        return own | {"lang": languages} | times | {"read": msgspec.to_builtins(self.read)}


@dataclass(frozen=True, slots=True)
class Accounts:
    """read = kept + left out, by reason; `found` counts the tweets that carry each label, `labels` the rows kept."""

    read: int
    kept: int
    left_out: dict[str, int]
    found: dict[str, int]
    labels: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def collect(
    files: Sequence[ArchiveFile],
    keywords: Keywords,
    options: DistantOptions,
    watch: Watch = lambda file, part, kept: None,
) -> tuple[list[Row], Accounts]:
    """Read every part of every file, in memory bounded by a part and the quotas.

    Raises:
        ArchiveError: a file cannot be read just now.
        JobError: the accounts do not balance.
    """
    collector = Collector(keywords, options)
    read = msgspec.structs.replace(options.read, retweets="fold")
    for index, file in enumerate(files):
        for split in plan_splits(file, index, format=read.format):
            for part in read_parts(file, split, read, lambda _: False):
                collector.take(part)
                watch(file, part, len(collector.sample))
    return collector.sample.rows(), collector.accounts()


class Collector:
    """Judges tweets part by part."""

    def __init__(self, keywords: Keywords, options: DistantOptions) -> None:
        self.sample = Sample(options.per_label, options.alike, options.seed)
        self._keywords = keywords
        self._options = options
        self._filter = Filter(keywords.by_mark)
        self._read = 0
        self._left_out: Counter[str] = Counter()
        self._found: Counter[str] = Counter()

    def take(self, part: Part) -> None:
        """Every record of a part."""
        self._read += part.read
        self._left_out.update(part.skipped)
        self._left_out["unreadable"] += len(part.dead_letters)
        self._left_out["delete notice"] += len(part.deletions)
        for tweet in part.tweets:
            judged = self._judge(tweet)
            if isinstance(judged, str):
                self._left_out[judged] += 1
            else:
                self._found.update(judged.labels)
                self.sample.offer(judged)
        for deletion in part.deletions:
            self.sample.delete(deletion.tweet_id, deletion.user_id)

    def accounts(self) -> Accounts:
        """Of all parts so far."""
        left_out = self._left_out + self.sample.left_out
        accounts = Accounts(
            self._read,
            len(self.sample),
            dict(sorted(left_out.items())),
            {label: self._found[label] for label in self._keywords.labels},
            {label: self.sample.labels[label] for label in self._keywords.labels},
        )
        if accounts.read != accounts.kept + sum(accounts.left_out.values()):
            raise JobError(f"The accounts do not balance: {accounts.to_dict()}.")
        return accounts

    def _judge(self, tweet: Tweet) -> Row | str:
        """The row that a tweet makes, or why it makes none."""
        if reason := self._options.selection.reason(tweet):
            return reason
        if not self._filter.passes(tweet.text):
            return "no keyword"
        text = without_retweet(tweet.text)
        found = look(text)
        by_mark = self._keywords.by_mark
        marks = [mark for mark in found.marks if mark.mark in by_mark]
        if not marks:
            return "no keyword"
        if not self._options.anywhere and not found.ends_with(by_mark):
            return "keyword not at the end"
        if any(mark.mark in self._keywords.left_out for mark in found.marks):
            return "hashtag to leave out"
        labels = tuple(label for label in self._keywords.labels if any(by_mark[mark.mark] == label for mark in marks))
        if len(labels) > 1 and self._options.several == "drop":
            return "several labels"
        if not self._options.links and (found.link or tweet.urls):
            return "link"
        if found.words < self._options.min_words:
            return "too short"
        return _row(tweet, text, marks, labels, is_retweet=text is not tweet.text or tweet.folded)


def _row(tweet: Tweet, text: str, marks: list[Mark], labels: tuple[str, ...], is_retweet: bool) -> Row:
    keyword = " ".join(dict.fromkeys(mark.mark for mark in marks))
    lang = tweet.lang
    return Row(without(text, marks), labels, keyword, tweet.tweet_id, lang, tweet.user_id, is_retweet)
