"""Crawler, API and store at half of what they can do, for an hour: `make endure`, by hand.

    python -m tests.endurance                       # an hour
    python -m tests.endurance --minutes 5
    python -m tests.endurance --to curve.csv        # what was seen, for a chart

A program appends made tweets to a file that is renamed every two minutes, as programs that write logs do; `emotion
crawl --follow` brings them to `emotion serve`, which labels them and writes them into a directory. What all of it can
do is measured first, by a heap of tweets at once. Then half as many come a second, while a reader asks for a summary
every few seconds. Memory (RSS), file handles and threads of each process are looked at all the time. They may not grow
between the second quarter of the time and the last one, and in the end each tweet must be in the store once.
"""

import argparse
import csv
import itertools
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import median

import duckdb
import httpx
import psutil

from benchmarks.serve import ROOT, Server, served
from emotion.stores.queries.documents import finished_files, pending_files
from emotion.tweets.sample.lines import lines

HEAP = 60_000  # tweets that tell what can be done
LOOK_SECONDS = 10.0
TICK_SECONDS = 0.25
RENAME_SECONDS = 120.0
KEPT = 3  # files under former names
DRAIN_SECONDS = 600.0
GROWTH, MIB, HANDLES = 1.05, 1 << 20, 8  # a part more and 16 MiB are no leak; neither are eight handles or threads
ROLES = {  # what stands in a process's command line
    "replica": "ServeReplica",
    "controller": "ServeController",
    "proxy": "haproxy",
    "proxy actor": "ProxyActor",
    "GCS": "gcs_server",
    "raylet": "raylet/raylet",
    "serve": "emotion serve",
    "crawler": "emotion crawl",
}


@dataclass(frozen=True)
class Look:
    """What one process, or all of a kind, used at a moment: seconds since the start, bytes, and counts."""

    seconds: float
    role: str
    resident: int
    handles: int
    threads: int


@dataclass(frozen=True)
class Moment:
    """How the whole of it went at a moment: tweets that wait on disk, milliseconds of an answer, files of the store."""

    seconds: float
    sent: int
    waiting: int
    answer_ms: float
    files: int


class Feed:
    """A file that grows, at a rate, and is renamed from time to time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path = folder / "events.jsonl"
        self.written = 0
        self._made = itertools.chain.from_iterable(block.splitlines(keepends=True) for block in lines(1 << 40))
        self._names = itertools.count(1)
        self._file = self.path.open("ab", buffering=0)

    def append(self, count: int) -> None:
        """Write so many tweets more."""
        self._file.write(b"".join(itertools.islice(self._made, count)))
        self.written += count

    def rename(self) -> None:
        """Begin a new file; the oldest of those before goes."""
        self._file.close()
        number = next(self._names)
        self.path.rename(self.path.with_name(f"{self.path.name}.{number:04}"))
        self.path.with_name(f"{self.path.name}.{number - KEPT:04}").unlink(missing_ok=True)
        self._file = self.path.open("ab", buffering=0)

    def run(self, rate: float, seconds: float) -> None:
        """Write at this rate for so long."""
        began = time.monotonic()
        renamed, done = began, 0
        while (now := time.monotonic()) - began < seconds:
            due = int((now - began) * rate)
            self.append(due - done)
            done = due
            if now - renamed > RENAME_SECONDS:
                self.rename()
                renamed = now
            time.sleep(TICK_SECONDS)


class Chain:
    """The crawler and the API, as a user starts them."""

    def __init__(self, server: Server, crawler: "subprocess.Popen[bytes]", numbers: int, store: Path) -> None:
        self.server, self.crawler = server, crawler
        self._numbers, self._store = numbers, store
        self.put_off: Counter[str] = Counter()

    def number(self, name: str) -> int:
        """One of the crawler's own numbers."""
        said = httpx.get(f"http://127.0.0.1:{self._numbers}/metrics", timeout=30).text
        found = re.search(rf"^emotion_crawl_{name}{{.*}} (\S+)$", said, re.MULTILINE)
        return int(float(found[1])) if found else 0

    def wait_until_sent(self, count: int, seconds: float) -> float:
        """Seconds until the API has so many."""
        began = time.monotonic()
        while self.number("sent_total") < count:
            assert self.crawler.poll() is None, "the crawler ended"
            assert time.monotonic() - began < seconds, f"{self.number('sent_total')} of {count} after {seconds:.0f} s"
            time.sleep(0.1)
        return time.monotonic() - began

    def moment(self, seconds: float) -> Moment:
        """How it goes; a reader's question is one of the things measured."""
        began = time.perf_counter()
        answer = httpx.get(f"{self.server.url}/v1/summary", timeout=60)
        took = 1000 * (time.perf_counter() - began)
        if answer.status_code == 503:  # it may be asked again
            self.put_off[answer.json()["detail"]] += 1
        else:
            answer.raise_for_status()
        files = sum(1 for path in self._store.rglob("*") if path.is_file())
        return Moment(seconds, self.number("sent_total"), self.number("waiting"), took, files)

    def looks(self, seconds: float) -> list[Look]:
        """What each kind of process uses."""
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        below = psutil.Process().children(recursive=True)
        for process in below:
            with suppress(psutil.Error):
                role = role_of(process)
                if role:
                    used = (process.memory_info().rss, process.num_fds(), process.num_threads())
                    found[role] = [sum(pair) for pair in zip(found[role], used, strict=True)]
        return [Look(seconds, role, *used) for role, used in found.items()]


