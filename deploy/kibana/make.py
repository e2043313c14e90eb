"""Make `deploy/kibana/tweets.ndjson`: what Kibana shows of the store `tweets`, labelled by the shipped model.

    python deploy/kibana/make.py

For another alias or model, `emotion kibana` makes the same objects from the store itself.
"""

from pathlib import Path

from emotion.models.description import read_description
from emotion.models.registry import resolve
from emotion.stores.described import describe
from emotion.stores.elasticsearch.kibana.objects import ndjson, saved_objects

HERE = Path(__file__).parent


def made() -> str:
    """The objects as a file to import."""
    labels, profile_labels = read_description(resolve(None)).settings.label_sets
    return ndjson(saved_objects("tweets", describe(labels, profile_labels)))


if __name__ == "__main__":
    (HERE / "tweets.ndjson").write_text(made(), encoding="utf-8")
