"""When a worker's cycle collector looks at what."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from emotion.labelling.process import WHOLE, calm_collector, collect_between_parts


class Node:
    """One that holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    with calm_collector():
        yield


def test_a_cycle_of_one_part_is_gone_after_it() -> None:
    node = Node()
    seen = weakref.ref(node)
    del node
    assert seen() is not None
    collect_between_parts()
    assert seen() is None


def test_one_that_outlived_parts_is_gone_some_parts_after_it_came_about() -> None:
    node = Node()
    seen = weakref.ref(node)
    collect_between_parts()
    collect_between_parts()
    del node
    for _ in range(WHOLE):
        collect_between_parts()
    assert seen() is None


def test_the_collector_is_what_it_was_afterwards() -> None:
    assert not gc.isenabled()
    with calm_collector():
        pass
    assert gc.isenabled()
