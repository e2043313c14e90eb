"""Crawler, API and store at half of what they can do, for an hour: `make endure`, by hand.

    python -m tests.by_hand.endurance                       # an hour
    python -m tests.by_hand.endurance --minutes 5
    python -m tests.by_hand.endurance --to curve.csv        # what was seen, for a chart

A program appends made tweets to a file that is renamed every two minutes, as programs that write logs do; `emotion
crawl --follow` brings them to `emotion serve`, which labels them and writes them into a directory. What all of it can
do is measured first, by a heap of tweets at once. Then half as many come a second, while a reader asks for a summary
every few seconds. Memory (RSS), file handles and threads of each process are looked at all the time. They may not grow
between the second quarter of the time and the last one, and in the end each tweet must be in the store once.
"""

import argparse
import csv
import signal
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import astuple, fields
from pathlib import Path
from statistics import median

import duckdb

from emotion.stores.files import finished_files
from emotion.stores.queries.files import pending_files
from tests.by_hand.endurance_chain import Chain, Feed, Look, Moment, chain

HEAP = 60_000  # tweets that tell what can be done
LOOK_SECONDS = 10.0
DRAIN_SECONDS = 600.0
GROWTH, MIB, HANDLES = 1.05, 1 << 20, 8  # a part more and 16 MiB are no leak; neither are eight handles or threads


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
    end, found = max(look.seconds for look in looks), []
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
        with closing(Feed(folder / "feed")) as feed, chain(folder, feed) as running:
            looks, moments = endure(running, feed, asked.minutes, asked.rate)
            if asked.to:
                write_curve(asked.to, looks, moments)
            counts = ended(running)
        documents, ids = stored(folder / "store")
        waiting = len(pending_files(folder / "store"))
    found = faults(looks)
    answers = sorted(moment.answer_ms for moment in moments)
    print(f"summaries: median {median(answers):,.0f} ms, longest {answers[-1]:,.0f} ms; counts: {counts}")
    print(*(f"put off {times} times: {said}" for said, times in running.put_off.items()), sep="\n")
    if not feed.written == documents == ids:
        found.append(f"{feed.written:,} tweets were written, the store has {documents:,} documents of {ids:,} ids")
    if waiting:
        found.append(f"{waiting} batches were not put in order when the API ended")
    for fault in found:
        print(f"FAULT: {fault}")
    if not found:
        print(f"{documents:,} tweets, each in the store once.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
