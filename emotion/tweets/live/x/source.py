"""X as a live source: the filtered stream with its gaps filled, and recent search."""

import queue
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from hashlib import blake2b

import requests
import tweepy

from emotion.errors import EmotionError
from emotion.tweets.live.source import Cursor, Event, Gap, Item, Quiet, decoded
from emotion.tweets.live.x import stream as signals
from emotion.tweets.live.x.access import Access, Patience
from emotion.tweets.live.x.budget import Budget
from emotion.tweets.live.x.rules import Rule, synchronise
from emotion.tweets.live.x.search import DAYS, SETTLED, search, search_client
from emotion.tweets.live.x.search import Page as Found
from emotion.tweets.live.x.stream import Stream

_BEAT = 1.0  # seconds
_BEFORE = 10.0  # seconds before a gap that are searched too: the stream brings posts up to seven late
_REACH = DAYS * 86_400 - 60.0  # seconds back that search is asked for
_LOST = "disconnected"
_BEYOND = f"search reaches back {DAYS} days"


class Heard(Cursor, frozen=True):
    """When the stream last gave a sign of life, in seconds since 1970, and which gaps are not filled yet."""

    at: float
    owed: list[tuple[float, float]]


class FilteredStream:
    """Posts that match the rules, as they are written; what a cut left out is looked for by search, with `fill`."""

    name = "x"
    repeats = True

    def __init__(
        self, access: Access, rules: Sequence[Rule], replace: bool = False, fill: bool = True, settled: float = SETTLED
    ) -> None:
        self._access = access
        self._rules = rules
        self._replace = replace
        self._fill = fill
        self._settled = settled
        self._closed = threading.Event()
        self._stream: Stream | None = None
        self._heard: float | None = None
        self._owed: list[tuple[float, float]] = []
        self._place: tuple[int, str | None] = (0, None)  # rule and page at which the filling of the first gap goes on
        self._patience = Patience()
        self._why: dict[float, str] = {}  # why the stream broke off, by when a gap begins
        self._lost = _LOST
        self._budget = Budget(None)

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """Posts from now on; first, rules are synchronised, and the time since the cursor becomes a gap to fill.

        Raises:
            EmotionError: X refuses the token, the rules or the plan.
        """
        before = decoded(cursor, Heard)
        if before is not None:
            self._heard, self._owed = before.at, list(before.owed)
        self._budget = Budget(most)
        self._stream = stream = Stream(self._access, self._budget)
        if synchronise(stream, self._rules, self._replace, self._closed) is None:
            return
        stream.start()
        while not self._is_over() or not stream.signals.empty():  # what came is paid for
            try:
                signal = stream.signals.get(timeout=_BEAT)
            except queue.Empty:
                signal = None
            if isinstance(signal, signals.Ended):
                if signal.error is not None:
                    raise signal.error
                return
            yield from self._items(signal)
            yield from self._fill_due()
        stream.close()

    def close(self) -> None:
        """End reading."""
        self._closed.set()
        if self._stream is not None:
            self._stream.close()

    def _items(self, signal: signals.Signal | None) -> Iterator[Item]:
        if isinstance(signal, signals.Data):
            self._heard = signal.at
            yield Event(signal.raw, self._cursor())
        elif isinstance(signal, signals.Connected):
            if self._heard is not None:
                self._owed.append((self._heard, signal.at))
                self._why[self._heard] = self._lost
            self._heard, self._lost = signal.at, _LOST
            yield Quiet(self._cursor())
        elif isinstance(signal, signals.Alive):
            self._heard = signal.at
            yield Quiet(self._cursor())
        else:
            if isinstance(signal, signals.Lost) and self._lost == _LOST:
                self._lost = signal.reason  # what began it; more may follow until the next connection
            yield Quiet(alive=False)

    def _fill_due(self) -> Iterator[Item]:
        """Fill the gaps that lie far enough back for search to know their posts.

        A search that fails is tried again later: the stream goes on meanwhile.
        """
        while self._owed and time.time() >= self._owed[0][1] + self._settled and not self._is_over():
            if not self._patience.is_over:
                return
            since, until = self._owed[0]
            oldest = time.time() - _REACH
            why: EmotionError | str | None = _BEYOND if self._fill and since < oldest else None
            if self._fill and until > oldest:
                try:
                    why = (yield from self._found(since - _BEFORE, until)) or why
                except (tweepy.HTTPException, requests.RequestException) as error:
                    self._patience.failed(getattr(error, "response", None))
                    return
                if self._is_over():
                    return
            self._place = (0, None)
            self._owed.pop(0)
            lost = self._why.pop(since, _LOST)
            yield Gap(since, until, lost if why is None else f"{lost}; {why}", self._fill and not why)
            yield Quiet(self._cursor())

    def _is_over(self) -> bool:
        """Whether no more may be asked of search."""
        return self._closed.is_set() or self._budget.is_spent

    def _found(self, since: float, until: float) -> Generator[Item, None, EmotionError | None]:
        """Posts of a gap, from where the last try came to; returns why search refuses, if it does.

        Raises:
            tweepy.HTTPException, requests.RequestException: it fails for now.
        """
        client, start = search_client(self._access), _start(since)
        first, token = self._place
        try:
            for number in range(first, len(self._rules)):
                query = self._rules[number].value
                for page in search(client, query, start, until, self._closed, self._budget, token, tries=1):
                    self._patience, self._place = Patience(), (number, page.following)
                    yield from _events(page, self._cursor(), self._cursor())
                self._place, token = (number + 1, None), None
        except EmotionError as error:
            return error
        return None

    def _cursor(self) -> str | None:
        return None if self._heard is None else Heard(self._heard, self._owed).encode()


