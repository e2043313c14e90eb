"""Texts of tweets from archives, stores and plain text, one after the other, a part of a file in memory at a time."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from emotion.errors import UsageError
from emotion.sets.copies import key
from emotion.sets.formats import detect, read
from emotion.stores.elasticsearch.address import is_address
from emotion.tweets.archive import ArchiveFile, find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.selection import Selection
from emotion.tweets.splits import plan_splits
from emotion.vectors.own.once import Once


def tweets(sources: Sequence[str], selection: Selection, options: ReadOptions) -> Iterator[str]:
    """The texts of archives and of stores, in a folder or at an address; each source is looked at before any is read.

    A tweet counts once, with all retweets of it and in whatever sources it stands, as far as `Once` remembers.

    Raises:
        UsageError: there is nothing at one of the sources.
        StoreError: a server does not answer, or has no store there.
    """
    from emotion.stores.opening import describe, open_queries

    stores = [source for source in sources if is_address(source) or describe(source)]
    archives = [source for source in sources if source not in stores]
    files = find_files(archives).files if archives else []
    for store in stores:
        with open_queries(store):
            pass
    return _each_once(chain(_of_files(files, selection, options), *(_of_store(store, selection) for store in stores)))


def without(texts: Iterator[str], sets: Sequence[Path]) -> Iterator[str]:
    """The texts that no labelled set holds a copy of, so that nothing is learnt from what is measured on."""
    held: set[str] = set()
    for path in sets:
        if not path.exists():
            raise UsageError(f"There is no labelled set {str(path)!r} to leave out.")
        held |= {key(text) for text in read(path, detect(path)).texts}
    return (text for text in texts if key(text) not in held)


def _each_once(found: Iterator[tuple[str, str]]) -> Iterator[str]:
    met = Once()
    return (text for original, text in found if met.is_new(original))


def _of_files(files: Sequence[ArchiveFile], selection: Selection, options: ReadOptions) -> Iterator[tuple[str, str]]:
    """Id of the original and text of each tweet that is wanted."""
    for index, file in enumerate(files):
        for split in plan_splits(file, index, format=options.format):
            for part in read_parts(file, split, options, lambda _: False):
                for tweet in part.tweets:
                    if selection.reason(tweet) is None:
                        yield tweet.retweet_of or tweet.tweet_id, tweet.text


def _of_store(store: str, selection: Selection) -> Iterator[tuple[str, str]]:
    """The same of a store's documents."""
    from emotion.stores.opening import open_queries

    columns = ("tweet_id", "retweet_of", "lang", "text")
    with open_queries(store) as queries:
        for batch in queries.documents():
            for name, original, lang, text in zip(*(batch.column(each).to_pylist() for each in columns), strict=True):
                if selection.speaks(lang):
                    yield original or name, text
