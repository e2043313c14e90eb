"""Which ids came lately: a source that goes on a little before where it was gives some of them again."""

from collections import OrderedDict

from emotion.tweets.formats.records import JsonRecords
from emotion.tweets.formats.results import Context
from emotion.tweets.tweet import Tweet

IDS = 200_000


class Recent:
    """The last `size` ids of tweets."""

    def __init__(self, size: int = IDS) -> None:
        self._size = size
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._parse = JsonRecords(Context("")).parse

    def repeats(self, raw: bytes) -> bool:
        """Whether the record is one tweet, and came lately; it counts as having come."""
        result = self._parse(raw, 1)
        if isinstance(result, list):
            result = result[0] if len(result) == 1 else ""
        if not isinstance(result, Tweet) or not result.tweet_id:
            return False
        if result.tweet_id in self._ids:
            self._ids.move_to_end(result.tweet_id)
            return True
        self._ids[result.tweet_id] = None
        if len(self._ids) > self._size:
            self._ids.popitem(last=False)
        return False
