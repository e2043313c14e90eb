"""From texts to a folder of vectors: cleaned, counted, learnt, looked at, written.

vectors.safetensors   `vectors` (N, D) and, with sub-words, `pieces` (buckets, D)
words.txt             `word<TAB>count` a line, most frequent first: the words of the rows
embed.json            how they were made, and what they are like
report.html           the same for people
"""

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from safetensors.numpy import save

from emotion.errors import UsageError
from emotion.stores.directory.restart import beside, recover
from emotion.stores.files import TEMPORARY, write_json, write_whole
from emotion.text.rules import Rules
from emotion.vectors.formats.arrays import LONGEST, PIECES, SHORTEST, VECTORS
from emotion.vectors.loading import OWN
from emotion.vectors.own.config import OwnConfig
from emotion.vectors.own.learn import Own, learn
from emotion.vectors.own.look import Look, look
from emotion.vectors.own.spool import Advance, Corpus, cleaned
from emotion.vectors.own.texts import Account

WORDS, FACTS, REPORT = "words.txt", "embed.json", "report.html"
TEXT = "vectors.txt"
_ALL = {WORDS, OWN, FACTS, REPORT, TEXT}


class Watcher(Protocol):
    """Told how far the work is."""

    def begin(self, what: str, total: int | None) -> Advance:
        """A step starts; `total` texts, where that is known."""


@dataclass(frozen=True)
class Made:
    """What was made, of what, and what it is like."""

    own: Own
    config: OwnConfig
    texts: int
    tokens: int
    seconds: float
    look: Look
    account: Account = field(default_factory=Account)

    @property
    def coverage(self) -> float:
        """Share of all words read that have a vector."""
        return sum(self.own.counts.values()) / max(self.tokens, 1)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "config": self.config.to_dict(),
            "read": self.account.to_dict(),
            "texts": self.texts,
            "tokens": self.tokens,
            "words": len(self.own.counts),
            "coverage": self.coverage,
            "seconds": round(self.seconds, 1),
            "neighbours": {word: [asdict(near) for near in found] for word, found in self.look.neighbours.items()},
            "analogies": [asdict(analogy) | {"met": analogy.met} for analogy in self.look.analogies],
        }


def check_target(to: Path) -> None:
    """Refuse before the work what would be refused after it; go on with an exchange that was cut short."""
    recover(to)
    names = [path.name for path in to.iterdir() if path.suffix != TEMPORARY] if to.is_dir() else []
    if (to.exists() and not to.is_dir()) or (names and not {FACTS} <= set(names) <= _ALL):
        raise UsageError(f"--to {to} holds something else than vectors; name a new folder.")
    if to.is_mount():
        raise UsageError(f"--to {to} is a mount point, which cannot be exchanged; name a folder in it.")
    if not to.absolute().parent.is_dir():
        raise UsageError(f"The folder {to.absolute().parent} does not exist; make it first.")


def make(
    texts: Iterable[str], rules: Rules, config: OwnConfig, to: Path, watcher: Watcher, account: Account | None = None
) -> Made:
    """Learn vectors from texts; `account` says what else was read. What lies beside `to` meanwhile goes."""
    began = time.monotonic()
    with cleaned(texts, rules, config, to.absolute(), watcher.begin("reading", None), account) as corpus:
        passes = len(corpus) * config.method.epochs
        followed = Corpus(corpus.path, corpus.counts, len(corpus), corpus.tokens, watcher.begin("learning", passes))
        own = learn(followed, config)
    watcher.begin("looking at neighbours", None)
    seen, account = look(own, config.seed), account or Account()
    return Made(own, config, len(corpus), corpus.tokens, time.monotonic() - began, seen, account)


def write(made: Made, to: Path, page: Callable[[], str], text: bool = False) -> None:
    """Write the folder beside `to`, whole or not at all; `emotion.stores.directory.restart.exchange` puts it there.

    With `text` also as word2vec text, for other programs.
    """
    fresh = beside(to)
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        _fill(fresh, made, page, text)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _fill(to: Path, made: Made, page: Callable[[], str], text: bool) -> None:
    own, cut = made.own, made.config.pieces
    header = {} if cut is None else {SHORTEST: str(cut.shortest), LONGEST: str(cut.longest)}
    tensors = {VECTORS: own.rows} | ({} if own.pieces is None else {PIECES: own.pieces})
    write_whole(to / WORDS, "".join(f"{word}\t{count}\n" for word, count in own.counts.items()).encode())
    write_whole(to / OWN, save(tensors, header))
    if text:
        lines = (f"{word} {' '.join(f'{x:.6g}' for x in row)}\n" for word, row in zip(own.words, own.rows, strict=True))
        write_whole(to / TEXT, f"{len(own.words)} {own.rows.shape[1]}\n{''.join(lines)}".encode())
    write_whole(to / REPORT, page().encode("utf-8", "replace"))
    write_json(to / FACTS, made.to_dict())
