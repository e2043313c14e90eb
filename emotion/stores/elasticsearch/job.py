"""What questions need to know of the jobs on a store: their accounts, and whether one is unfinished."""

from typing import TYPE_CHECKING, Any

from emotion.stores.elasticsearch.generations import companion_alias
from emotion.stores.elasticsearch.ledger import COMMIT, RUN, TOTALS
from emotion.stores.elasticsearch.manifest import MANIFEST
from emotion.stores.elasticsearch.paging import counted

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


def read_run(client: "Elasticsearch", alias: str) -> dict[str, Any] | None:
    """The accounts of the jobs so far, or None before one has come to its end."""
    found = _document(client, alias, RUN)
    return found["run"] if found else None


def is_unfinished(client: "Elasticsearch", alias: str) -> bool:
    """Whether a job on this store has not come to its end, so that answers may change."""
    name = companion_alias(alias)
    if not client.indices.exists(index=name):
        return False
    if _document(client, alias, MANIFEST) is not None and _document(client, alias, RUN) is None:
        return True
    client.options(ignore_status=403).indices.refresh(index=name)  # more than who may only read is allowed
    commits = counted(client, name, {"term": {"kind": COMMIT}})
    totals = _document(client, alias, TOTALS)
    return bool(commits != (totals["totals"]["commits"] if totals else 0))


def _document(client: "Elasticsearch", alias: str, id: str) -> dict[str, Any] | None:
    found = client.options(ignore_status=404).get(index=companion_alias(alias), id=id)
    return found["_source"] if found.get("found") else None
