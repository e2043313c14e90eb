"""A finish that is killed: the same call ends with the store of an undisturbed one."""

from pathlib import Path

import pytest

from emotion.stores.finish import finish
from tests.stores.parts import Parts, Row, content, copy_store, kill_at

POINTS = [
    "finish-part:3",
    "finish-staged",
    "finish-swap",
    "finish-swap:4",
    "finish-cleanup:1",
    "finish-cleanup:2",
    "finish-cleanup:3",
]


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One job finished, another about to be: new, repeated, folded and deleted tweets in four months, dead letters."""
    parts = Parts(tmp_path_factory.mktemp("kills") / "store")
    parts.add(0, [Row("a"), Row("b", at="2017-02-01"), Row("c", at=None), Row("d", user="u")], dead=1, deletes=["z"])
    finish(parts.root)
    parts.add(1, [Row("a"), Row("e"), Row("z"), Row("f", at="2017-03-01")], last=False, deletes=["d"], dead=1)
    parts.add(1, [Row("g", at="2017-02-02"), Row("e", folded=True), Row("h", user="u")], dead=2)
    parts.add(2, [Row("i", at=None), Row("f", at="2017-03-01")], users=["u"], deletes=["b"])
    return parts.root


@pytest.fixture(scope="module")
def undisturbed(unfinished: Path) -> Path:
    store = copy_store(unfinished, unfinished.with_name("undisturbed"))
    finish(store)
    return store


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_finish_goes_on_to_the_same_store(
    unfinished: Path, undisturbed: Path, tmp_path: Path, point: str
) -> None:
    store = copy_store(unfinished, tmp_path / "store")
    kill_at(store, point)
    assert finish(store) == finish(undisturbed)
    assert content(store) == content(undisturbed)


def test_a_finish_killed_again_and_again_ends_with_the_same_store(
    unfinished: Path, undisturbed: Path, tmp_path: Path
) -> None:
    store = copy_store(unfinished, tmp_path / "store")
    for point in ("finish-part:2", "finish-staged", "finish-swap:3", "finish-cleanup"):
        kill_at(store, point)
    finish(store)
    assert content(store) == content(undisturbed)


def test_parts_written_after_a_kill_are_taken_in_by_the_same_call(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "store")
    parts.add(0, [Row("a"), Row("b")], deletes=["c"])
    kill_at(parts.root, "finish-swap")
    parts.add(1, [Row("b"), Row("c"), Row("d")])
    totals = finish(parts.root)
    assert (totals.documents, totals.duplicates, totals.removed, totals.labelled) == (3, 1, 1, 5)
