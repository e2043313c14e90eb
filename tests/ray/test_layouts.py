"""Clusters too small for a plan, and of other sizes than those of test_kills.py: the same store, or a sentence."""

from pathlib import Path

import pytest

from tests.labelling.made import assert_equal_stores, leftovers
from tests.ray.drivers import ONE_READER, Desks, Layout

pytestmark = pytest.mark.ray
ONE, FOUR = {"cpus": 1, "gpus": 0}, {"cpus": 4, "gpus": 0}


@pytest.mark.parametrize("layout", [ONE_READER, ONE], ids=str)
def test_what_stops_a_worker_is_told_in_its_own_sentence_alone(layout: Layout, desks: Desks, tmp_path: Path) -> None:
    desk = desks.of(layout)
    desk.ask(tmp_path / "store", changed=1)
    answer = desk.answer()
    assert answer is not None
    assert "changed while it was being read" in answer
    assert [line for line in desk.said.splitlines() if line.startswith("emotion: ")] == [f"emotion: {answer}"]
    assert "Failed to apply" not in desk.said


def test_a_plan_that_cannot_fit_is_a_sentence(desks: Desks, tmp_path: Path) -> None:
    desk = desks.of(ONE)
    desk.ask(tmp_path / "store", workers=3)
    assert "3 worker(s) need as many CPUs, but the cluster offers 1" in (desk.answer() or "")


@pytest.mark.parametrize("layout", [ONE, FOUR], ids=str)
def test_the_store_equals_that_of_a_run_without_a_cluster(
    layout: Layout, desks: Desks, tmp_path: Path, undisturbed: Path
) -> None:
    desk = desks.of(layout)
    desk.ask(tmp_path / "store")
    assert desk.answer() is None
    assert_equal_stores(tmp_path / "store", undisturbed)
    assert leftovers(tmp_path / "store") == []
