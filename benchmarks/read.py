"""The rate of each stage of reading, on one core, on made stream lines or on a line file of your own.

    python benchmarks/read.py                       # 20,000 made lines of 4,000 bytes
    python benchmarks/read.py --bytes 800
    python benchmarks/read.py --archive FILE        # lines of a file instead, repeated to fill --lines

Every number is the best of several runs, by CPU time, in lines per CPU-second and in decompressed MB per CPU-second.
"""

import argparse
import bz2
import gzip
import lzma
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from emotion import zstd
from emotion.tweets.archive import find_files
from emotion.tweets.decompress import decompress
from emotion.tweets.formats.records import JsonRecords
from emotion.tweets.formats.results import Context
from emotion.tweets.reader import PART_BYTES, ReadOptions, read_parts
from emotion.tweets.sample.lines import lines
from emotion.tweets.splits import plan_splits
from emotion.tweets.streams import plain_pieces
from emotion.tweets.stretches import cut_lines

PIECE = 1 << 20
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda plain: gzip.compress(plain, 6),
    "zst": zstd.compress,
    "xz": lambda plain: lzma.compress(plain, preset=1),
    "bz2": bz2.compress,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--bytes", type=int, choices=(800, 4000), default=4000)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    plain = real_lines(asked.archive, asked.lines) if asked.archive else b"".join(lines(asked.lines, asked.bytes))
    count = plain.count(b"\n")
    print(f"{count:,} lines of {len(plain) / count:,.0f} bytes\n\n| stage | lines/s | MB/s |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name, stage in stages(plain, Path(folder)):
            seconds = best(stage, asked.runs)
            print(f"| {name} | {count / seconds:,.0f} | {len(plain) / seconds / 1e6:,.0f} |", flush=True)


def stages(plain: bytes, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is measured: pieces of the way, then the whole way for each compression."""
    records = plain.splitlines()
    parse = JsonRecords(Context("bench")).parse
    yield "cut into lines", lambda: drain(cut_lines(pieces(plain), PART_BYTES))
    yield "parse and project", lambda: drain(parse(record, 1) for record in records)
    packed = {kind: compress(plain) for kind, compress in COMPRESS.items()}
    for kind, stored in packed.items():
        yield f"decompress {kind}", partial(unpack, stored, kind)
    yield "decompress bz2 (standard module)", lambda: drain([bz2.decompress(packed["bz2"])])
    yield "read plain, whole way", partial(read, written(folder / "a.jsonl", plain))
    for kind, stored in packed.items():
        yield f"read {kind}, whole way", partial(read, written(folder / f"a.jsonl.{kind}", stored))


def real_lines(path: Path, count: int) -> bytes:
    """The lines of a file, over and over until there are enough."""
    stored = path.read_bytes()
    found = b"".join(plain_pieces(pieces(stored)))
    return found * -(-count // max(1, found.count(b"\n")))


def pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PIECE] for start in range(0, len(data), PIECE))


def drain(items: Iterable[object]) -> None:
    for _ in items:
        pass


def unpack(stored: bytes, kind: str) -> None:
    drain(decompress(pieces(stored), kind))


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def read(path: Path) -> None:
    (file,) = find_files([str(path)]).files
    for split in plan_splits(file, 0):
        drain(read_parts(file, split, ReadOptions(), lambda index: False))


def best(stage: Callable[[], None], runs: int) -> float:
    """CPU-seconds of the quickest run."""
    taken = []
    for _ in range(runs):
        began = time.process_time()
        stage()
        taken.append(time.process_time() - began)
    return min(taken)


if __name__ == "__main__":
    main()
