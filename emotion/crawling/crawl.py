"""A crawl: a source, the buffer, a target, and what they came to."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotion.crawling.buffer import Buffer, Policy
from emotion.crawling.intake import Batching, Intake
from emotion.crawling.raw import RawArchive
from emotion.crawling.sending import Sender
from emotion.crawling.status import Status, measured, money, shown
from emotion.crawling.targets import Target
from emotion.errors import EmotionError, UsageError
from emotion.tweets.live.source import LiveSource

BUFFER_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """How a crawl is run; `buffer` is a folder of its own for this source and target.

    `max_posts` counts over all runs with the same buffer. `price` is what a post costs in US dollars.
    """

    to: str
    buffer: Path
    buffer_bytes: int = BUFFER_BYTES
    when_full: Policy = "wait"
    keep_raw: Path | None = None
    max_posts: int | None = None
    price: float | None = None
    batching: Batching = field(default_factory=Batching)
    metrics: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a crawl came to; `spent` tells that its budget ended it."""

    name: str
    counts: dict[str, int]
    spent: bool
    price: float | None

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        paid = {} if self.price is None else {"dollars": round(self.counts["posts"] * self.price, 4)}
        return {"source": self.name, **self.counts, **paid, "spent": self.spent}

    def line(self) -> str:
        """For a person."""
        counts = self.counts
        said = f"{counts['received']:,} events received, {counts['sent']:,} sent now: "
        said += f"{counts['labelled']:,} tweets labelled"
        others = {"dead letters": "dead_letters", "deletions": "deleted", "skipped": "skipped", "refused": "refused"}
        others |= {"duplicates": "duplicates", "dropped": "dropped", "waiting": "waiting", "gaps": "gaps"}
        said += "".join(f", {counts[name]:,} {word}" for word, name in others.items() if counts[name])
        return f"{said}." if self.price is None else f"{said}; {money(counts['posts'], self.price)}."


def crawl(source: LiveSource, target: Callable[[bool], Target], options: CrawlOptions) -> Outcome:
    """Bring what the source gives to the target until the source ends, the budget is spent, or Ctrl-C.

    What was kept in the buffer survives any kill: the same call goes on from there. `target` is made once the buffer
    is ours, and told whether it has delivered anything before.

    Raises:
        EmotionError: the source or the target refuses for good, or the buffer is another crawler's.
    """
    made = [folder for folder in (options.buffer, options.buffer.parent) if not folder.exists()]
    try:
        options.buffer.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The buffer {options.buffer} cannot be made: {error.strerror}.") from None
    buffer = Buffer(options.buffer, source.name, options.to, options.buffer_bytes, options.when_full)
    try:
        with buffer:
            receiver = target(buffer.has_delivered)
            try:
                return _run(source, buffer, receiver, options)
            finally:
                receiver.close()
    except EmotionError:
        is_used = buffer.newest() is not None or buffer.has_delivered or buffer.dropped
        if not is_used:  # a source or a target that was misspelt leaves nothing behind
            _remove(made)
        raise


def _remove(made: Sequence[Path]) -> None:
    """Folders that were made for nothing, the inner one first; an outer one stays where others use it."""
    for folder in made[:1]:
        shutil.rmtree(folder, ignore_errors=True)
    for folder in made[1:]:
        with suppress(OSError):
            folder.rmdir()


def _run(source: LiveSource, buffer: Buffer, target: Target, options: CrawlOptions) -> Outcome:
    raw = None if options.keep_raw is None else RawArchive(options.keep_raw, buffer.name)
    intake = Intake(source, buffer, raw, options.max_posts, options.batching)
    sender = Sender(buffer, target)
    status = Status(source.name, intake, buffer, sender, options.price, options.max_posts)
    with measured(status, options.metrics), shown(status):
        intake.start()
        try:
            sender.run(intake.done, intake.failed)
        finally:
            intake.stop()
    if intake.error is not None:
        raise intake.error
    return Outcome(source.name, status.counts, intake.spent, options.price)
