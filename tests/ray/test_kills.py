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
    STAGED,
    Start,
    finish,
    kill_counted,
    wait_for_commits,
    wait_until_cluster_is_gone,
    working,
)

pytestmark = pytest.mark.ray
ONE_READER = {"cpus": 1, "gpus": 1}
KINDS = [(FUSED, "driver"), (STAGED, "driver"), (FUSED, "Fused"), (STAGED, "Staged"), (ONE_READER, "Reader")]
KILLS = int(os.environ.get("EMOTION_KILLS", len(KINDS)))


@pytest.mark.parametrize("number", range(KILLS), ids=lambda n: f"{n}-{KINDS[n % len(KINDS)][1]}")
def test_after_a_kill_the_store_equals_the_undisturbed_one(
    number: int, start: Start, tmp_path: Path, undisturbed: Path
) -> None:
    layout, victim = KINDS[number % len(KINDS)]
    driver = start(layout)
    late = number >= len(KINDS)
    wait_for_commits(driver, tmp_path / "store", Random(number).randrange(1, FILES // 2) if late else 1)
    if victim == "driver":
        driver.kill()
        assert kill_counted(tmp_path / "store")
        wait_until_cluster_is_gone(driver)
        driver = start(layout)
    else:
        working(driver, victim).kill()
        assert kill_counted(tmp_path / "store")
    finish(driver)
    assert_equal_stores(tmp_path / "store", undisturbed)
    assert leftovers(tmp_path / "store") == []
    wait_until_cluster_is_gone(driver)
