"""Crawls that do not wait long for a target that fails."""

import pytest


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.crawling.sending._FIRST_WAIT", 0.01)
    monkeypatch.setattr("emotion.crawling.sending._LONGEST_WAIT", 0.05)
