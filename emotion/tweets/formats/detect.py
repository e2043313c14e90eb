"""Which layout a file has, told from its first records and only then from its name."""

import re
import tarfile
from pathlib import PurePath

import msgspec

from emotion.errors import UsageError
from emotion.tweets.files import COMPRESSIONS, SHORT_TAR
from emotion.tweets.formats.columns import find_columns
from emotion.tweets.formats.lenient import BOM, UTF16
from emotion.tweets.formats.table import header_cells

HEAD = 64 << 10
RECORD_FORMATS = ("v1.1", "v2", "gnip", "bluesky")
LAYOUTS = ("jsonl", "json", "x-archive", "csv", "tsv", "parquet", "text")
FORMATS = RECORD_FORMATS + LAYOUTS
UNREADABLE = "unreadable"  # a container that cannot be listed
CONTAINERS = ("tar", "zip")
_JSON = (None, "jsonl", "json", "x-archive")
_YTD = re.compile(rb"\s*window\.YTD\.(\w+)\.part\d+\s*=")
_TWEETS = (b"tweet", b"tweets", b"community_tweet")
_BY_NAME = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".js": "x-archive",
    ".txt": "text",
}
_NOT_TEXT = {".parquet": "parquet", ".zip": UNREADABLE, ".tar": UNREADABLE} | dict.fromkeys(SHORT_TAR, UNREADABLE)
_TAR_MARK = 257


def check_format(name: str | None) -> None:
    """Refuse a name that is no format."""
    if name is not None and name not in FORMATS:
        raise UsageError(f"Unknown format {name!r}. Known are: {', '.join(FORMATS)}.")


def layout(file_format: str | None, override: str | None) -> str | None:
    """The layout to read with: the override, unless it names only what records hold."""
    if override is None or file_format in (*CONTAINERS, UNREADABLE):
        return file_format
    if override in RECORD_FORMATS:
        return file_format if file_format in _JSON else "jsonl"
    return override


def is_zip(head: bytes) -> bool:
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_tar(head: bytes) -> bool:
    """Whether it begins with a header of tar; those of before POSIX have no mark, but a checksum."""
    if head[_TAR_MARK : _TAR_MARK + 5] == b"ustar":
        return True
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], tarfile.ENCODING, "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def is_lines(kind: str | None) -> bool:
    """Whether each record is one line, so that a file can be cut at any newline."""
    return kind in ("jsonl", "text")


def is_other(name: str, head: bytes) -> bool:
    """Whether a file of X's archive holds something else than tweets: likes, messages, settings, scripts."""
    if not name.lower().endswith(".js"):
        return False
    match = _YTD.match(head.removeprefix(BOM))
    if match:
        return match[1] not in _TWEETS
    return head.lstrip().startswith((b"window.", b"var ", b"!function", b"("))


def detect(head: bytes, name: str) -> str:
    """The layout of decompressed bytes that begin with `head` (64 KiB, or the whole file)."""
    if head[:4] == b"PAR1":
        return "parquet"
    if is_tar(head):
        return "tar"
    if is_zip(head):
        return "zip"
    text = _decoded(head).lstrip(b" \t\r\n\0")
    if _YTD.match(text):
        return "x-archive"
    suffix = _suffix(name)
    if text[:1] == b"[":
        return "jsonl" if suffix in (".jsonl", ".ndjson") and not _opens_more(text) else "json"
    if text[:1] == b"{":
        return _one_a_line(text)
    found = _BY_NAME.get(suffix) or _table_or_text(text)
    return _NOT_TEXT.get(suffix, found) if text and found == "text" else found


def _suffix(name: str) -> str:
    path = PurePath(name)
    return PurePath(path.stem).suffix.lower() if path.suffix.lower() in COMPRESSIONS else path.suffix.lower()


def _decoded(head: bytes) -> bytes:
    encoding = UTF16.get(head[:2])
    return (
        head.removeprefix(BOM) if encoding is None else head[2:].decode(encoding, "replace").encode("utf-8", "replace")
    )


def _one_a_line(text: bytes) -> str:
    """Lines of JSON, unless the first is not whole and the second does not begin an object."""
    first, newline, rest = text.partition(b"\n")
    if not newline or _is_json(first):
        return "jsonl"
    return "jsonl" if rest.lstrip()[:1] in (b"{", b"") and first.strip() != b"{" else "json"


def _opens_more(text: bytes) -> bool:
    return not _is_json(text.partition(b"\n")[0])


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (ValueError, RecursionError):
        return False
    return True


def _table_or_text(text: bytes) -> str:
    """A table when its first line names a column of texts; JSON when that is broken and the second line is not."""
    header, _, rest = text.partition(b"\n")
    for kind, mark in (("tsv", "\t"), ("csv", ","), ("csv", ";"), ("csv", "|")):
        if mark.encode() in header and find_columns(header_cells(header, mark)).text is not None:
            return kind
    second = rest.partition(b"\n")[0].strip()
    return "jsonl" if second[:1] == b"{" and _is_json(second) else "text"
