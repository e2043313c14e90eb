"""Have the server itself find the names in tweets as they come in, by an ingest pipeline.

    python deploy/ingest.py http://localhost:9200/tweets --processor inference --model MODEL
    python deploy/ingest.py http://localhost:9200/tweets --processor opennlp

`inference` needs a named-entity model that is deployed on the server (a licence for machine learning); `opennlp` needs
the plugin ingest-opennlp. The pipeline runs for documents that are written from then on. Secrets come from the
environment, as for every store (see docs/elasticsearch.md). Without either, `emotion label --entities` finds names
before they are sent, on any server.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from elasticsearch import Elasticsearch

from emotion.errors import EmotionError, StoreError
from emotion.stores.elasticsearch.address import Address, address
from emotion.stores.elasticsearch.connect import connect, explained, meet

_DATES = ("created_date", "modified_date")  # of a template, which the server keeps itself and takes from nobody
_FOUND = "found_names"  # where the processor leaves what it found, until it is in `entities`
_KINDS = {"PER": "person", "PERSON": "person", "persons": "person", "names": "person"}
_KINDS |= {"LOC": "place", "GPE": "place", "locations": "place"}
_KINDS |= {"ORG": "organisation", "organizations": "organisation", "PRODUCT": "product"}
_KEEP = """
def names = params.inference ? ctx[params.found]?.entities : ctx[params.found];
if (names == null) { return; }
def entities = [];
if (params.inference) {
  for (def each : names) { entities.add(['kind': params.kinds[each.class_name], 'name': each.entity]); }
} else {
  for (def each : names.entrySet()) {
    for (def name : each.getValue()) { entities.add(['kind': params.kinds[each.getKey()], 'name': name]); }
  }
}
ctx.entities = entities;
for (def each : entities) {
  if (each.kind == null) { continue; }
  if (ctx.counted[each.kind] == null) { ctx.counted[each.kind] = []; }
  ctx.counted[each.kind].add(each.name);
}
"""


def pipeline(processor: str, model: str | None) -> dict[str, Any]:
    """The pipeline: find, and put what was found where documents have it; a failure keeps the tweet as it came."""
    find: dict[str, Any] = {"field": "text", "target_field": _FOUND}
    if processor == "inference":
        find = {"model_id": model, "target_field": _FOUND, "field_map": {"text": "text_field"}}
    params = {"inference": processor == "inference", "found": _FOUND, "kinds": _KINDS}
    return {
        "description": "Names in tweets, as `emotion label --entities` would keep them",
        "processors": [
            {processor: {**find, "ignore_failure": True}},
            {"script": {"source": _KEEP, "params": params, "ignore_failure": True}},
            {"remove": {"field": _FOUND, "ignore_missing": True}},
        ],
    }


def register(client: Elasticsearch, where: Address, processor: str, model: str | None) -> str:
    """Register the pipeline and let the store's indices, present and future, use it; gives its name.

    Raises:
        StoreError: the server has not what the pipeline needs.
    """
    meet(client, where)
    name = f"{where.alias}-entities"
    with explained(where):
        nodes = client.nodes.info(metric="ingest")["nodes"].values()
        has = set.intersection(*({each["type"] for each in node["ingest"]["processors"]} for node in nodes))
        if missing := sorted({processor, "script", "remove"} - has):
            raise StoreError(
                f"The server {where.url} has no ingest processor {', '.join(missing)}; "
                "find names before they are sent, with `emotion label --entities`."
            )
        found = client.indices.get_index_template(name=where.alias)["index_templates"][0]["index_template"]
        template = {name: value for name, value in found.items() if not name.startswith(_DATES)}
        client.ingest.put_pipeline(id=name, body=pipeline(processor, model))
        settings = template["template"].setdefault("settings", {}).setdefault("index", {})
        settings["default_pipeline"] = name
        client.indices.put_index_template(name=where.alias, body=template)
        client.indices.put_settings(index=where.alias, settings={"index.default_pipeline": name})
    return name


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options, register, and say so; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", help="store in Elasticsearch: http://host:9200/alias")
    parser.add_argument("--processor", choices=["inference", "opennlp"], required=True)
    parser.add_argument("--model", help="model that is deployed on the server, for inference")
    options = parser.parse_args(arguments)
    if options.processor == "inference" and not options.model:
        parser.error("--processor inference needs --model")
    try:
        where = address(options.store)
        with connect(where) as client:
            name = register(client, where, options.processor, options.model)
    except EmotionError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 1
    print(f"The pipeline {name} runs for every document that {where} takes from now on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
