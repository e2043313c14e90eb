"""A bucket of a local server that speaks S3."""

from collections.abc import Iterator

import pytest

from tests.objects.made import Bucket, serving


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket, and an environment that leads to it."""
    return Bucket.made(server, monkeypatch, request.node.name)
