"""Two processes that train one model make it as one process does."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from emotion.models.classifier import Classifier
from emotion.training.hardware import Hardware
from emotion.training.loop.fit import Stage, fit
from emotion.training.loop.loss import HeadLoss
from emotion.training.parallel import Alone, Team, Together
from emotion.training.recipe import StageConfig
from emotion.training.watcher import Silence
from tests.training.loop.test_fit import HEADS, network, nothing, taught

ROOT = Path(__file__).resolve().parents[3]
MEMBER = """
import sys, torch
from pathlib import Path
from torch import distributed
from safetensors.torch import save_file
from emotion.training.parallel import Together
from tests.training.loop.test_team import trained
torch.set_num_threads(1)
folder, rank = Path(sys.argv[1]), int(sys.argv[2])
distributed.init_process_group("gloo", init_method=f"file://{folder / 'meet'}", rank=rank, world_size=2)
team = Together()
assert (team.rank, team.size) == (rank, 2)
assert team.total(rank + 0.5) == 2.0
assert team.first(lambda: f"from {rank}") == "from 0"
assert team.gather(torch.tensor([rank])).tolist() == [[0], [1]]
model, loss = trained(team)
save_file({"loss": torch.tensor(loss)} | dict(model.state_dict()), folder / f"{rank}.safetensors")
distributed.destroy_process_group()
"""


def trained(team: Team) -> tuple[Classifier, float]:
    """Without dropout, in batches of eleven and of one text: uneven shares, and none."""
    model = network()
    config = StageConfig(sets=("made",), epochs=2, batch_size=11)
    losses = {name: HeadLoss(head) for name, head in HEADS.items()}
    random = np.random.default_rng(0)
    history = fit(Stage(model, losses, taught(), config, nothing, random, Silence(), True, Hardware(), team))
    return model, history[-1]["loss"]


def test_two_processes_give_the_model_of_one(tmp_path: Path) -> None:
    members = [
        subprocess.Popen([sys.executable, "-c", MEMBER, str(tmp_path), str(rank)], cwd=ROOT) for rank in range(2)
    ]
    assert [member.wait(timeout=600) for member in members] == [0, 0]
    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    model, loss = trained(Alone())
    assert first.pop("loss").item() == pytest.approx(loss)
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(first[name], weight, atol=1e-6, rtol=1e-4)


def test_a_team_needs_a_process_group() -> None:
    with pytest.raises(ValueError, match="process group"):
        Together()
