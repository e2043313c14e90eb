from pathlib import Path

import pytest

from emotion.errors import JobError
from emotion.labelling.tries import MOST, begin
from emotion.stores.directory.tries import TryFiles


def test_work_that_never_ends_is_given_up_by_name(tmp_path: Path) -> None:
    for _ in range(MOST):
        begin(TryFiles(tmp_path), "part", "a.jsonl")
    with pytest.raises(JobError, match=f"a.jsonl ended its worker {MOST} times"):
        begin(TryFiles(tmp_path), "part", "a.jsonl")


def test_work_that_ends_may_be_done_as_often_as_one_likes(tmp_path: Path) -> None:
    for _ in range(MOST + 2):
        begin(TryFiles(tmp_path), "part", "a.jsonl")
        TryFiles(tmp_path).end("part")


def test_a_new_attempt_begins_with_none(tmp_path: Path) -> None:
    for _ in range(MOST):
        begin(TryFiles(tmp_path), "part", "a.jsonl")
    TryFiles(tmp_path).forget()
    begin(TryFiles(tmp_path), "part", "a.jsonl")
    TryFiles(tmp_path).forget()
    assert list(tmp_path.iterdir()) == []
