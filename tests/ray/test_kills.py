"""Kill -9 of driver and workers, in both layouts, between the first and the last commit.

Five kills by default, one of each kind; EMOTION_KILLS asks for more (`make soak`), each at another moment.
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.labelling.made import assert_equal_stores, leftovers
from tests.ray.drivers import (
    FILES,
    FUSED,
    ONE_READER,
    STAGED,
    Desks,
    at_work,
    commits,
    kill_counted,
    wait_until,
    wait_until_cluster_is_gone,
    working,
)

pytestmark = pytest.mark.ray
KINDS = [(FUSED, "driver"), (FUSED, "Fused"), (STAGED, "driver"), (STAGED, "Staged"), (ONE_READER, "Reader")]
KILLS = int(os.environ.get("EMOTION_KILLS", len(KINDS)))


@pytest.mark.parametrize("number", range(KILLS), ids=lambda n: f"{n}-{KINDS[n % len(KINDS)][1]}")
def test_after_a_kill_the_store_equals_the_undisturbed_one(
    number: int, desks: Desks, tmp_path: Path, undisturbed: Path
) -> None:
    layout, victim = KINDS[number % len(KINDS)]
    store, desk = tmp_path / "store", desks.of(layout)
    wait_until(lambda: not any(at_work(desk.driver.pid, f"({victim})")), desk.driver)  # of a job before this one
    desk.ask(store)
    wanted = Random(number).randrange(1, FILES // 2) if number >= len(KINDS) else 1
    wait_until(lambda: commits(store) >= wanted, desk.driver)
    (desk.driver if victim == "driver" else working(desk.driver.pid, victim)).kill()
    assert kill_counted(store)
    if victim == "driver":
        wait_until_cluster_is_gone(desk.driver)
        desk = desks.of(layout)
        desk.ask(store)
    assert desk.answer() is None
    assert_equal_stores(store, undisturbed)
    assert leftovers(store) == []
