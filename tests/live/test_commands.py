"""Commands on a store in Elasticsearch, as a person types them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from deploy.ingest import main as ingest
from emotion.cli import run
from emotion.stores.elasticsearch.kibana.objects import saved_objects
from emotion.stores.opening import open_queries
from tests.live.filled import DESCRIBED, fill
from tests.live.proxy import between, gives
from tests.made_store import LABELS, Made
from tests.stores.elasticsearch.made_server import recording

pytestmark = pytest.mark.live

MADE = [
    Made("1", "scared of the storm", "fear", hashtags=["Storm"], entities=[("place", "Briar")]),
    Made("2", "the bus leaves", felt=False),
]


@pytest.fixture
def store(client: Elasticsearch, elasticsearch_url: str, alias: str) -> str:
    fill(client, alias, MADE)
    return f"{elasticsearch_url}/{alias}"


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(arguments) == 0
    return json.loads(capsys.readouterr().out)


def test_questions_are_answered(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "summary", store, "--json")["emotions"]["none"] == 1
    assert output(capsys, "search", store, "storm", "--json")["total"] == 1
    assert output(capsys, "timeline", store, "--json")[0]["emotions"]["fear"] == 1
    assert output(capsys, "top", store, "places", "--json")[0]["written"] == "Briar"


def test_a_report_and_an_export_are_written(store: str, tmp_path: Path) -> None:
    assert run(["report", store, "--to", str(tmp_path / "page.html")]) == 0
    assert "Briar" in (tmp_path / "page.html").read_text()
    assert run(["export", store, "--to", str(tmp_path / "tweets.jsonl"), "--emotion", "fear"]) == 0
    assert [json.loads(line)["tweet_id"] for line in (tmp_path / "tweets.jsonl").read_text().splitlines()] == ["1"]


def test_vectors_are_learnt_from_its_texts(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--dimension", "2", "--epochs", "1", "--min-count", "1", "--json"]
    found = output(capsys, "embed", store, "--to", str(tmp_path / "v"), *options)
    assert (found["texts"], found["words"]) == (2, 6)


def test_a_store_that_is_not_there_is_a_sentence(elasticsearch_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["summary", f"{elasticsearch_url}/nobody-made-this"]) == 2
    assert "There is no store at" in capsys.readouterr().err


def test_an_index_of_something_else_is_a_sentence(
    client: Elasticsearch, elasticsearch_url: str, alias: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client.index(index=alias, document={"a": 1})
    assert run(["summary", f"{elasticsearch_url}/{alias}"]) in (1, 2)
    assert "is not a store" in capsys.readouterr().err


def test_a_dashboard_is_sent_to_kibana_or_written_to_a_file(
    store: str, alias: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_queries(store) as queries:
        summary = queries.summary()
    assert summary.first is not None
    assert summary.last is not None
    times = summary.first.isoformat(), (summary.last + timedelta(seconds=1)).isoformat()
    expected = saved_objects(alias, DESCRIBED, times)
    assert run(["kibana", "--store", store, "--to", str(tmp_path / "k.ndjson")]) == 0
    assert [json.loads(line) for line in (tmp_path / "k.ndjson").read_text().splitlines()] == expected
    answers = {
        "GET /s/team/api/status": (200, {"version": {"number": "9.5.3"}}),
        "POST /s/team/api/saved_objects/_import": (200, {"success": True, "successCount": len(expected)}),
    }
    capsys.readouterr()
    with recording(answers) as kibana:
        assert run(["kibana", kibana.url, "--store", store, "--space", "team"]) == 0
    assert f"{len(expected)} objects are in Kibana" in capsys.readouterr().out
    assert len(kibana.asked) == 2


def test_a_pipeline_for_names_becomes_the_stores_own(
    store: str, client: Elasticsearch, elasticsearch_url: str, alias: str
) -> None:
    """With a made-up list of processors, and without the pipeline, which this node would refuse."""
    has = [{"type": name} for name in ("opennlp", "script", "remove")]
    with between(elasticsearch_url) as proxy:
        proxy.add(gives({"nodes": {"a": {"ingest": {"processors": has}}}}), "_nodes/ingest", times=2)
        proxy.add(gives({"acknowledged": True}), "_ingest/pipeline", times=2)
        for _ in range(2):
            assert ingest([f"{proxy.url}/{alias}", "--processor", "opennlp"]) == 0
    (template,) = client.indices.get_index_template(name=alias)["index_templates"]
    kept = template["index_template"]
    assert kept["template"]["settings"]["index"]["default_pipeline"] == f"{alias}-entities"
    assert kept["template"]["mappings"]["_meta"]["emotion"]["labels"] == list(LABELS)
    (settings,) = client.indices.get_settings(index=alias).values()
    assert settings["settings"]["index"]["default_pipeline"] == f"{alias}-entities"


def test_names_at_the_server_need_a_processor_that_it_has(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The node of the tests has none, as a server without the plugin or the licence."""
    assert ingest([store, "--processor", "opennlp"]) == 1
    assert "has no ingest processor" in capsys.readouterr().err
