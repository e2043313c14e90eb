"""A store in Elasticsearch of made documents, for tests of what reads one."""

from collections.abc import Sequence

import pyarrow as pa
from elasticsearch import Elasticsearch

from emotion.stores.described import describe
from emotion.stores.elasticsearch.mapping import index_template
from emotion.stores.elasticsearch.sources import lines
from tests.made_store import LABELS, PROFILE_LABELS, Made, make_documents

DESCRIBED = describe(LABELS, PROFILE_LABELS)


def fill(client: Elasticsearch, alias: str, made: Sequence[Made], shards: int = 1) -> None:
    """A live index of these documents behind the alias, and its template."""
    fill_table(client, alias, make_documents(made), shards)


def fill_table(client: Elasticsearch, alias: str, documents: pa.Table, shards: int = 1) -> None:
    """A live index of these documents behind the alias, and its template."""
    template = index_template(alias, DESCRIBED, {"number_of_shards": shards, "number_of_replicas": 0})
    client.indices.put_index_template(name=alias, body=template)
    client.indices.create(index=f"{alias}-live-2021.03", aliases={alias: {}})
    operations: list[object] = []
    for identity, source in lines(documents):
        operations += [{"index": {"_index": f"{alias}-live-2021.03", "_id": identity}}, source]
    if operations:
        answer = client.bulk(operations=operations, refresh=True)  # type: ignore[arg-type]  # lines are sent as they are
        assert not answer["errors"], [item for item in answer["items"] if "error" in item["index"]][:1]
