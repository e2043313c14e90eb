"""Kill -9 of driver and workers, in both layouts, between the first and the last commit.

Five kills into a directory, one of each kind; `make soak` goes on with more of them, and with those into an index.
"""

from pathlib import Path

import pytest

from tests.ray.drivers import Drivers
from tests.ray.kills import KINDS, Directory, Kind, kill_and_go_on, moments

pytestmark = pytest.mark.ray


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.index], ids=str)
def test_after_a_kill_the_store_equals_the_undisturbed_one(
    kind: Kind, start: Drivers, tmp_path: Path, undisturbed: Path
) -> None:
    target = Directory(tmp_path / "store")
    kill_and_go_on(kind, moments(kind, 0), start, target, tmp_path / "elsewhere")
    target.assert_equals(undisturbed)
