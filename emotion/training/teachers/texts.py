"""Texts without labels, from wherever there are some: labelled sets, tables, archives of tweets, stores."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from emotion.errors import DataError, UsageError
from emotion.sets.formats import Columns, Format, detect, read
from emotion.sets.formats.huggingface import huggingface_texts

ARCHIVE, STORE = "archive", "store"
TABLES = ("csv", "tsv", "jsonl", "parquet")  # which archives may be, too
FORMATS = (*get_args(Format), ARCHIVE, STORE)


@dataclass(frozen=True)
class Source:
    """Where texts come from: a format with a path.

    `language` chooses tweets of archives and stores by what these say of them; `field` names the column or key that
    holds the text of a table or record.
    """

    format: str
    path: str
    language: str | None = None
    field: str | None = None

    @property
    def name(self) -> str:
        """As it may be given again."""
        return f"{self.format}:{self.path}"

    def texts(self) -> Iterator[str]:
        """The texts in the order of the source, each as often as it stands there."""
        if self.format == STORE:
            return _of_store(self)
        if self.format == ARCHIVE or self.format in TABLES:
            return _of_archive(self)
        if self.format == "huggingface":
            return iter(huggingface_texts(self.path, self.field or Columns().text, Path()))
        format: Any = self.format
        return iter(read(self.path, format).texts)

    def facts(self) -> dict[str, Any]:
        """What tells this source from another, or from what it was before: its files, their sizes and times."""
        path = Path(self.path)
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        found = [[str(each), each.stat().st_size, each.stat().st_mtime_ns] for each in files if each.exists()]
        return {"source": self.name, "files": found, "language": self.language, "field": self.field}


def find_source(name: str, language: str | None = None, field: str | None = None) -> Source:
    """The source that `[FORMAT:]PATH` names; without a format, it is looked at.

    Raises:
        UsageError: there is nothing there, or it may be anything.
    """
    format, colon, path = name.partition(":")
    if not colon or format not in FORMATS:
        format, path = "", name
    if format != "huggingface" and not Path(path).exists():
        raise UsageError(f"There is no file or folder {path!r} to take texts from.")
    return Source(format or _format(Path(path)), path, language, field)


def _format(path: Path) -> str:
    if path.is_dir():
        return STORE if (path / "store.json").exists() else ARCHIVE
    from emotion.tweets.archive import is_archive_name

    if is_archive_name(path.name) and path.suffix not in (".tsv", ".csv"):
        return ARCHIVE
    try:
        return detect(path)
    except DataError:
        raise UsageError(f"What {path} holds is not clear; for one text a line, write lines:{path}.") from None


def _of_archive(source: Source) -> Iterator[str]:
    from emotion.tweets.archive import find_files
    from emotion.tweets.reader import ReadOptions, read_parts
    from emotion.tweets.selection import Selection
    from emotion.tweets.splits import plan_splits

    options = ReadOptions(text_field=source.field)
    chosen = Selection(languages=frozenset({source.language}) if source.language else None)
    for number, file in enumerate(find_files([source.path]).files):
        for split in plan_splits(file, number):
            for part in read_parts(file, split, options, lambda _: False):
                yield from (tweet.text for tweet in part.tweets if chosen.reason(tweet) is None)


def _of_store(source: Source) -> Iterator[str]:
    from emotion.stores.answers import Filter
    from emotion.stores.opening import open_queries

    wanted = Filter(lang=source.language) if source.language else Filter()
    with open_queries(source.path) as store:
        for batch in store.documents(wanted):
            yield from batch.column("text").to_pylist()
