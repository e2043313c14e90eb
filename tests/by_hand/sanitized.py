"""The tests of the model's kernels, with these built to find wrong memory and undefined behaviour: `make sanitize`.

    python -m tests.by_hand.sanitized

A copy of the package is tested whose kernels were compiled with gcc's address and undefined-behaviour sanitizers; a
process that does one wrong thing ends at once, and so does this. Needs gcc with its sanitizers' libraries.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-O1", "-g", "-ffp-contract=fast", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
LIBRARIES = ("libasan.so", "libubsan.so")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("emotion", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        shutil.copy2(ROOT / "pyproject.toml", copy)
        build(copy / "emotion/models/scan")
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/models/scan"]
        loaded = {"LD_PRELOAD": " ".join(map(library, LIBRARIES)), "ASAN_OPTIONS": "detect_leaks=0"}
        done = subprocess.run(tests, cwd=copy, env=os.environ | loaded | {"PYTHONPATH": folder}, check=False)
    sys.exit(done.returncode)


def build(folder: Path) -> None:
    """Compile the kernels of a package where they are looked for."""
    to = folder / "_kernels.abi3.so"
    subprocess.run(["gcc", *FLAGS, "-shared", "-fPIC", str(folder / "kernels.c"), "-o", str(to)], check=True)


def library(name: str) -> str:
    """Where gcc has a library; its bare name where it has none, of which the loader then complains."""
    return subprocess.run(
        ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
