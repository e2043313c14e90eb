"""The format of a file, by its name and first line."""

import re
from pathlib import Path

from emotion.errors import DataError
from emotion.sets.formats.columns import Format
from emotion.sets.formats.corpora import SENTIMENTS

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_SENTIMENT140 = re.compile(r'"?(?:[024]"?,"?\d+"?,"?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) |polarity"?,"?tweet_id"?,)')
_HEAD = 1 << 16  # bytes


def detect(path: Path) -> Format:
    """The format of a file.

    Raises:
        DataError: there is no such file, or it may be anything.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    first = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode(errors="replace").rstrip("\r")
    if head.startswith(b"PAR1"):
        return "parquet"
    if known := _by_line(first) or _by_name(path):
        return known
    if re.search(r";\w+$", first):
        return "carer"
    raise DataError(f"The format of {path} is not clear from its name or first line; name it with --format.")


def _by_line(first: str) -> Format | None:
    if first.startswith("ID\tTweet\t"):
        return "semeval-ec"
    fields = first.split("\t")
    if len(fields) >= 3 and fields[1] in SENTIMENTS:
        return "semeval-4a"
    return "sentiment140" if _SENTIMENT140.match(first) else None


def _by_name(path: Path) -> Format | None:
    return "tweeteval" if path.name.endswith("_text.txt") else _SUFFIXES.get(path.suffix)
