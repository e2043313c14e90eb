"""What each stage of labelling does alone, on one core: tweets per CPU-second, and its share of the whole.

python -m benchmarks.stages                        # 200,000 lines of 800 bytes
python -m benchmarks.stages --bytes 4000 --compression bz2
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import torch

from benchmarks.label import SUFFIX
from emotion.labelling.memory import Memory
from emotion.labelling.process import calm_collector
from emotion.predictor import Predictor
from emotion.stores.columns import write_options
from emotion.stores.document import Context, documents, prediction_columns
from emotion.text.encoder import Encoded
from emotion.tweets.archive import find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.sample.lines import write_lines
from emotion.tweets.selection import Selection
from emotion.tweets.splits import plan_splits
from emotion.tweets.tweet import Part

T = TypeVar("T")


class Stages:
    """CPU-seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, name: str, work: Callable[[], T]) -> T:
        """Do the work, and add its CPU time to the stage."""
        began = time.process_time()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - began
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tweets", type=int, default=200_000)
    parser.add_argument("--bytes", type=int, choices=(800, 4000), default=800)
    parser.add_argument("--compression", choices=sorted(SUFFIX), default="plain")
    parser.add_argument("--model")
    parser.add_argument("--engine", choices=("exact", "fast"), default="exact")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"lines{SUFFIX[asked.compression]}"
        write_lines(path, asked.tweets, asked.bytes)
        predictor = Predictor.load(asked.model, engine=asked.engine)
        predictor(["warm up"] * 10)
        with calm_collector():
            stages = measure(path, predictor)
    whole = sum(stages.seconds.values())
    print(f"{asked.tweets:,} lines of {asked.bytes} bytes, {asked.compression}, engine {asked.engine}")
    for name, seconds in stages.seconds.items():
        print(f"{name:<28} {asked.tweets / seconds:12,.0f} tweets/s {seconds / whole:6.1%}")
    print(f"{'all, one after the other':<28} {asked.tweets / whole:12,.0f} tweets/s")


def measure(path: Path, predictor: Predictor) -> Stages:
    """Take the file through every stage, part by part, as a worker does."""
    stages = Stages()
    chosen = Selection(frozenset({"en"}))
    file = find_files([str(path)]).files[0]
    for split in plan_splits(file, 0):
        memory = Memory(lambda texts: _predict(stages, predictor, texts))
        read = partial(next, read_parts(file, split, ReadOptions(), lambda part: False), None)
        while (part := stages.timed("read and parse", read)) is not None:
            label(stages, part, chosen, memory, path.parent / "part.parquet")
    return stages


def label(stages: Stages, part: Part, chosen: Selection, memory: Memory, to: Path) -> None:
    tweets = stages.timed("select", lambda: [tweet for tweet in part.tweets if chosen.reason(tweet) is None])
    nested = sum(stages.seconds.get(name, 0.0) for name in ("clean and encode", "model", "columns of predictions"))
    began = time.process_time()
    predicted = memory([tweet.text for tweet in tweets])
    inside = sum(stages.seconds[name] for name in ("clean and encode", "model", "columns of predictions")) - nested
    spread = time.process_time() - began - inside
    stages.seconds["spread over equal texts"] = stages.seconds.get("spread over equal texts", 0.0) + spread
    table = stages.timed("documents", lambda: documents(tweets, predicted, Context("f", "exact", "job", 0)))
    stages.timed("write", lambda: pq.write_table(table, to, **write_options()))


def _predict(stages: Stages, predictor: Predictor, texts: Sequence[str]) -> pa.Table:
    encoded: Encoded = stages.timed("clean and encode", lambda: predictor.encode(texts, spans=False))
    predictions = stages.timed("model", lambda: predictor.predict_encoded(encoded))
    return stages.timed("columns of predictions", lambda: prediction_columns(predictions))


if __name__ == "__main__":
    main()
