"""What a question to an index asks the server, and how often."""

from typing import Any
from unittest.mock import Mock

from emotion.stores.answers import Filter
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.queries.asking import Index
from emotion.stores.elasticsearch.queries.tweets import examples, search
from tests.made_store import LABELS


def an_index() -> tuple[Index, list[dict[str, Any]]]:
    """An index without tweets, and what it was searched for."""
    client, asked = Mock(), list[dict[str, Any]]()

    def searched(**of: Any) -> dict[str, Any]:
        asked.append(of)
        hits = {"hits": [], "total": {"value": 0}}
        return {"pit_id": "moment", "hits": hits, "aggregations": {"known": {"buckets": [{"key": "soo"}]}}}

    client.open_point_in_time.return_value = {"id": "moment"}
    client.search.side_effect = searched
    return Index(client, address("http://localhost:9200/tweets", {}), "tweets", everything=False), asked


def test_what_an_elongation_means_is_asked_once_for_an_answer() -> None:
    index, asked = an_index()
    drawn = Filter(query="sooooo")
    with index.still() as now:
        examples(now, drawn, LABELS, 3)
        search(now, drawn, 3, unfinished=False)
    looked_up = [of for of in asked if "known" in of.get("aggregations", ())]
    assert (len(looked_up), len(asked)) == (1, 1 + len(LABELS) + 2)


def test_another_answer_asks_what_an_elongation_means_by_then() -> None:
    index, asked = an_index()
    for _ in range(2):
        with index.still() as now:
            search(now, Filter(query="sooooo"), 3, unfinished=False)
    assert len([of for of in asked if "known" in of.get("aggregations", ())]) == 2
