"""Texts of tweets from archives, stores and plain text, one after the other, a part of a file in memory at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from emotion.errors import UsageError
from emotion.sets.copies import key
from emotion.sets.formats import detect, read
from emotion.stores.elasticsearch.address import is_address
from emotion.tweets.archive import ArchiveFile, find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.selection import Selection
from emotion.tweets.splits import plan_splits


def tweets(sources: Sequence[str], selection: Selection, options: ReadOptions) -> Iterator[str]:
    """The texts of archives and of stores, in a folder or at an address; each source is looked at before any is read.

    Raises:
        UsageError: there is nothing at one of the sources.
    """
    stores = [source for source in sources if is_address(source) or (Path(source) / "store.json").exists()]
    archives = [source for source in sources if source not in stores]
    files = find_files(archives).files if archives else []
    return _all(stores, files, selection, options)


def without(texts: Iterator[str], sets: Sequence[Path]) -> Iterator[str]:
    """The texts that no labelled set holds a copy of, so that nothing is learnt from what is measured on."""
    held: set[str] = set()
    for path in sets:
        if not path.exists():
            raise UsageError(f"There is no labelled set {str(path)!r} to leave out.")
        held |= {key(text) for text in read(path, detect(path)).texts}
    return (text for text in texts if key(text) not in held)


def _all(
    stores: Sequence[str], files: Sequence[ArchiveFile], selection: Selection, options: ReadOptions
) -> Iterator[str]:
    for index, file in enumerate(files):
        for split in plan_splits(file, index, format=options.format):
            for part in read_parts(file, split, options, lambda _: False):
                yield from (tweet.text for tweet in part.tweets if selection.reason(tweet) is None)
    for store in stores:
        yield from _of_store(store, selection)


def _of_store(store: str, selection: Selection) -> Iterator[str]:
    from emotion.stores.answers import Filter
    from emotion.stores.opening import open_queries

    languages = sorted(selection.languages) if selection.languages is not None else [None]
    with open_queries(store) as queries:
        for language in languages:
            wanted = Filter(lang=language) if language else Filter()
            for batch in queries.documents(wanted):
                yield from batch.column("text").to_pylist()
