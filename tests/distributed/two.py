"""Two plain processes that train one model together, without Ray."""

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
document, root, folder, rank = sys.argv[1:]
join("gloo", Path(folder, "meeting").as_uri(), int(rank), 2, 60)
bundle = train(check(yaml.safe_load(document), 'tiny'), Path(root), checkpoints=Path(folder), team=Together())
bundle.save(Path(folder, f"bundle-{rank}"))
"""


def trained_by_two(document: dict[str, Any], root: Path, folder: Path) -> list[Bundle]:
    """The bundles that the two get; `folder` holds their checkpoints."""
    command = [sys.executable, "-c", ONE_OF_TWO, yaml.safe_dump(document, sort_keys=False), str(root), str(folder)]
    both = [subprocess.Popen([*command, rank]) for rank in "01"]
    try:
        assert [process.wait(timeout=800) for process in both] == [0, 0]
    finally:
        for process in both:
            process.kill()
            process.wait()
    return [Bundle.load(folder / f"bundle-{rank}") for rank in "01"]
