"""Where processes of one machine meet."""

import subprocess
import sys
from pathlib import Path

MEETING = """
import sys, torch
from emotion.distributed.loopback import join
join("gloo", sys.argv[1], int(sys.argv[2]), 2, 60)
given = torch.ones(1)
torch.distributed.all_reduce(given)
torch.distributed.destroy_process_group()
sys.exit(int(given) - 2)
"""


def test_they_meet_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "my rüns #1 100%20"
    folder.mkdir()
    command = [sys.executable, "-c", MEETING, str(folder / "meeting")]
    both = [subprocess.Popen([*command, rank]) for rank in "01"]
    try:
        assert [process.wait(timeout=120) for process in both] == [0, 0]
    finally:
        for process in both:
            process.kill()
            process.wait()
