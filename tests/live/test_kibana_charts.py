"""Kibana itself cannot be started here: what its charts ask of the index is asked of a real server."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from emotion.stores.elasticsearch.kibana.objects import saved_objects
from tests.live.filled import DESCRIBED, fill
from tests.made_store import Made

pytestmark = pytest.mark.live

MADE = [
    Made(
        "1", "storm 😱", "fear", hashtags=["Storm"], entities=[("person", "Otto"), ("place", "Briar")], profile=["fear"]
    ),
    Made("2", "bus at 7", "joy", felt=False),
    Made("3", "happy lanterns", "joy", hashtags=["Storm", "Lanterns"], entities=[(None, "Gull")], profile=["joy"]),
]


def aggregations(columns: dict[str, Any], order: list[str]) -> dict[str, Any]:
    """What Lens makes of its columns: a group within the other, and numbers at the innermost."""
    made: dict[str, Any] = {}
    for id in reversed(order):
        column, params = columns[id], columns[id]["params"]
        field = {"field": column["sourceField"]}
        match column["operationType"]:
            case "terms":
                chosen = {"size": params["size"]} | {name: params[name] for name in ("exclude",) if name in params}
                made = {id: {"terms": field | chosen, "aggs": made}}
            case "date_histogram":
                made = {id: {"date_histogram": field | {"calendar_interval": "day"}, "aggs": made}}
            case "average":
                made = made | {id: {"avg": field}}
            case "count":
                pass
    return made


def groups(answer: dict[str, Any]) -> list[Any]:
    """The values of every group, whatever holds them."""
    keys = []
    for each in answer.values():
        if isinstance(each, dict):
            for bucket in each.get("buckets", ()):
                keys += [bucket["key"], *groups(bucket)]
    return keys


def test_every_chart_finds_what_the_tweets_hold(client: Elasticsearch, alias: str) -> None:
    fill(client, alias, MADE)
    found = {}
    for chart in (each for each in saved_objects(alias, DESCRIBED) if each["type"] == "lens"):
        state = chart["attributes"]["state"]
        layer = state["datasourceStates"]["formBased"]["layers"]["layer"]
        asked = aggregations(layer["columns"], layer["columnOrder"])
        none = [{"term": {"counted.emotion": "none"}}] if state["query"]["query"] else []
        answer = client.search(
            index=alias, size=0, aggregations=asked or None, query={"bool": {"must_not": none}}, track_total_hits=True
        )
        found[chart["id"].removeprefix(f"emotion-{alias}-")] = answer
    assert {name: answer["hits"]["total"]["value"] for name, answer in found.items() if name in ("tweets", "felt")} == {
        "tweets": 3, "felt": 2,
    }  # fmt: skip
    assert set(groups(found["all"]["aggregations"])) == {"none", "fear", "joy"}
    assert {"Storm", "Lanterns"} <= set(groups(found["hashtags"]["aggregations"]))
    assert {"Otto", "Briar", "Gull"} <= set(groups(found["entities"]["aggregations"]))
    assert "Otto" in groups(found["people"]["aggregations"])
    assert set(groups(found["words"]["aggregations"])) - {"fear", "joy"} == {"storm", "screaming", "happy", "lanterns"}
    assert {"fear", "joy"} & set(groups(found["time"]["aggregations"]))
    assert set(groups(found["week"]["aggregations"])) == {12, 5}
    assert found["score"]["aggregations"]["score"]["value"] == pytest.approx(0.9)
    assert [name for name, answer in found.items() if answer.get("aggregations") and empty(answer)] == []


def empty(answer: Any) -> bool:
    held = answer["aggregations"]
    return not groups(held) and not any("value" in each for each in held.values())


def test_the_list_of_tweets_can_be_searched_and_sorted(client: Elasticsearch, alias: str) -> None:
    fill(client, alias, MADE)
    (search,) = [each for each in saved_objects(alias, DESCRIBED) if each["type"] == "search"]
    ((field, order),) = search["attributes"]["sort"]
    answer = client.search(index=alias, sort=[{field: order}], query={"query_string": {"query": "text:storm"}})
    assert [hit["_id"] for hit in answer["hits"]["hits"]] == ["1"]
