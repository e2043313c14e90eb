"""JSON records of any origin, read by the names of their keys."""

from emotion.tweets.formats.columns import Columns, Fields, first_of, names_for, row_tweet
from emotion.tweets.formats.lenient import dead, load, trim
from emotion.tweets.formats.results import BLANK, Result
from emotion.tweets.tweet import DeadLetter

_PLACES = Columns(*range(8))


class KeyedRecords:
    """Parses JSON records of which at least one key was named."""

    def __init__(self, fields: Fields) -> None:
        self._names = names_for(fields)

    def parse(self, raw: bytes, line: int) -> Result:
        if not trim(raw):
            return BLANK
        try:
            value = load(raw)
        except ValueError as error:
            return dead(raw, line, error)
        if not isinstance(value, dict):
            return DeadLetter(line, "not a tweet", raw)
        row = [first_of(value, names) for names in self._names]
        return row_tweet(row, _PLACES, lambda: raw, line)

    def count(self, raw: bytes) -> int:
        return 1
