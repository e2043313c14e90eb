"""The labelling job end to end, beside the same work without Ray and beside the model alone.

    python -m benchmarks.label                                   # a million small lines, three pairs
    python -m benchmarks.label --bytes 4000 --compression bz2    # the real size, as the Internet Archive has it
    python -m benchmarks.label --archive FOLDER --pairs 1        # your own

"Ray" is `emotion label --ray local --workers 2`, "plain" is `--ray off --workers 2`: the same function in two plain
processes; then the model alone, on one core, in this one. The three are run in turn, as often as there are pairs.
CPU-seconds are those of the whole process tree, Ray's daemons included, the two workers' told apart; ratios are
plain to Ray, so 1 means that Ray costs nothing. The start of Ray is measured on an archive of 100 lines and given
apart. Run it with nothing else at work.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from benchmarks.cost import Cost, cost
from emotion.tweets.sample.lines import lines

FILES = 8
SUFFIX = {"plain": ".jsonl", "gz": ".jsonl.gz", "bz2": ".jsonl.bz2", "zst": ".jsonl.zst"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tweets", type=int, default=1_000_000)
    parser.add_argument("--bytes", type=int, choices=(800, 4000), default=800)
    parser.add_argument("--compression", choices=sorted(SUFFIX), default="plain")
    parser.add_argument("--archive", type=Path, help="measure these files, instead of made ones")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--model")
    parser.add_argument("--engine", default="exact")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # long work, often into a file
    with tempfile.TemporaryDirectory() as folder:
        compare(asked, Path(folder))


def compare(asked: argparse.Namespace, folder: Path) -> None:
    archive = asked.archive or write_archive(folder / "archive", asked.tweets, asked.bytes, asked.compression)
    tiny = write_archive(folder / "tiny", 100, asked.bytes, "plain")
    start = {way: cost(command(asked, tiny, folder, way)) for way in ("ray", "plain")}
    made = f"{asked.tweets:,} lines of {asked.bytes} bytes, {asked.compression}"
    print(f"{asked.archive or made}, engine {asked.engine}")
    print(f"the start alone: Ray {shown(start['ray'])}; plain {shown(start['plain'])}")
    ratios: list[tuple[float, float, float]] = []
    alone = Alone(asked, archive)
    rates: list[float] = []
    for pair in range(asked.pairs):
        ray, plain = (cost(command(asked, archive, folder, way)) for way in ("ray", "plain"))
        ratios.append((plain.cpu / ray.cpu, plain.wall / ray.wall, worked(plain, start["plain"], ray, start["ray"])))
        tweets = json.loads((folder / "store" / "run.json").read_bytes())["read"]
        for way, spent in (("Ray", ray), ("plain", plain)):
            rate, each = tweets / spent.wall, spent.cpu / tweets * 1e6
            print(f"pair {pair + 1}  {way:<5}  {shown(spent)}  {rate:8,.0f} tweets/s  {each:6.1f} CPU-s per million")
            first, second, *others = spent.of_each
            print(f"        the workers {first:.1f} and {second:.1f} CPU-s, all else {sum(others):.1f}")
        rates.append(alone.rate())
        print(f"pair {pair + 1}  the model alone, one core  {rates[-1]:8,.0f} distinct texts/s")
    by_cpu, by_wall, without = (statistics.median(values) for values in zip(*ratios, strict=True))
    print(f"median ratio plain/Ray: {by_cpu:.2f} by CPU, {by_wall:.2f} by wall, {without:.2f} by CPU without the start")
    print(f"the model alone, one core: median {statistics.median(rates):,.0f} distinct texts/s of {len(alone.texts):,}")


def write_archive(folder: Path, tweets: int, line_bytes: int, compression: str, files: int | None = None) -> Path:
    """Files of equal length, eight where nothing is said; all cores compress, each by its own tool's library."""
    folder.mkdir()
    count = files or FILES
    each = -(-tweets // count)
    numbers = range(count if files or tweets >= count * 100 else 1)
    paths = [folder / f"{number}{SUFFIX[compression]}" for number in numbers]
    if len(paths) == 1:
        write_file(paths[0], each, line_bytes, 0)
        return folder
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(write_file, paths, repeat(each), repeat(line_bytes), numbers))
    return folder


def write_file(path: Path, tweets: int, line_bytes: int, number: int) -> None:
    from emotion.tweets.sample.files import create

    with create(path) as file:
        for block in lines(tweets, line_bytes, seed=number, first=number * tweets):  # type: ignore[arg-type]
            file.write(block)


def command(asked: argparse.Namespace, archive: Path, folder: Path, way: str) -> list[str]:
    store = folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    ray = {"ray": "local", "plain": "off"}[way]
    model = ["--model", asked.model] if asked.model else []
    emotion = [sys.executable, "-m", "emotion", "label", str(archive), "--to", str(store)]
    return [*emotion, "--ray", ray, "--workers", "2", "--engine", asked.engine, *model]


def worked(plain: Cost, plain_start: Cost, ray: Cost, ray_start: Cost) -> float:
    return (plain.cpu - plain_start.cpu) / (ray.cpu - ray_start.cpu)


def shown(spent: Cost) -> str:
    return f"{spent.wall:6.1f} s, {spent.cpu:6.1f} CPU-s"


class Alone:
    """The model in this process, with the distinct texts of the archive's first part."""

    def __init__(self, asked: argparse.Namespace, archive: Path) -> None:
        import torch

        from emotion.predictor import Predictor
        from emotion.tweets.archive import find_files
        from emotion.tweets.reader import ReadOptions, read_parts
        from emotion.tweets.splits import plan_splits

        torch.set_num_threads(1)
        file = find_files([str(archive)]).files[0]
        parts = read_parts(file, plan_splits(file, 0)[0], ReadOptions(), lambda part: False)
        self.texts = list(dict.fromkeys(tweet.text for tweet in next(parts).tweets))
        self._predictor = Predictor.load(asked.model, engine=asked.engine)
        self._predictor(self.texts[:1000])

    def rate(self) -> float:
        """Texts a CPU-second, from texts in memory to predictions."""
        began = time.process_time()
        self._predictor(self.texts)
        return len(self.texts) / (time.process_time() - began)


if __name__ == "__main__":
    main()
