"""Texts on their way to vectors: read once from wherever they come, cleaned onto disk, then read as often as needed."""

import io
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from emotion import zstd
from emotion.errors import DataError, UsageError
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer
from emotion.vectors.own.config import OwnConfig
from emotion.vectors.own.counting import BoundedCounter, plain
from emotion.vectors.own.texts import Account

Advance = Callable[[int], None]
"""Told how many texts were done."""

STEP = 10_000  # texts between two reports


@dataclass(frozen=True)
class Corpus:
    """Tweets as lists of words, one tweet a line of a file, so that none runs into another; can be read again.

    `counts` are the words that get a vector, most frequent first; `tokens` counts all words there are.
    """

    path: Path
    counts: dict[str, int]
    texts: int
    tokens: int
    progress: Advance = lambda count: None

    def __len__(self) -> int:
        return self.texts

    def __iter__(self) -> Iterator[list[str]]:
        done = 0
        with zstd.ZstdFile(self.path, "rb") as file:
            for done, line in enumerate(io.BufferedReader(file, 1 << 20), 1):
                yield line.decode().split(" ")[:-1]
                if done % STEP == 0:
                    self.progress(STEP)
        self.progress(done % STEP)


@contextmanager
def cleaned(
    texts: Iterable[str],
    rules: Rules,
    config: OwnConfig,
    near: Path,
    advance: Advance = lambda count: None,
    account: Account | None = None,
) -> Iterator[Corpus]:
    """The texts cleaned by a model's rules, in a folder beside `near` that goes afterwards, as does what a kill left.

    They are read once, and once more from disk, as hashtags are split by the counts of plain words. Memory holds the
    words counted and no text but the one at hand. `account` says what else was read.

    Raises:
        DataError: no word is met often enough.
        UsageError: another process works there.
    """
    with _spool(near) as folder:
        raw, clean = folder / "raw.zst", folder / "clean.zst"
        counted = _spooled(texts, rules, raw, advance)
        counter = BoundedCounter()
        tokenizer, lines = Tokenizer(rules, counted), 0
        with _writing(clean) as file:
            for text in _raw(raw):
                words = tokenizer.tokens(text)[: rules.max_tokens]
                if words:
                    counter.add(words)
                    file.write("".join(f"{word} " for word in words).encode("utf-8", "replace") + b"\n")
                    lines += 1
        raw.unlink()
        counts = counter.frequent(config.min_count, config.max_words)
        if not counts:
            raise DataError(
                f"None of the {len(counter.counts):,} words of {lines:,} texts is met {config.min_count} times; "
                f"give more texts, or a lower --min-count.{f' {account}.' if account else ''}"
            )
        yield Corpus(clean, counts, lines, counter.total)


@contextmanager
def _spool(near: Path) -> Iterator[Path]:
    """The folder beside `near` for what is read, which one process at a time has; it goes afterwards."""
    folder = near.with_name(f".{near.name}.spool")
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise UsageError(f"Another process makes {near}; wait for it, or name another --to.") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _spooled(texts: Iterable[str], rules: Rules, to: Path, advance: Advance) -> dict[str, int]:
    """Write the texts to disk; the counts of their plain words, where hashtags are split by them."""
    counter = BoundedCounter()
    first = Tokenizer(rules.model_copy(update={"hashtags": "keep"}), None) if rules.hashtags == "split" else None
    done = 0
    with _writing(to) as file:
        for done, text in enumerate(texts, 1):
            text = text.encode("utf-8", "replace").decode()
            file.write(orjson.dumps(text) + b"\n")
            if first is not None:
                counter.add(first.tokens(text))
            if done % STEP == 0:
                advance(STEP)
    advance(done % STEP)
    return plain(counter.counts)


def _raw(path: Path) -> Iterator[str]:
    with zstd.ZstdFile(path, "rb") as file:
        for line in io.BufferedReader(file, 1 << 20):
            yield orjson.loads(line)


@contextmanager
def _writing(path: Path) -> Iterator[zstd.ZstdFile]:
    with zstd.ZstdFile(path, "wb", level=1) as file:
        yield file
