"""What questions to a directory cost: about all of it, and about one week of it.

    python -m benchmarks.questions FOLDER                                # makes the store there unless it is made
    python -m benchmarks.questions FOLDER --months 24 --tweets 131072    # so many months of so many tweets

Each line is the best of three, the store opened anew each time: seconds and CPU seconds of all, then of the week.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from emotion.stores.answers import Filter
from emotion.stores.columns import ROW_GROUP, write_options
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.document import schema
from tests.made_store import LABELS, PROFILE_LABELS, Made, make_documents, make_store

TEXTS, WORDS = 8192, 20_000  # of each month the same texts, of words as frequent as words are
YEAR = 2019
QUESTIONS: dict[str, Callable[[DirectoryQueries, Filter], Any]] = {
    "summary": lambda queries, filter: queries.summary(filter),
    "timeline": lambda queries, filter: queries.timeline("day", filter),
    "timeline of a word": lambda queries, filter: queries.timeline("day", filter.about("storm")),
    "top words": lambda queries, filter: queries.top("words", filter),
    "search": lambda queries, filter: queries.search("storm", filter),
    "examples": lambda queries, filter: queries.examples(filter),
}


def made(folder: Path, months: int, tweets: int) -> None:
    """Make the store unless it is there; it appears whole, as a stop would leave one that looks made."""
    wanted = {"months": months, "tweets": tweets}
    note = folder / "made.json"
    if note.exists():
        if (found := json.loads(note.read_text(encoding="utf-8"))) != wanted:
            sys.exit(f"{folder} was made with {found}, not with {wanted}: name another folder.")
        return
    if folder.exists():
        sys.exit(f"{folder} was not made here: name another folder.")
    making = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    make(making, months, tweets)
    (making / note.name).write_text(json.dumps(wanted), encoding="utf-8")
    making.rename(folder)


def make(folder: Path, months: int, tweets: int) -> None:
    """A store of so many months of so many tweets each."""
    chance = np.random.default_rng(1)
    often = 1 / np.arange(1, WORDS + 1)
    drawn = chance.choice(WORDS, size=(TEXTS, 12), p=often / often.sum())
    samples = [
        Made(
            str(n),
            " ".join(f"word{word}" for word in words) + " storm" * (n % 50 == 0),
            LABELS[n % len(LABELS)],
            felt=n % 3 == 0,
            user=f"user{n % 3000}",
            hashtags=[f"word{words[0]}"] if n % 4 == 0 else [],
        )
        for n, words in enumerate(drawn)
    ]
    make_store(folder, [])
    names = schema(LABELS, PROFILE_LABELS).names
    texts = make_documents(samples).select(names)
    rows = pa.concat_tables([texts] * -(-tweets // TEXTS)).slice(0, tweets).combine_chunks()
    for month in range(months):
        start = datetime(YEAR + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        micros = np.sort(chance.integers(0, 28 * 86_400_000_000, tweets)) + round(start.timestamp() * 1e6)
        columns = {
            "tweet_id": pa.array([str(10**18 + month * tweets + n) for n in range(tweets)]),
            "created_at": pa.array(micros, pa.timestamp("us", tz="UTC")),
        }
        table = rows
        for name, column in columns.items():
            table = table.set_column(names.index(name), name, column)
        path = folder / f"month={start:%Y-%m}" / "000000-00000-00000.parquet"
        path.parent.mkdir()
        pq.write_table(table, path, row_group_size=ROW_GROUP, **write_options())


def cost(folder: Path, ask: Callable[[DirectoryQueries, Filter], Any], filter: Filter) -> str:
    """Seconds, and CPU seconds, of the best of three."""
    best = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        with DirectoryQueries(folder) as queries:
            ask(queries, filter)
        best.append((time.perf_counter() - wall, time.process_time() - cpu))
    return f"{min(wall for wall, _ in best):8.2f} {min(cpu for _, cpu in best):8.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--tweets", type=int, default=131_072, help="of each month")
    options = parser.parse_args()
    made(options.folder, options.months, options.tweets)
    since = datetime(YEAR, min(options.months, 12), 3, tzinfo=UTC)
    week = Filter(since=since, until=since + timedelta(days=7))
    print(f"{'':20}{'all, s':>8} {'CPU s':>8} {'week, s':>8} {'CPU s':>8}")
    for name, ask in QUESTIONS.items():
        print(f"{name:20}{cost(options.folder, ask, Filter())} {cost(options.folder, ask, week)}", flush=True)


if __name__ == "__main__":
    main()
