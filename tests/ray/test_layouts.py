"""Clusters of other sizes than those of test_kills.py: the same store as without a cluster, or a sentence."""

from pathlib import Path

import pytest

from tests.labelling.made import assert_equal_stores, leftovers
from tests.ray.drivers import Drivers, finish, wait_until_cluster_is_gone

pytestmark = pytest.mark.ray
ONE, FOUR = {"cpus": 1, "gpus": 0}, {"cpus": 4, "gpus": 0}


@pytest.mark.parametrize("layout", [ONE, FOUR], ids=str)
def test_the_store_equals_that_of_a_run_without_a_cluster(
    layout: dict[str, int], start: Drivers, tmp_path: Path, undisturbed: Path
) -> None:
    driver = start(layout)
    finish(driver)
    assert_equal_stores(tmp_path / "store", undisturbed)
    assert leftovers(tmp_path / "store") == []
    wait_until_cluster_is_gone(driver)


def test_a_plan_that_cannot_fit_is_a_sentence(start: Drivers) -> None:
    process = start(ONE, workers=3)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "3 worker(s) need as many CPUs, but the cluster offers 1" in errors


@pytest.mark.parametrize("gpus", [0, 1])
def test_what_stops_a_worker_is_told_in_its_own_sentence_alone(gpus: int, start: Drivers) -> None:
    process = start({"cpus": 1, "gpus": gpus}, changed=1)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 1
    said = [line for line in errors.splitlines() if line.startswith("emotion: ")]
    assert len(said) == 1
    assert "changed while it was being read" in said[0]
    assert "Failed to apply" not in errors
