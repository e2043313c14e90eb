"""`--dry-run`: what a crawl would bring, sent nowhere and kept nowhere."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

from emotion.crawling.sources import Wanted, rules_of
from emotion.crawling.status import money
from emotion.stores.live.records import read
from emotion.tweets.dates import to_iso
from emotion.tweets.formats.results import Result
from emotion.tweets.live.source import Event, Gap, LiveSource
from emotion.tweets.tweet import DeadLetter, Deletion, Tweet


def of_x(wanted: Wanted, price: float) -> Iterator[str]:
    """The rules as they would be, how many posts of the last seven days match, and what as many would cost.

    Raises:
        EmotionError: X refuses, or does not answer a few tries.
    """
    from emotion.tweets.live.x.access import access, briefly
    from emotion.tweets.live.x.rules import compare
    from emotion.tweets.live.x.search import DAYS, count, search_client
    from emotion.tweets.live.x.stream import Stream

    rules, reached = rules_of(wanted), access()
    if wanted.network == "x":
        change = compare(rules, briefly(reached, Stream(reached).get_rules).get("data") or ())
        yield f"{change.keep} rules stay, {len(change.add)} come, {len(change.delete)} of ours go."
        yield from (f"not ours: {value}" for value in change.foreign.values())
    client, total = search_client(reached), 0
    for rule in rules:
        found = briefly(reached, partial(count, client, rule.value))
        total += found
        yield f"{found:>12,}  {rule.tag}  {rule.value}"
    yield f"{total:>12,}  matched in the last {DAYS} days, a post more than once where several rules do."
    yield f"As many again: {money(total, price)}; a day of that: {money(round(total / DAYS), price)}."


class Rehearsal:
    """Reads a source and tells what its records are."""

    def __init__(self, source: LiveSource) -> None:
        self.counts: Counter[str] = Counter()
        self._source = source

    def lines(self, most: int | None = None) -> Iterator[str]:
        """One line an event, up to `most` posts."""
        for item in self._source.read(None):
            if isinstance(item, Gap):
                yield f"gap: {item.reason}"
            elif isinstance(item, Event):
                self.counts["posts"] += item.posts
                yield from map(self._told, read([item.raw], "").results)
                if most is not None and self.counts["posts"] >= most:
                    self._source.close()
                    return

    def _told(self, result: Result) -> str:
        if isinstance(result, Tweet):
            self.counts["tweets"] += 1
            when = "" if result.created_at is None else f"{to_iso(result.created_at)} "
            return f"{when}{result.lang or '-'} {result.text}"
        if isinstance(result, DeadLetter):
            self.counts["dead letters"] += 1
            return f"dead letter: {result.reason}"
        if isinstance(result, Deletion):
            self.counts["deletions"] += 1
            return f"deletion: {result.tweet_id or result.user_id}"
        self.counts["skipped"] += 1
        return f"skipped: {result}"
