"""Damaged archives, read to their end: no crash, no hang, no record that is not told of.

    python -m tests.by_hand.fuzz                              # 10,000 mutants in as many processes as there are cores
    python -m tests.by_hand.fuzz --mutants 500 --first 20000  # others
    python -m tests.by_hand.fuzz --only 1234                  # one again, in this process, with its traceback

Each mutant is a file of the sample archive, in one of its formats, compressions and containers, with up to six damages:
bits turned, stretches cut out, doubled, overwritten with noise or a piece of another file, the end cut off. It is
listed, cut into splits and read as `emotion label` reads. The number of a mutant decides all of it.
"""

import argparse
import faulthandler
import io
import lzma
import os
import signal
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NoReturn

from emotion import zstd
from emotion.errors import EmotionError
from emotion.tweets.archive import find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.sample import write_sample
from emotion.tweets.splits import plan_splits
from emotion.tweets.tweet import Part

HANGS = 120  # seconds for one mutant
CHUNK = 50
TOLD = 1_000
KEPT = 300_000  # bytes of a file of one's own
Outcome = tuple[
    int, str, str
]  # number, kind of file, what went wrong ("" where nothing did, or the refusal's sentence)


class Hang(Exception):
    """A mutant took longer than any may."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--archive", type=Path, help="damage the beginnings of these files too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder) / "sample", tweets=300)
        for number, path in enumerate(find_files([str(asked.archive)]).files if asked.archive else ()):
            if content := Path(path.path).read_bytes()[:KEPT]:
                (Path(folder) / "sample" / f"{number}-{Path(path.path).name}").write_bytes(content)
        if asked.only is not None:
            print(read_mutant(asked.only, Path(folder)))
            return
        sys.exit(run(range(asked.first, asked.first + asked.mutants), asked.workers, Path(folder)))


def run(numbers: range, workers: int, folder: Path) -> int:
    """Read them all; 1 where any fails."""
    began, read, faults = time.perf_counter(), Counter[str](), list[str]()
    chunks = [numbers[k : k + CHUNK] for k in range(0, len(numbers), CHUNK)]
    with ProcessPoolExecutor(workers) as pool:
        waiting = [(chunk, pool.submit(read_chunk, chunk, folder)) for chunk in chunks]
        for chunk, done in waiting:
            try:
                for number, kind, fault in done.result():
                    read[kind] += 1
                    faults += [f"{number} ({kind}): {fault}"] if fault else []
            except BrokenProcessPool:
                faults.append(f"a process died in {chunk.start} to {chunk.stop - 1}, or in one beside it")
                break
            if chunk.stop % TOLD == 0:
                print(f"{chunk.stop - numbers.start:,} read, {len(faults)} faults", file=sys.stderr, flush=True)
    for kind, count in sorted(read.items()):
        print(f"{kind:24} {count:7,}")
    print(f"{sum(read.values()):,} mutants in {time.perf_counter() - began:,.0f} s, {len(faults)} faults")
    print(*faults[:20], sep="\n")
    return int(bool(faults))


def read_chunk(numbers: range, folder: Path) -> list[Outcome]:
    """Some of them, each within its time."""
    faulthandler.enable()
    signal.signal(signal.SIGALRM, _give_up)
    return [read_mutant(number, folder, caught=True) for number in numbers]


def read_mutant(number: int, folder: Path, caught: bool = False) -> Outcome:
    """One mutant; what it does wrong is told, or raised where it is not to be `caught`."""
    rng = Random(number)
    kind, content = rng.choice(archives(folder))
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / kind
        path.write_bytes(mutated(content, rng, [other for _, other in archives(folder)]))
        signal.alarm(HANGS if caught else 0)
        try:
            return number, kind, fault_of(path, rng.choice((2_000, 50_000, 64 << 20)))
        except EmotionError as refusal:
            return number, kind, "" if str(refusal).endswith(".") else f"no sentence: {refusal}"
        except Exception:
            if not caught:
                raise
            return number, kind, traceback.format_exc().strip().splitlines()[-1]
        finally:
            signal.alarm(0)


def fault_of(path: Path, split_bytes: int) -> str:
    """What is wrong with how a file is read, or nothing."""
    options = ReadOptions(part_bytes=20_000)
    for place, file in enumerate(find_files([str(path)]).files):
        for split in plan_splits(file, place, split_bytes, None, 0):
            parts = list(read_parts(file, split, options, lambda index: False))
            again = list(read_parts(file, split, options, lambda index: index % 2 == 0))
            if [part.last for part in parts] != [False] * (len(parts) - 1) + [True]:
                return "no last part, or more than one"
            if any(part.read != told(part) for part in parts):
                return "a part does not balance"
            if [(part.index, part.read) for part in again] != [(part.index, part.read) for part in parts[1::2]]:
                return "parts depend on what is done"
    return ""


def told(part: Part) -> int:
    """Records that a part says something of."""
    return len(part.tweets) + len(part.deletions) + len(part.dead_letters) + sum(part.skipped.values())


def mutated(content: bytes, rng: Random, others: list[bytes]) -> bytes:
    """The content with one to six damages."""
    held = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(held) + 1)
        stretch = slice(start, start + rng.choice((1, 4, 64, 1000, 20_000)))
        match rng.randrange(8):
            case 0:
                held[stretch] = bytes(byte ^ (1 << rng.randrange(8)) for byte in held[stretch][:4]) + held[stretch][4:]
            case 1:
                del held[stretch]
            case 2:
                held[start:start] = held[stretch]
            case 3:
                held[stretch] = rng.randbytes(len(held[stretch]))
            case 4:
                other = rng.choice(others)
                at = rng.randrange(len(other))
                held[stretch] = other[at : at + rng.choice((4, 500, 5000))]
            case 5:
                held[stretch] = bytes(len(held[stretch]))
            case 6:
                held[start:start] = rng.choice((b"\n", b'"', b"{", b"}" * 50, b"[" * 5000, b"\xff\xfe", b"\\u", b"\0"))
            case _:
                del held[max(start, len(held) // 2) :]
    return bytes(held)


@lru_cache(maxsize=1)
def archives(folder: Path) -> list[tuple[str, bytes]]:
    """Names and contents of whole files: those of the sample, and what else they may be packed in."""
    files = sorted(path for path in (folder / "sample").rglob("*") if path.is_file())
    found = {path.name: path.read_bytes() for path in files}
    plain = found["timeline.jsonl"]
    found |= {"made.jsonl.xz": lzma.compress(plain), "made.jsonl.zst": zstd.compress(plain)}
    return [
        *found.items(),
        ("made.tar", _tar(plain, "w")),
        ("made.tar.gz", _tar(plain, "w:gz")),
        ("made.zip", _zip(plain)),
    ]


def _tar(plain: bytes, mode: str) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as tar:  # type: ignore[call-overload] # the mode is one of two
        for name in ("a.jsonl", "b.jsonl"):
            info = tarfile.TarInfo(name)
            info.size = len(plain)
            tar.addfile(info, io.BytesIO(plain))
    return target.getvalue()


def _zip(plain: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("a.jsonl", plain)
        container.writestr("b.csv", "id,text\n1,so happy\n")
    return target.getvalue()


def _give_up(*_: object) -> NoReturn:
    raise Hang(f"more than {HANGS} s")


if __name__ == "__main__":
    main()
