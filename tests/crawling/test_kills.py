"""From a source to a store, killed at every seam in turn: every tweet once, and each raw record once."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from emotion.tweets.reader import ReadOptions
from tests.stores.parts import finished_ids
from tests.tweets.made import lines, read, status, write

ROOT = Path(__file__).parents[2]
POINTS = ("buffer-half:3", "buffer-appended:2", "frame-sent:2", "after-commit:2", "frame-acknowledged:3", "finish-swap")


def crawl(folder: Path, point: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "tests.crawling.driver",
        *(str(folder / name) for name in ("archive", "store", "raw")),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | ({"EMOTION_CRASH": point} if point else {})
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    records = [status(number, f"tweet {number}") for number in range(300)]
    deleted = {"delete": {"status": {"id_str": "7", "user_id_str": "7"}}}
    write(tmp_path / "archive/1.jsonl", lines([*records[:150], deleted, *records[100:]]) + b"{broken\n")
    for point in POINTS:
        killed = crawl(tmp_path, point)
        assert killed.returncode == -signal.SIGKILL, (point, killed.stderr)
    done = crawl(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["352", "0"]
    found = [id for month in finished_ids(tmp_path / "store").values() for id in month]
    assert sorted(map(int, found)) == [number for number in range(300) if number != 7]
    accounts = json.loads((tmp_path / "store/run.json").read_bytes())
    assert (accounts["read"], accounts["labelled"], accounts["dead_letters"], accounts["deleted"]) == (352, 350, 1, 1)
    assert (accounts["duplicates"], accounts["removed"], accounts["documents"]) == (50, 1, 299)
    raw = read(tmp_path / "raw", ReadOptions())
    assert [tweet.tweet_id for tweet in raw.tweets] == [str(n) for n in (*range(150), *range(100, 300))]
    assert (len(raw.dead_letters), len(raw.deletions)) == (1, 1)
