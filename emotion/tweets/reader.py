"""From a split to its parts."""

from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

import msgspec

from emotion.errors import ArchiveError
from emotion.tweets.batches import Plan, batches
from emotion.tweets.files import ArchiveFile
from emotion.tweets.formats.columns import Fields
from emotion.tweets.formats.detect import check_format, is_lines, layout
from emotion.tweets.splits import Split
from emotion.tweets.tweet import Part

PART_BYTES = 32 << 20
Retweets = Literal["keep", "fold", "skip"]
_T = TypeVar("_T")


class ReadOptions(msgspec.Struct, frozen=True):
    """How records are read; the same options give the same parts.

    `format` overrides detection: one of emotion.tweets.formats.detect.FORMATS, the same that `plan_splits` was given.
    The fields name columns of tables or (dotted) keys of JSON records; a number a column of a table without header.
    """

    format: str | None = None
    text_field: str | None = None
    id_field: str | None = None
    date_field: str | None = None
    lang_field: str | None = None
    user_field: str | None = None
    retweets: Retweets = "keep"
    part_bytes: int = PART_BYTES


def read_parts(file: ArchiveFile, split: Split, options: ReadOptions, done: Callable[[int], bool]) -> Iterator[Part]:
    """The parts of a split in order, without those that are `done`; the final one has `last` set.

    An empty split is one empty part. Each part is the same on every run, whichever others are done. Lines are counted
    from 1 in each split, and anew in each member of a compressed tar.
    """
    plan = _plan(file, split, options)
    source, line, index = "", 1, 0
    for batch, last in _with_last(batches(plan)):
        if batch.source != source:
            source, line = batch.source, 1
        if done(index):
            line += batch.count()
        else:
            part = Part(index, source, bytes=batch.bytes, last=last)
            batch.read(part, line)
            line += part.read
            yield part
        index += 1
    if index == 0 and not done(0):
        yield Part(0, file.name, last=True)


def _plan(file: ArchiveFile, split: Split, options: ReadOptions) -> Plan:
    check_format(options.format)
    if split.unit == "bytes" and not is_lines(layout(file.format, options.format)):
        raise ArchiveError(
            f"{file.name} was planned as lines but is to be read as {options.format}. Plan it with the same format."
        )
    fields = Fields(options.text_field, options.id_field, options.date_field, options.lang_field, options.user_field)
    return Plan(file, split, options.format, fields, options.retweets == "fold", options.part_bytes)


def _with_last(items: Iterator[_T]) -> Iterator[tuple[_T, bool]]:
    """Each item, and whether none follows."""
    held = next(items, None)
    while held is not None:
        following = next(items, None)
        yield held, following is None
        held = following
