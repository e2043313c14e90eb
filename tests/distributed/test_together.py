"""Two processes train the model that one trains: whatever takes part, a step is that of the whole batch."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from emotion.training.checkpoint import FILE
from emotion.training.recipe import check
from emotion.training.trainer import train
from tests.training.made_sets import recipe, write_sets

ONE_OF_TWO = """
import sys, yaml, torch; torch.set_num_threads(1)
from pathlib import Path
from emotion.distributed.loopback import join
from emotion.training.parallel import Together
from emotion.training.recipe import check
from emotion.training.trainer import train
document, root, folder, rank = sys.argv[1:]
join("gloo", Path(folder, "meeting").as_uri(), int(rank), 2, 60)
print(train(check(yaml.safe_load(document), 'tiny'), Path(root), checkpoints=Path(folder), team=Together()).id)
"""

STAGES = [{"sets": ["single", "several"], "epochs": 2, "batch_size": 7, "optimiser": {"learning_rate": 0.02}}]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    write_sets(folder)
    return folder


def trained_by_two(document: dict[str, Any], root: Path, folder: Path) -> list[str]:
    """The ids of the bundles that the two get."""
    command = [sys.executable, "-c", ONE_OF_TWO, yaml.safe_dump(document, sort_keys=False), str(root), str(folder)]
    both = [subprocess.Popen([*command, rank], stdout=subprocess.PIPE, text=True) for rank in "01"]
    try:
        return [process.communicate(timeout=200)[0].strip() for process in both]
    finally:
        for process in both:
            process.kill()


def test_two_processes_make_the_weights_of_one(root: Path, tmp_path: Path) -> None:
    """Without dropout; batches of seven, so that shares differ and the last batch of one text leaves one without."""
    quiet = {"dropout": 0.0, "word_dropout": 0.0, "weight_dropout": 0.0}
    document = recipe(model=recipe()["model"] | quiet, stages=STAGES)
    (tmp_path / "two").mkdir()
    ids = trained_by_two(document, root, tmp_path / "two")
    assert len(set(ids)) == 1, "all processes get one model"
    train(check(document, "tiny"), root, checkpoints=tmp_path / "one")
    one, two = (load_file(tmp_path / name / FILE) for name in ("one", "two"))
    weights = [name for name in one if name.startswith(("model/", "average/"))]
    assert len(weights) > 10
    for name in weights:
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-4)
