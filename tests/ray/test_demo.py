"""`emotion demo` as it is typed, on the cluster that it starts for itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labelling.made import leftovers
from tests.ray.commands import Begin, commands, finished
from tests.ray.drivers import wait_until_cluster_is_gone, working

pytestmark = pytest.mark.ray


@pytest.fixture
def begin(tmp_path_factory: pytest.TempPathFactory, drivers: list[int]) -> Iterator[Begin]:
    with commands(tmp_path_factory.mktemp("home"), drivers) as begin:
        yield begin


def test_the_demo_labels_on_a_cluster_of_its_own_and_leaves_a_page(begin: Begin, tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    driver = begin(["demo", "--tweets", "300", "--to", str(demo)])
    working(driver, "raylet", 300)
    finished(driver)
    accounts = json.loads((demo / "store" / "run.json").read_bytes())
    assert accounts["documents"] == accounts["labelled"] - accounts["duplicates"] - accounts["removed"] > 200
    assert leftovers(demo / "store") == []
    assert "<html" in (demo / "report.html").read_text(encoding="utf-8")[:200]
    wait_until_cluster_is_gone(driver)
