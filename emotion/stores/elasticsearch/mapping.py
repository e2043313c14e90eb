"""How documents lie in an index: its mapping, made from the document's fields and the labels, and the index template.

Beside the fields of the document each has `counted`: what counts are made by (see `sources`), so that no question
needs a script. A field that is in neither is refused: the mapping is strict.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from emotion.stores.answers import KIND_OF
from emotion.stores.described import Described
from emotion.stores.document import FIELDS, Field

VERSION = 1  # of the mapping; higher ones read lower ones
LONGEST_TERM = 8191  # UTF-16 units: of a longer value nothing is indexed, though the document is kept whole
PLAIN = {"dynamic": "strict"}
_FOLDED = "folded"  # name of the analysis and of the sub-fields that hold terms in small letters
_FOLD = {"hashtags", "mentions", "lang", "user_name"}
_DATE = "strict_date_optional_time_nanos||epoch_millis"


def _keyword(fold: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "keyword", "ignore_above": LONGEST_TERM}
    return plain | ({"fields": {_FOLDED: plain | {"normalizer": _FOLDED}}} if fold else {})


# The fields of `counted`; see `sources.counted`, which fills them.
COUNTED: dict[str, dict[str, Any]] = {
    "emotion": {"type": "keyword"},
    "author": _keyword(False),
    "weekday": {"type": "byte"},
    "hour": {"type": "byte"},
    "text": {"type": "long", "index": False},
    "moment": {"type": "long"},
    **{kind: _keyword(True) for kind in KIND_OF.values()},
}


def mapping(described: Described) -> dict[str, Any]:
    """The mapping of an index of these labels; its `_meta.emotion` is the description of the store."""
    labels = {"scores": described.labels, "profile": described.profile_labels}
    fields = {field.name: _field(field, labels.get(field.kind, ())) for field in FIELDS}
    return {
        **PLAIN,
        "_meta": {"emotion": {**msgspec.to_builtins(described), "mapping": VERSION}},
        "properties": fields | {"counted": _object(COUNTED)},
    }


def settings() -> dict[str, Any]:
    """Settings that the mapping needs."""
    return {"analysis": {"normalizer": {_FOLDED: {"type": "custom", "filter": ["lowercase"]}}}}


def priority(alias: str) -> int:
    """Of a store's templates: those of `news-videos` also fit the patterns of `news`, and must come before them.

    The server takes no two templates of one priority whose patterns overlap. That of the companion is one higher.
    """
    return 200 + len(alias)


def index_template(alias: str, described: Described, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The index template of a store's indices; `more` are further settings, of shards and replicas."""
    return {
        "index_patterns": [f"{alias}-v*", f"{alias}-live-*"],
        "priority": priority(alias),
        "version": VERSION,
        "_meta": {"made_by": "emotion", "alias": alias},
        "template": {"settings": {"index": settings() | dict(more or {})}, "mappings": mapping(described)},
    }


def described(mappings: Mapping[str, Any]) -> Described | None:
    """What an index's mapping says of its store, or None where it is not of a store."""
    kept = mappings.get("_meta", {}).get("emotion")
    try:
        return None if kept is None else msgspec.convert(kept, Described)
    except msgspec.ValidationError:
        return None


def _field(field: Field, labels: Sequence[str]) -> dict[str, Any]:
    match field.kind:
        case "keyword":
            return _keyword(field.name in _FOLD)
        case "text":
            return {"type": "text"}
        case "date":
            return {"type": "date", "format": _DATE}
        case "bool":
            return {"type": "boolean"}
        case "scores" | "profile":
            return _object({label: {"type": "float"} for label in labels})
        case "entity":
            return _object({"kind": _keyword(False), "name": _keyword(True)})
        case "weight":
            return _object({"word": _keyword(False), "weight": {"type": "float"}})
        case number:
            return {"type": number}


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**PLAIN, "properties": dict(fields)}
