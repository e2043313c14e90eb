"""What Elasticsearch can beyond a directory: ranking by relevance, with its own highlighting."""

from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from emotion.cli import run
from emotion.stores.answers import Filter
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.queries.index import ElasticsearchQueries
from tests.live.filled import fill
from tests.made_store import Made, make_store

pytestmark = pytest.mark.live

MADE = [
    Made("1", "the storm, the storm & the <b>sea</b>", "fear"),
    Made("2", "a long tweet on the weather that speaks of a storm once, far away from here", "joy"),
    Made("3", "marks of our own: \ue000storm\ue001 🌊", "fear"),
    Made("4", "lanterns", "joy"),
]


def test_the_best_match_stands_first_as_the_server_marks_it(
    client: Elasticsearch, elasticsearch_url: str, alias: str
) -> None:
    fill(client, alias, MADE)
    with ElasticsearchQueries(address(f"{elasticsearch_url}/{alias}", {})) as queries:
        found = queries.relevant("storm sea")
        assert found.total == 3
        first = found.hits[0]
        assert first.tweet_id == "1"
        assert [first.text[start:end] for start, end in first.highlights] == ["storm", "storm", "sea"]
        assert [hit.highlights for hit in found.hits if hit.tweet_id == "3"] == [[]]
        assert {hit.tweet_id for hit in queries.relevant("storm", Filter(emotion="fear")).hits} == {"1", "3"}


def test_the_command_ranks_an_index_and_refuses_a_directory(
    client: Elasticsearch, elasticsearch_url: str, alias: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(client, alias, MADE)
    assert run(["search", f"{elasticsearch_url}/{alias}", "storm sea", "--relevance", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("1,")
    assert run(["search", str(make_store(tmp_path / "store", MADE)), "storm", "--relevance"]) == 2
    assert "is no index, and ranks tweets by time alone" in capsys.readouterr().err
