"""A real server for the tests of this folder: ELASTICSEARCH_URL, else a node of our own, started once a run."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from tests.live.nodes import Node, NoNode


def forget(client: Elasticsearch, name: str) -> None:
    """Remove the indices and templates whose names begin so."""
    for index in client.indices.get(index=f"{name}*", expand_wildcards="all"):
        client.options(ignore_status=404).indices.delete(index=index)
    client.options(ignore_status=404).indices.delete_index_template(name=f"{name}*")


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that tests share; each uses names of its own there."""
    given = os.environ.get("ELASTICSEARCH_URL")
    if given:
        yield given.rstrip("/")
        return
    node = Node(tmp_path_factory.mktemp("elasticsearch"))
    try:
        node.start()
    except NoNode as why:
        pytest.skip(f"no server: ELASTICSEARCH_URL is not set, and {why}")
    yield node.url
    node.stop()


@pytest.fixture(scope="session")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    """A client of the shared server."""
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        yield client


@pytest.fixture
def alias(client: Elasticsearch) -> Iterator[str]:
    """A name that no other test uses; indices and templates that begin with it are removed afterwards."""
    name = f"t{uuid.uuid4().hex[:12]}"
    yield name
    forget(client, name)


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[Node]:
    """A node of the test's own, not started yet, to kill and start again."""
    node = Node(tmp_path / "node")
    yield node
    node.stop()
