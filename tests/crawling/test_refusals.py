"""What a target refuses stands in `refused.jsonl` once, wherever a crawl is killed."""

import json
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from emotion.crawling.buffer import Buffer
from emotion.crawling.sending import Sender
from emotion.crawling.targets import Receipt
from tests.crawling.made import Taking, raw
from tests.tweets.made import status

NEVER, ENDED = threading.Event(), threading.Event()
ENDED.set()
FRAMES = [[0, 1, 2, 3], [4, 5, 6, 7], [8], [9], [10, 11]]
WRONG = [1, 2, 5, 8, 11]
SENDS = 17  # each frame, and again the halves of those of several in which one is wrong


class Copying(Taking):
    """Refuses what is wrong; at the n-th send it copies the buffer: what a kill would leave there."""

    def __init__(self, buffer: Path, moment: int) -> None:
        super().__init__(poison=b'"lang":"xx"')
        self.left = buffer.with_name("left")
        self._buffer, self._moment = buffer, moment

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Keep the records, or refuse them."""
        if self.sends + 1 == self._moment:
            shutil.copytree(self._buffer, self.left)
        return super().send(source, sequence, records)


class Killed(BaseException):
    """The end of a process."""


class Killing(Copying):
    """Copies the buffer, and the crawl is over."""

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Keep the records, or refuse them."""
        found = super().send(source, sequence, records) if self.sends + 1 < self._moment else None
        if found is None:
            shutil.copytree(self._buffer, self.left)
            raise Killed
        return found


def crawled(folder: Path, target: Taking) -> Sender:
    """All frames are in the buffer, and sent."""
    with Buffer(folder, "s", "t", 10**6) as buffer:
        for ids in FRAMES if buffer.last is None else ():
            records = [orjson.dumps(status(n, lang="xx")) if n in WRONG else raw(n) for n in ids]
            buffer.append(records, None, {}, None, NEVER)
        sender = Sender(buffer, target)
        sender.run(ENDED, NEVER)
    return sender


def noted(folder: Path) -> list[int]:
    """Ids of what was refused, as it stands there."""
    lines = (folder / "refused.jsonl").read_bytes().splitlines()
    return [json.loads(json.loads(line)["raw"])["id"] for line in lines]


def test_a_refusal_tells_where_the_record_was(tmp_path: Path) -> None:
    sender = crawled(tmp_path / "buffer", Copying(tmp_path / "buffer", 0))
    kept = [json.loads(line) for line in (tmp_path / "buffer/refused.jsonl").read_bytes().splitlines()]
    first = kept[0]["sequence"]
    assert [(one["sequence"] - first, one["place"]) for one in kept] == [(0, 1), (0, 2), (1, 1), (2, 0), (4, 1)]
    assert {one["source"] for one in kept} == {json.loads((tmp_path / "buffer/buffer.json").read_bytes())["name"]}
    assert sender.sent.refused == 5


@pytest.mark.parametrize("moment", range(1, SENDS + 1))
def test_what_is_refused_is_kept_once_through_kills(tmp_path: Path, moment: int) -> None:
    target = Copying(tmp_path / "buffer", moment)
    crawled(tmp_path / "buffer", target)
    assert (target.sends, noted(tmp_path / "buffer")) == (SENDS, WRONG)
    crawled(target.left, target)
    assert noted(target.left) == WRONG
    assert sorted(target.ids) == [0, 3, 4, 6, 7, 9, 10]


def test_what_is_too_large_arrives_in_as_few_pieces_as_may_be(tmp_path: Path) -> None:
    target = Taking(most=3)
    sender = crawled(tmp_path, target)
    assert [len(records) for records in target.kept.values()] == [2, 2, 2, 2, 1, 1, 2]
    assert (sorted(target.ids), sender.sent.refused) == (list(range(12)), 0)


@pytest.mark.parametrize("moment", range(1, SENDS + 1))
def test_after_a_kill_a_frame_goes_in_the_same_pieces(tmp_path: Path, moment: int) -> None:
    """Although the target takes all of it now: what has no id has that of its piece."""
    target = Killing(tmp_path / "buffer", moment)
    with pytest.raises(Killed):
        crawled(tmp_path / "buffer", target)
    well = Taking()
    well.kept = target.kept
    crawled(target.left, well)
    refused = noted(target.left) if (target.left / "refused.jsonl").exists() else []
    assert len(set(well.ids)) == len(well.ids)
    assert {*well.ids, *refused} == set(range(12))


@pytest.mark.parametrize("cut", [1, 200, 600])
def test_what_a_kill_left_half_written_is_written_again(tmp_path: Path, cut: int) -> None:
    target = Copying(tmp_path / "buffer", 2)
    crawled(tmp_path / "buffer", target)
    whole = (tmp_path / "buffer/refused.jsonl").read_bytes()
    (target.left / "refused.jsonl").write_bytes(whole[:cut])
    crawled(target.left, target)
    assert (target.left / "refused.jsonl").read_bytes() == whole


def test_what_was_refused_of_another_buffer_hides_nothing(tmp_path: Path) -> None:
    crawled(tmp_path, Copying(tmp_path, 0))
    (tmp_path / "buffer.json").unlink()
    shutil.rmtree(tmp_path / "segments")
    crawled(tmp_path, Copying(tmp_path, 0))
    assert noted(tmp_path) == [*WRONG, *WRONG]
