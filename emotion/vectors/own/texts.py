"""Texts of tweets from archives, stores and plain text, one after the other, a part of a file in memory at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from emotion.errors import DataError, UsageError
from emotion.sets.copies import key
from emotion.sets.formats import detect, read_texts
from emotion.stores.elasticsearch.address import is_address
from emotion.tweets.archive import ArchiveFile, Listing, find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.selection import Selection
from emotion.tweets.splits import plan_splits
from emotion.tweets.tweet import Part
from emotion.vectors.own.once import Once


@dataclass
class Account:
    """How many records were read, and why some of them gave no text; `first` is what is wrong with the first of these.

    Files that are no archives of tweets are `left_aside`.
    """

    records: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    left_aside: list[str] = field(default_factory=list)
    first: str = ""

    def take(self, part: Part) -> None:
        """What of a part is no tweet."""
        self.records += part.read
        self.left_out.update(part.skipped)
        self.left_out.update({"unreadable": len(part.dead_letters), "delete notice": len(part.deletions)})
        if part.dead_letters and not self.first:
            self.first = f"{part.source}: {part.dead_letters[0].reason}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"records": self.records, "left_out": dict(+self.left_out), "left_aside": self.left_aside}

    def __str__(self) -> str:
        found = sorted((+self.left_out).items())
        broken = {"unreadable": f" (the first in {self.first})"}
        reasons = ", ".join(f"{reason} {count:,}{broken.get(reason, '')}" for reason, count in found)
        aside = f"; files left aside, as no archives: {len(self.left_aside):,}" if self.left_aside else ""
        return f"{self.records:,} records were read; left out: {reasons or 'none'}{aside}"


def tweets(
    sources: Sequence[str], selection: Selection, options: ReadOptions, account: Account | None = None
) -> Iterator[str]:
    """The texts of archives and of stores, in a folder or at an address; each source is looked at before any is read.

    A tweet counts once, with all retweets of it and in whatever sources it stands, as far as `Once` remembers. What
    gives no text is told to `account`.

    Raises:
        UsageError: there is nothing at one of the sources.
        StoreError: a server does not answer, or has no store there.
    """
    from emotion.stores.opening import describe, open_queries

    stores = [source for source in sources if is_address(source) or describe(source)]
    archives = [source for source in sources if source not in stores]
    account = account or Account()
    listing = find_files(archives) if archives else Listing()
    account.left_aside += listing.left_aside
    for store in stores:
        with open_queries(store):
            pass
    found = [
        _of_files(listing.files, selection, options, account),
        *(_of_store(store, selection, account) for store in stores),
    ]
    return _each_once(chain(*found), account)


def without(texts: Iterator[str], sets: Sequence[Path], account: Account | None = None) -> Iterator[str]:
    """The texts that no labelled set holds a copy of, so that nothing is learnt from what is measured on."""
    held: set[str] = set()
    for path in sets:
        if not path.exists():
            raise UsageError(f"There is no labelled set {str(path)!r} to leave out.")
        held |= {key(text) for text in read_texts(path, detect(path))}
    return _kept(((key(text) not in held, text) for text in texts), "in a labelled set", account or Account())


def some(texts: Iterator[str], account: Account) -> Iterator[str]:
    """The texts; a DataError that gives account where there are none."""
    none = True
    for text in texts:
        none = False
        yield text
    if none:
        raise DataError(f"There is no text to learn from: {account}.")


def _each_once(found: Iterator[tuple[str, str]], account: Account) -> Iterator[str]:
    met = Once()
    return _kept(((met.is_new(original), text) for original, text in found), "met before", account)


def _kept(judged: Iterator[tuple[bool, str]], reason: str, account: Account) -> Iterator[str]:
    """The texts that are good; the others are left out for the reason."""
    for good, text in judged:
        if good:
            yield text
        else:
            account.left_out[reason] += 1


def _of_files(
    files: Sequence[ArchiveFile], selection: Selection, options: ReadOptions, account: Account
) -> Iterator[tuple[str, str]]:
    """Id of the original and text of each tweet that is wanted."""
    for index, file in enumerate(files):
        for split in plan_splits(file, index, format=options.format):
            for part in read_parts(file, split, options, lambda _: False):
                account.take(part)
                for tweet in part.tweets:
                    if reason := selection.reason(tweet):
                        account.left_out[reason] += 1
                    else:
                        yield tweet.retweet_of or tweet.tweet_id, tweet.text


def _of_store(store: str, selection: Selection, account: Account) -> Iterator[tuple[str, str]]:
    """The same of a store's documents."""
    from emotion.stores.opening import open_queries

    columns = ("tweet_id", "retweet_of", "lang", "text")
    with open_queries(store) as queries:
        for batch in queries.documents():
            for name, original, lang, text in zip(*(batch.column(each).to_pylist() for each in columns), strict=True):
                account.records += 1
                if selection.speaks(lang):
                    yield original or name, text
                else:
                    account.left_out["language"] += 1
