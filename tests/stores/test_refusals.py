"""What a store will never take is told apart from what it cannot take now."""

import json
from pathlib import Path

import pytest

from emotion.errors import StoreRefusal
from emotion.stores.described import describe
from emotion.stores.live.privacy import check_open
from emotion.stores.opening import describe as describe_store
from emotion.stores.opening import open_live

OURS = describe(["joy", "anger"], [])


def test_other_labels_are_refused_for_good(tmp_path: Path) -> None:
    open_live(str(tmp_path / "store"), OURS).close()
    with pytest.raises(StoreRefusal, match="A store holds one label set"):
        open_live(str(tmp_path / "store"), describe(["hope"], []))


def test_what_is_no_store_is_refused_for_good(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StoreRefusal, match="is not a store"):
        open_live(str(tmp_path), OURS)


def test_a_store_of_another_version_is_refused_for_good(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_text(json.dumps({"version": 9, "labels": [], "profile_labels": []}))
    with pytest.raises(StoreRefusal, match="has version 9"):
        describe_store(str(tmp_path))


@pytest.mark.parametrize("promised", ["hash_ids", "drop_user"])
def test_a_private_store_is_refused_for_good(promised: str) -> None:
    with pytest.raises(StoreRefusal, match="users and ids as they come"):
        check_open("s", json.dumps({"content": {promised: True}}).encode())
