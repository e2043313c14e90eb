"""What a command costs, measured by a process that has a pool's helper beside it."""

import subprocess
import sys
from pathlib import Path

# As long as several looks are apart, on any machine.
LEFT = "import time; any(time.process_time() > 1 for _ in iter(int, 1))"
MEASURE = f"""
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from benchmarks.cost import cost
if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(abs, -1).result()
    found = cost(["sh", "-c", "(python3 -c '{LEFT}' 2>/dev/null &) ; true"])
    print(found.cpu > 0.5)
"""


def test_it_waits_for_what_the_command_leaves_running_and_for_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "measure.py").write_text(MEASURE)
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, tmp_path / "measure.py"],
        env={"PYTHONPATH": str(root), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
