"""The two engines on CPU, by compiled kernels and by torch: texts a second on one core, and what they change.

    python -m benchmarks.engines                     # made lines
    python -m benchmarks.engines FILE [FILE ...]     # your own texts, one a line

Ratios are to exact by torch, and changed are the labels that differ from its own. Texts are distinct and cleaned
beforehand.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import torch

from emotion.models.bundle import Bundle
from emotion.models.registry import resolve
from emotion.models.scan.library import kernels
from emotion.predictor import Engine, Predictor
from emotion.text.encoder import Encoded
from emotion.tweets.archive import find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.sample.lines import write_lines
from emotion.tweets.splits import plan_splits

ROUNDS = 3
ENGINES: tuple[Engine, ...] = ("exact", "fast")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--model")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    bundle = Bundle.load(resolve(asked.model))
    texts = list(dict.fromkeys(lines(asked.files) if asked.files else made(60_000)))
    if kernels(False, bundle.config.hidden) is None:
        print("There are no compiled kernels for this model here: both rows of an engine are torch's.")
    ways = product(ENGINES, (True, False))
    predictors = {(engine, compiled): Predictor(bundle, "cpu", engine, compiled) for engine, compiled in ways}
    encoded = next(iter(predictors.values())).encode(texts)
    found = {way: one.predict_encoded(encoded) for way, one in predictors.items()}
    rates = dict.fromkeys(predictors, 0.0)
    for _ in range(ROUNDS):
        for way, one in predictors.items():
            rates[way] = max(rates[way], rate(one, encoded))
    print(
        f"{len(texts):,} distinct texts, {np.diff(encoded.offsets).mean():.1f} words each; the best of {ROUNDS} rounds"
    )
    for (engine, compiled), own in rates.items():
        changed = found[engine, compiled].best != found["exact", False].best
        by = "kernels" if compiled else "torch"
        share = f"{changed.mean():.3%} of labels changed"
        print(f"{engine:<6} {by:<8} {own:9,.0f} texts/s  {own / rates['exact', False]:5.2f}  {share} ({changed.sum()})")


def rate(one: Predictor, encoded: Encoded) -> float:
    """Texts a CPU-second."""
    began = time.process_time()
    one.predict_encoded(encoded)
    return (len(encoded.offsets) - 1) / (time.process_time() - began)


def lines(files: list[Path]) -> Iterator[str]:
    for path in files:
        yield from path.read_text(errors="replace").splitlines()


def made(count: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.jsonl"
        write_lines(path, count, 800)
        file = find_files([str(path)]).files[0]
        for part in read_parts(file, plan_splits(file, 0)[0], ReadOptions(), lambda part: False):
            yield from (tweet.text for tweet in part.tweets)


if __name__ == "__main__":
    main()
