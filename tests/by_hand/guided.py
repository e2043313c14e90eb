"""Fuzzing that looks where it comes to: atheris (libFuzzer) on what reads strangers' bytes and texts: `make guided`.

    python -m tests.by_hand.guided                   # five minutes for each of what is tried, two beside each other
    python -m tests.by_hand.guided --seconds 60 --only files words
    python -m tests.by_hand.guided --only words --again build/guided/words/crash-3f2a

Inputs that lead to code not reached before are kept and changed on. "files" are bytes in every format's name, which are
listed, cut and read as a labelling job does (tests/by_hand/fuzz.py); the others are properties that the tests have
(hypothesis), fed by libFuzzer instead of by chance. Needs atheris, which `make guided` installs into build/atheris.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "guided"
LONGEST, MIB = 30, 2048  # seconds and memory that one input may take
SEED_BYTES = 3000
NAMES = ("a.jsonl", "a.json", "a.js", "a.csv", "a.tsv", "a.txt")  # containers' checksums stop what changes bytes
PROPERTIES = {
    "records": "tests.tweets.test_properties:test_a_record_counts_as_many_as_it_gives",
    "dates": "tests.tweets.test_dates:test_nothing_crashes_it",
    "normal": "tests.text.test_normal:test_the_aligned_text_is_the_normal_text",
    "words": "tests.text.test_tokens:test_both_ways_give_the_same_tokens_with_places_inside_the_text",
    "storable": "tests.text.test_tokens:test_words_are_short_and_can_always_be_stored",
    "names": "tests.text.entities.test_names:test_any_text_gives_names_that_stand_in_it",
    "marks": "tests.sets.test_marks:test_any_text_can_be_looked_at",
    "documents": "tests.stores.test_document:test_no_text_breaks_a_document",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choices = ("files", *PROPERTIES)
    parser.add_argument("--only", nargs="+", choices=choices, default=choices)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", help="an input that is tried once, with its traceback")
    parser.add_argument("--within", help=argparse.SUPPRESS)  # what this program calls itself with
    asked = parser.parse_args()
    if asked.within:
        fuzz(asked.within, asked.seconds, asked.again)
        return
    if asked.again:
        sys.exit(subprocess.run(command(asked.only[0], 0, asked.again), check=False).returncode)
    with ThreadPoolExecutor(asked.workers) as pool:
        held = list(pool.map(lambda name: holds(name, asked.seconds), asked.only))
    sys.exit(not all(held))


def holds(name: str, seconds: int) -> bool:
    """Try one of them in a process of its own, print how far it came and what broke it, and say whether nothing did."""
    with tempfile.TemporaryDirectory(prefix="emotion-guided-") as folder:  # libFuzzer ends without tidying up
        environment = os.environ | {"TMPDIR": folder}
        done = subprocess.run(
            command(name, seconds), env=environment, capture_output=True, text=True, errors="replace", check=False
        )
    lines = done.stderr.splitlines()
    reached = next((line for line in reversed(lines) if "cov:" in line), "nothing reached")
    print(f"{name:<10} {'FAULT' if done.returncode else 'fine':<6} {reached.strip()}", flush=True)
    if done.returncode:
        kept = (path for path in (KEPT / name).iterdir() if path.is_file())
        again = (f"Again: python -m tests.by_hand.guided --only {name} --again {path}" for path in kept)
        print(f"status {done.returncode}:", *lines[-30:], *again, sep="\n")
    return done.returncode == 0


def command(name: str, seconds: int, again: str | None = None) -> list[str]:
    own = [sys.executable, "-m", "tests.by_hand.guided", "--within", name, "--seconds", str(seconds)]
    return own + (["--again", again] if again else [])


def fuzz(name: str, seconds: int, again: str | None) -> None:
    """Never returns: libFuzzer ends the process."""
    atheris = importlib.import_module("atheris")  # not among the pinned: `make guided` installs it
    with atheris.instrument_imports(include=["emotion"]):
        target = files() if name == "files" else prop(PROPERTIES[name])
    corpus = KEPT / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    if name == "files":
        write_seeds(corpus)
    limits = [f"-timeout={LONGEST}", f"-rss_limit_mb={MIB}", f"-artifact_prefix={KEPT / name}/"]
    how = [again] if again else [f"-max_total_time={seconds}", "-max_len=4096", "-len_control=0", str(corpus)]
    atheris.Setup([sys.argv[0], *limits, *how], target)
    atheris.Fuzz()


def prop(place: str) -> Callable[[bytes], Any]:
    """A property of the tests; what it draws is decided by the bytes."""
    module, test = place.split(":")
    found: Callable[[bytes], Any] = getattr(importlib.import_module(module), test).hypothesis.fuzz_one_input
    return found


def files() -> Callable[[bytes], Any]:
    """A file whose first byte chooses its name and how it is cut."""
    from emotion.errors import EmotionError
    from tests.by_hand.fuzz import fault_of

    folder = Path(tempfile.mkdtemp())

    def read(data: bytes) -> None:
        if not data:
            return
        path = folder / NAMES[data[0] % len(NAMES)]
        path.write_bytes(data[1:])
        try:
            fault = fault_of(path, 64 << data[0] // len(NAMES) % 8)
        except EmotionError as refusal:
            fault = "" if str(refusal).endswith(".") else f"no sentence: {refusal}"
        path.unlink()
        assert not fault, fault

    return read


def write_seeds(corpus: Path) -> None:
    """The beginnings of the sample's files, each as one of the names."""
    from emotion.tweets.sample import write_sample
    from tests.by_hand.fuzz import archives

    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder) / "sample", tweets=300)
        for name, content in archives(Path(folder)):
            for place, suffix in enumerate(NAMES):
                if name.endswith(suffix[1:]):
                    (corpus / f"seed-{name}").write_bytes(bytes([place + 7 * len(NAMES)]) + content[:SEED_BYTES])


if __name__ == "__main__":
    main()