class Place(Cursor, frozen=True):
    """Where a search goes on: the rule, the token of its next page, and the time at which the search began.

    `asked` tells what was searched for, and `since` from when on (None: as far back as search reaches); a search that
    came to its end has the number of rules.
    """

    rule: int
    token: str | None
    until: float
    asked: str
    since: float | None


class RecentSearch:
    """Posts of the last seven days that match the rules, newest first, then the end.

    After the end of a search for the same, what came since is searched for; a search for something else begins anew.
    What search no longer reaches is a gap.
    """

    name = "x-search"
    repeats = True

    def __init__(self, access: Access, rules: Sequence[Rule], since: float | None = None) -> None:
        self._access = access
        self._rules = rules
        self._since = since
        self._closed = threading.Event()

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """Posts, rule after rule; a page that was paid for and is kept is not asked for again.

        Raises:
            EmotionError: X refuses.
        """
        place, budget = self._begin(decoded(cursor, Place)), Budget(most)
        if place.since is not None and _start(place.since) is None:
            lost, place = place.since, Place(place.rule, None, place.until, place.asked, None)
            yield Gap(lost, time.time() - _REACH, _BEYOND)
            yield Quiet(self._at(place, place.rule, None))
        client = search_client(self._access)
        for number in range(place.rule, len(self._rules)):
            token = place.token if number == place.rule else None
            query = self._rules[number].value
            for page in search(client, query, place.since, place.until, self._closed, budget, token):
                here, token = token, page.following
                there: tuple[int, str | None] = (number, token) if token else (number + 1, None)
                if page.beyond:
                    there = (number, here)
                yield from _events(page, self._at(place, number, here), self._at(place, *there))
                yield Quiet(self._at(place, *there))

    def close(self) -> None:
        """End reading."""
        self._closed.set()

    def _begin(self, before: Place | None) -> Place:
        asked = blake2b(repr((self._rules, self._since)).encode(), digest_size=8).hexdigest()
        until = time.time() - SETTLED
        if before is None or before.asked != asked:
            return Place(0, None, until, asked, self._since)
        if before.rule >= len(self._rules):
            return Place(0, None, until, asked, before.until)
        if _start(before.until) is None:  # nothing of it can be had any more
            return Place(0, None, until, asked, before.until - _REACH if before.since is None else before.since)
        return before

    @staticmethod
    def _at(place: Place, rule: int, token: str | None) -> str:
        return Place(rule, token, place.until, place.asked, place.since).encode()


def _start(since: float | None) -> float | None:
    """What X is to be asked for as the beginning: it refuses one that it does not reach, and takes none for its own."""
    return None if since is None or since < time.time() - _REACH else since


def _events(page: Found, here: str | None, there: str | None) -> Iterator[Event]:
    """The posts of a page, the last of which leads on; it bears what was paid beyond the budget."""
    yield from (Event(raw, here) for raw in page.posts[:-1])
    yield from (Event(raw, there, 1 + page.beyond) for raw in page.posts[-1:])
