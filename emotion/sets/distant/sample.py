"""Which of the tweets that carry a keyword are kept: no two alike, and so many a label, evenly over the archive."""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from heapq import heappop, heappush

from emotion.sets.copies import key
from emotion.sets.distant.alike import Alike

REMEMBERED = 500_000  # ids of deleted tweets, and of accounts


@dataclass(frozen=True, slots=True)
class Row:
    """A tweet with its labels; `text` holds its keywords no more."""

    text: str
    labels: tuple[str, ...]
    keyword: str
    tweet_id: str
    lang: str | None = None
    user_id: str | None = None
    retweet: bool = False


class Sample:
    """Rows kept so far, and why others were not.

    Each text has a number, a hash of its key and the seed; of each label those with the lowest numbers stay. So the
    sample is the same whatever the order of the files, but for texts that are alike, and memory is bounded by
    `per_label`. Of copies of a text the first stays, of texts that are nearly alike the one with the lowest number. A
    row with several labels counts against each of them.
    """

    def __init__(self, per_label: int, alike: float, seed: int = 0) -> None:
        self.left_out: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self._per_label = per_label
        self._seed = str(seed).encode()
        self._alike = Alike(alike) if alike < 1 else None
        self._rows: dict[int, Row] = {}
        self._highest: dict[str, list[int]] = {}  # by label a heap of numbers, negative; some are gone already
        self._tweets: dict[str, int] = {}
        self._users: dict[str, set[int]] = {}
        self._deleted_tweets, self._deleted_users = _Newest(REMEMBERED), _Newest(REMEMBERED)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> list[Row]:
        """The rows kept, in the order of their numbers, which is chance."""
        return [self._rows[number] for number in sorted(self._rows)]

    def offer(self, row: Row) -> None:
        """Keep the row, or count why not; rows that must give way to it are counted too."""
        same = key(row.text)
        number = int.from_bytes(blake2b(same.encode(errors="replace"), digest_size=8, key=self._seed).digest(), "big")
        if row.tweet_id in self._deleted_tweets or row.user_id in self._deleted_users:
            self.left_out["deleted"] += 1
        elif number in self._rows:
            self.left_out["retweet" if row.retweet else "copy"] += 1
        elif any(self._is_full(label) and number > self._top(label) for label in row.labels):
            self.left_out["quota"] += 1
        elif self._is_original(number, same):
            self._add(number, row, same)

    def delete(self, tweet_id: str | None, user_id: str | None) -> None:
        """Take out a tweet, or all tweets of a user, kept already or still to come."""
        if tweet_id is not None:
            self._deleted_tweets.add(tweet_id)
            numbers = [self._tweets[tweet_id]] if tweet_id in self._tweets else []
        elif user_id is not None:
            self._deleted_users.add(user_id)
            numbers = sorted(self._users.get(user_id, ()))
        else:
            return
        for number in numbers:
            self._drop(number, "deleted")

    def _is_original(self, number: int, same: str) -> bool:
        """Whether no kept text of a lower number is nearly the same; those of higher numbers give way."""
        twins = self._alike.find(same) if self._alike is not None else []
        if twins and twins[0] < number:
            self.left_out["near copy"] += 1
            return False
        for twin in twins:
            self._drop(twin, "near copy")
        return True

    def _add(self, number: int, row: Row, same: str) -> None:
        for label in row.labels:
            if self._is_full(label):
                self._drop(self._top(label), "quota")
        self._rows[number] = row
        self._tweets[row.tweet_id] = number
        if row.user_id is not None:
            self._users.setdefault(row.user_id, set()).add(number)
        for label in row.labels:
            self.labels[label] += 1
            heappush(self._highest.setdefault(label, []), -number)
        if self._alike is not None:
            self._alike.add(number, same)

    def _drop(self, number: int, reason: str) -> None:
        row = self._rows.pop(number)
        self.left_out[reason] += 1
        self.labels.subtract(row.labels)
        if self._tweets.get(row.tweet_id) == number:
            del self._tweets[row.tweet_id]
        if row.user_id is not None:
            self._users[row.user_id].discard(number)
            if not self._users[row.user_id]:
                del self._users[row.user_id]
        if self._alike is not None:
            self._alike.remove(number)

    def _is_full(self, label: str) -> bool:
        return self.labels[label] >= self._per_label

    def _top(self, label: str) -> int:
        """The highest number kept of a label."""
        heap = self._highest[label]
        while -heap[0] not in self._rows:
            heappop(heap)
        return -heap[0]


class _Newest:
    """The ids that were named last, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, name: str | None) -> bool:
        return name in self._ids

    def add(self, name: str) -> None:
        self._ids[name] = None
        self._ids.move_to_end(name)
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
