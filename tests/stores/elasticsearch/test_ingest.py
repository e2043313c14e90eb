"""The ingest pipeline as it is sent; no server here has the processors that would run it."""

import json

import pytest

from deploy.ingest import main as ingest
from tests.stores.elasticsearch.made_server import recording


def test_the_ingest_pipeline_is_kept_and_used_by_the_stores_indices() -> None:
    has = [{"type": name} for name in ("inference", "script", "remove")]
    template = {"index_patterns": ["tweets-v*"], "template": {"settings": {"index": {"number_of_shards": "3"}}}}
    dates = {"created_date": "2026-11-28T00:00:00Z", "modified_date_millis": 1}
    done = {"acknowledged": True}
    answers = {
        "GET /": (200, {"version": {"number": "9.5.3"}, "tagline": "You Know, for Search"}),
        "GET /_nodes/ingest": (200, {"nodes": {"a": {"ingest": {"processors": has}}}}),
        "GET /_index_template/tweets": (
            200,
            {"index_templates": [{"name": "tweets", "index_template": template | dates}]},
        ),
        "PUT /_ingest/pipeline/tweets-entities": (200, done),
        "PUT /_index_template/tweets": (200, done),
        "PUT /tweets/_settings": (200, done),
    }
    with recording(answers, {"X-Elastic-Product": "Elasticsearch"}) as server:
        assert ingest([f"{server.url}/tweets", "--processor", "inference", "--model", "ner"]) == 0
    sent = {path: json.loads(body) for method, path, _, body in server.asked if method == "PUT"}
    find, keep, forget = sent["/_ingest/pipeline/tweets-entities"]["processors"]
    assert find["inference"]["model_id"] == "ner"
    assert keep["script"]["params"]["kinds"]["LOC"] == "place"
    assert forget["remove"]["field"] == "found_names"
    assert sent["/_index_template/tweets"].keys() == template.keys()  # the server takes no dates of it
    kept = sent["/_index_template/tweets"]["template"]["settings"]["index"]
    assert kept == {"number_of_shards": "3", "default_pipeline": "tweets-entities"}
    assert sent["/tweets/_settings"] == {"index.default_pipeline": "tweets-entities"}


def test_a_server_without_the_processor_keeps_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {
        "GET /": (200, {"version": {"number": "9.5.3"}, "tagline": "You Know, for Search"}),
        "GET /_nodes/ingest": (200, {"nodes": {"a": {"ingest": {"processors": [{"type": "script"}]}}}}),
    }
    with recording(answers, {"X-Elastic-Product": "Elasticsearch"}) as server:
        assert ingest([f"{server.url}/tweets", "--processor", "opennlp"]) == 1
    assert "has no ingest processor opennlp, remove" in capsys.readouterr().err
    assert [method for method, _, _, _ in server.asked if method == "PUT"] == []