def role_of(process: psutil.Process) -> str | None:
    """The part that a process plays, or None where it is not looked at."""
    words = " ".join(process.cmdline()).replace("-m emotion", "emotion")
    return next((role for role, mark in ROLES.items() if mark in words), None)


@contextmanager
def chain(folder: Path, feed: Feed) -> Iterator[Chain]:
    """API and crawler, which end by Ctrl-C."""
    store = folder / "store"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        numbers = int(probe.getsockname()[1])
    with served("local", "--store", str(store), "--write") as server:
        command = [sys.executable, "-m", "emotion", "crawl", str(feed.path), "--follow", "--to", server.url]
        command += ["--buffer", str(folder / "buffer"), "--metrics", str(numbers)]
        with (folder / "crawler.log").open("wb") as log:
            crawler = subprocess.Popen(command, cwd=ROOT, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{numbers}/metrics")
            yield Chain(server, crawler, numbers, store)
        finally:
            crawler.kill()


def wait_for(address: str) -> None:
    for _ in range(600):
        with suppress(httpx.TransportError):
            httpx.get(address)
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")


def endure(chain: Chain, feed: Feed, minutes: float, rate: float | None) -> tuple[list[Look], list[Moment]]:
    """This rate, or half of what can be done, for so long; what was seen meanwhile."""
    feed.append(HEAP // 4)
    chain.wait_until_sent(feed.written, DRAIN_SECONDS)  # all is warm
    feed.append(HEAP)
    can = HEAP / chain.wait_until_sent(feed.written, DRAIN_SECONDS)
    rate, seconds = rate or can / 2, 60 * minutes
    print(f"{can:,.0f} tweets a second can be done; {rate:,.0f} come a second for {minutes:g} minutes", flush=True)
    looks: list[Look] = []
    moments: list[Moment] = []
    writer = threading.Thread(target=feed.run, args=(rate, seconds), daemon=True)
    began = time.monotonic()
    writer.start()
    shown = 0.0
    while writer.is_alive():
        writer.join(LOOK_SECONDS)
        now = time.monotonic() - began
        looks += chain.looks(now)
        moments.append(chain.moment(now))
        if now - shown > 300:
            shown = now
            print(in_words(moments[-1], looks), flush=True)
    chain.wait_until_sent(feed.written, DRAIN_SECONDS)
    return looks, moments


def in_words(moment: Moment, looks: list[Look]) -> str:
    """A line of progress."""
    used = ", ".join(
        f"{look.role} {look.resident / MIB:,.0f} MiB {look.handles} handles"
        for look in looks
        if look.seconds == looks[-1].seconds and look.role in ("replica", "crawler")
    )
    return (
        f"{moment.seconds / 60:5.1f} min  {moment.sent:>10,} sent, {moment.waiting:,} wait, {moment.files} files, "
        f"summary in {moment.answer_ms:,.0f} ms; {used}"
    )


def ended(chain: Chain) -> dict[str, int]:
    """The crawler's counts; then it is ended as a user does, who sees a sentence and status 130."""
    counts = {name: chain.number(f"{name}_total") for name in ("received", "duplicates", "dropped", "gaps", "retries")}
    chain.crawler.send_signal(signal.SIGINT)
    assert chain.crawler.wait(DRAIN_SECONDS) == 130, f"the crawler ended with {chain.crawler.returncode}"
    return counts


def stored(store: Path) -> tuple[int, int]:
    """Documents, and ids, in the months and in batches that wait for the next writer."""
    files = [str(path) for path in (*finished_files(store), *pending_files(store))]
    question = "SELECT count(*), count(DISTINCT tweet_id) FROM read_parquet(?, union_by_name = true)"
    with duckdb.connect() as connection:
        row = connection.execute(question, [files]).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def faults(looks: list[Look]) -> list[str]:
    """What grew from the second quarter of the time to the last; prints all of it as a table."""
    end, found = looks[-1].seconds, []
    print(f"{'second quarter, last':<21} {'MiB':>13} {'handles':>13} {'threads':>13}")
    for role in dict.fromkeys(look.role for look in looks):
        own = [look for look in looks if look.role == role]
        second = [look for look in own if end / 4 <= look.seconds < end / 2]
        last = [look for look in own if look.seconds >= end * 3 / 4]
        if not second or not last:
            found.append(f"{role} was not there all the time")
            continue
        pairs = [(usual(second, name), usual(last, name)) for name in ("resident", "handles", "threads")]
        (memory, later), *counts = pairs
        shown = [(memory / MIB, later / MIB), *counts]
        print(f"{role:<21}", *(f"{one:6,.0f} {other:6,.0f}" for one, other in shown))
        if later > GROWTH * memory + 16 * MIB:
            found.append(f"{role} grew from {memory / MIB:,.0f} to {later / MIB:,.0f} MiB")
        if any(other > one + HANDLES for one, other in counts):
            found.append(f"{role} has more handles or threads in the end")
    return found


def usual(looks: list[Look], name: str) -> float:
    """The median of what was seen."""
    return float(median(getattr(look, name) for look in looks))


def write_curve(path: Path, looks: list[Look], moments: list[Moment]) -> None:
    """Every look, with what went on at that moment beside it."""
    at = {moment.seconds: moment for moment in moments}
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(one.name for one in (*fields(Look), *fields(Moment)[1:]))
        rows.writerows((*astuple(look), *astuple(at[look.seconds])[1:]) for look in looks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, help="tweets a second, instead of half of what can be done")
    parser.add_argument("--to", type=Path, help="a CSV file of all that was seen")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emotion-endurance-") as name:
        folder = Path(name)
        feed = Feed(folder / "feed")
        with chain(folder, feed) as running:
            looks, moments = endure(running, feed, asked.minutes, asked.rate)
            if asked.to:
                write_curve(asked.to, looks, moments)
            counts = ended(running)
        documents, ids = stored(folder / "store")
    found = faults(looks)
    answers = sorted(moment.answer_ms for moment in moments)
    print(f"summaries: median {median(answers):,.0f} ms, longest {answers[-1]:,.0f} ms; counts: {counts}")
    print(*(f"put off {times} times: {said}" for said, times in running.put_off.items()), sep="\n")
    if not feed.written == documents == ids:
        found.append(f"{feed.written:,} tweets were written, the store has {documents:,} documents of {ids:,} ids")
    for fault in found:
        print(f"FAULT: {fault}")
    if not found:
        print(f"{documents:,} tweets, each in the store once.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
