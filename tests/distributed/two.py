"""Two plain processes that train one model together, without Ray."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from emotion.models.bundle import Bundle

ONE_OF_TWO = """
import sys, yaml, torch; torch.set_num_threads(1)
from pathlib import Path
from emotion.distributed.loopback import join
from emotion.training.parallel import Together
from emotion.training.recipe import check
from emotion.training.trainer import train
document, root, folder, rank, before = sys.argv[1:]
exec(before)
join("gloo", str(Path(folder, "meeting")), int(rank), 2, 60)
bundle = train(check(yaml.safe_load(document), 'tiny'), Path(root), checkpoints=Path(folder), team=Together())
bundle.save(Path(folder, f"bundle-{rank}"))
"""


def trained_by_two(document: dict[str, Any], root: Path, folder: Path, before: str = "") -> list[Bundle]:
    """The bundles that the two get; `folder` holds their checkpoints. Both do first what is said in `before`."""
    both = _begun(document, root, folder, before)
    try:
        assert [process.wait(timeout=800) for process in both] == [0, 0]
    finally:
        _end(both)
    return [Bundle.load(folder / f"bundle-{rank}") for rank in "01"]


def killed_after(epoch: int, document: dict[str, Any], root: Path, folder: Path) -> None:
    """Both die after an epoch, whose checkpoint stays."""
    both = _begun(document, root, folder, "", crash=f"epoch:{epoch}")
    try:
        assert both[0].wait(timeout=800) < 0
    finally:
        _end(both)
    (folder / "meeting").unlink(missing_ok=True)


def _begun(
    document: dict[str, Any], root: Path, folder: Path, before: str, crash: str = "none"
) -> list[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", ONE_OF_TWO, yaml.safe_dump(document, sort_keys=False), str(root), str(folder)]
    environment = os.environ | {"EMOTION_CRASH": crash}
    return [subprocess.Popen([*command, rank, before], env=environment) for rank in "01"]


def _end(both: list[subprocess.Popen[bytes]]) -> None:
    for process in both:
        process.kill()
        process.wait()
