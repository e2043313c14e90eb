"""One JSON record to what it is: the format is told from the record itself, so a file may mix them."""

import msgspec

from emotion.tweets.formats import bluesky, gnip, v1, v2
from emotion.tweets.formats.lenient import dead, decode, load, trim
from emotion.tweets.formats.notices import read_notice
from emotion.tweets.formats.results import BLANK, Context, Result
from emotion.tweets.tweet import DeadLetter

_NOTHING = msgspec.Raw()
_PAGE_KEY, _SEARCH_KEY = b'"data"', b'"statuses"'


class _Signs(msgspec.Struct, gc=False):
    """Keys that tell what a record is when it is no status."""

    data: msgspec.Raw = _NOTHING
    statuses: msgspec.Raw = _NOTHING
    tweet: msgspec.Raw = _NOTHING
    author_id: object = None
    referenced_tweets: msgspec.Raw = _NOTHING
    note_tweet: msgspec.Raw = _NOTHING


class JsonRecords:
    """Parses the JSON records of one split; `only` names the one format to expect."""

    def __init__(self, context: Context, only: str | None = None) -> None:
        self._context = context
        self._only = only
        self._decode = msgspec.json.Decoder(v1.Record).decode

    def parse(self, raw: bytes, line: int) -> Result | list[Result]:
        """One result, or for a page (`data` of v2, `statuses` of v1.1) one for each element; `line` is the first's."""
        try:
            record = self._decode(raw)
        except (ValueError, RecursionError):
            return self._parse_leniently(raw, line)
        if record.id_str is not None and self._only is None:  # most lines of most archives
            tweet = v1.project(record, line, self._context)
            if tweet is not None:
                return tweet
        try:
            return self._read(record, raw, raw, line)
        except (ValueError, RecursionError):
            return self._parse_leniently(raw, line)

    def may_be_page(self, raw: bytes) -> bool:
        """Whether `parse` may give a list."""
        return _PAGE_KEY in raw or _SEARCH_KEY in raw

    def count(self, raw: bytes) -> int:
        """The most records that a line may hold, told without parsing what is in them."""
        return v2.count_elements(raw) if self.may_be_page(raw) else 1

    def _read(self, record: v1.Record, clean: bytes, raw: bytes, line: int) -> Result | list[Result]:
        """`clean` is what was decoded, `raw` what stands in the file."""
        signs = decode(clean, _Signs)
        if signs.data is not _NOTHING and record.id_str is None and _PAGE_KEY in raw:
            results = v2.read_page(clean, line, self._context)
            if results:
                return results
        is_search = _SEARCH_KEY in raw and record.id_str is None and self._only in (None, "v1.1")
        if is_search and bytes(signs.statuses)[:1] == b"[":
            found = msgspec.json.decode(bytes(signs.statuses), type=list[msgspec.Raw])
            if found:
                return [self._status(bytes(element), line + k) for k, element in enumerate(found)]
        if self._is_v2(record, signs):
            return v2.project(decode(clean, v2.Tweet), None, line, self._context) or DeadLetter(line, "no text", raw)
        tweet = None if self._only in ("gnip", "bluesky") else v1.project(record, line, self._context)
        if tweet is None and bytes(signs.tweet)[:1] == b"{":  # an element of X's archive
            record = decode(bytes(signs.tweet), v1.Record)
            tweet = v1.project(record, line, self._context)
        return tweet or self._read_other(record, clean, raw, line)

    def _status(self, raw: bytes, line: int) -> Result:
        result = self.parse(raw, line)
        return DeadLetter(line, "not a tweet", raw) if isinstance(result, list) else result

    def _is_v2(self, record: v1.Record, signs: _Signs) -> bool:
        if self._only is not None:
            return self._only == "v2" and record.text is not None
        if record.id_str is not None:
            return False
        return not (signs.author_id is None and signs.referenced_tweets is _NOTHING and signs.note_tweet is _NOTHING)

    def _read_other(self, record: v1.Record, clean: bytes, raw: bytes, line: int) -> Result:
        """A record that has no text where statuses have it."""
        value = load(clean)
        if bluesky.is_event(value):
            return bluesky.read(decode(clean, bluesky.Event), line, raw)
        if gnip.is_activity(value):
            return gnip.read(decode(clean, gnip.Activity), line, self._context) or DeadLetter(line, "no text", raw)
        return read_notice(value) or DeadLetter(line, _lack(record), raw)

    def _parse_leniently(self, raw: bytes, line: int) -> Result | list[Result]:
        if not trim(raw):
            return BLANK
        try:
            value = load(raw)
            if not isinstance(value, dict):
                return DeadLetter(line, "not a tweet", raw)
            clean = msgspec.json.encode(value)
            return self._read(decode(clean, v1.Record), clean, raw, line)
        except ValueError as error:
            return dead(raw, line, error)
        except RecursionError:
            return DeadLetter(line, "nested too deep", raw)


def _lack(record: v1.Record) -> str:
    return "not a tweet" if record.id is None and record.id_str is None else "no text"
